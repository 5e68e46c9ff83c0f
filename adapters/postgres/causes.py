"""What led to a fact and what followed from it: commands and facts, each with what caused it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import psycopg
from psycopg.rows import class_row

from adapters.postgres.connect import Lend
from application.ledger import TenantId
from domain.kernel import Value

NODES_MAX = 500
"""So many commands are told of, at most."""
TOGETHER_MAX = 1_000
"""The facts of one command lie together; there are never more of them."""


class CausingFact(Value):
    """A fact, and the command that decided it."""

    position: int
    id: UUID
    type: str
    stream: str
    version: int
    at: datetime
    by: str
    command: UUID


class CausedCommand(Value):
    """A command, and the fact that a policy answered with it; none, where somebody gave it."""

    id: UUID
    name: str
    by: str
    route: str
    outcome: str
    at: datetime
    position: int
    causation: UUID | None


class Chain(Value):
    """A graph: a fact comes of its `command`, a command of the fact that is its `causation`."""

    facts: tuple[CausingFact, ...]
    commands: tuple[CausedCommand, ...]
    whole: bool
    """Whether that is all of it."""


_FACT = "select position, id, type, stream, version, at, by, command from ledger.facts where log = %s and tenant = %s"
_COMMAND = """
select id, name, by, route, outcome, at, position, causation from ledger.commands where log = %s and tenant = %s
"""


class Causes:
    """Follows causes both ways."""

    def __init__(self, lend: Lend) -> None:
        self._lend = lend

    async def __call__(self, tenant: TenantId, log: int, position: int) -> Chain | None:
        """What led to the fact at a position, and all that followed from what began it; None where there is none."""
        async with self._lend() as connection:
            found = await _facts(connection, f"{_FACT} and position = %s", (log, tenant, position))
            if not found:
                return None
            begun = await _begun(connection, log, tenant, found[0])
            return await _followed(connection, log, tenant, begun)


async def _begun(
    connection: psycopg.AsyncConnection[Any], log: int, tenant: TenantId, fact: CausingFact
) -> CausedCommand:
    """The command that it all began with."""
    command = await _given(connection, log, tenant, fact)
    for _ in range(NODES_MAX):
        if command.causation is None:
            break
        before = await _facts(connection, f"{_FACT} and id = %s", (log, tenant, command.causation))
        if not before:
            break
        command = await _given(connection, log, tenant, before[0])
    return command


async def _given(
    connection: psycopg.AsyncConnection[Any], log: int, tenant: TenantId, fact: CausingFact
) -> CausedCommand:
    (command,) = await _commands(connection, f"{_COMMAND} and id = %s", (log, tenant, fact.command))
    return command


async def _followed(
    connection: psycopg.AsyncConnection[Any], log: int, tenant: TenantId, begun: CausedCommand
) -> Chain:
    commands: dict[UUID, CausedCommand] = {begun.id: begun}
    facts: dict[UUID, CausingFact] = {}
    coming: Sequence[CausedCommand] = (begun,)
    while coming and len(commands) <= NODES_MAX:
        new = [fact for command in coming for fact in await _decided(connection, log, tenant, command)]
        facts |= {fact.id: fact for fact in new}
        caused = f"{_COMMAND} and causation = any (%s) order by at, id limit {NODES_MAX + 1}"
        found = await _commands(connection, caused, (log, tenant, [fact.id for fact in new])) if new else []
        coming = [command for command in found if command.id not in commands]
        commands |= {command.id: command for command in coming}
    told = sorted(facts.values(), key=lambda fact: fact.position)
    return Chain(tuple(told), tuple(commands.values())[:NODES_MAX], len(commands) <= NODES_MAX)


async def _decided(
    connection: psycopg.AsyncConnection[Any], log: int, tenant: TenantId, command: CausedCommand
) -> Sequence[CausingFact]:
    query = f"{_FACT} and position <= %s and position > %s and command = %s order by position"
    last = command.position
    return await _facts(connection, query, (log, tenant, last, last - TOGETHER_MAX, command.id))


async def _facts(connection: psycopg.AsyncConnection[Any], query: str, values: tuple[Any, ...]) -> list[CausingFact]:
    async with connection.cursor(row_factory=class_row(CausingFact)) as cursor:
        return await (await cursor.execute(query.encode(), values)).fetchall()


async def _commands(
    connection: psycopg.AsyncConnection[Any], query: str, values: tuple[Any, ...]
) -> list[CausedCommand]:
    async with connection.cursor(row_factory=class_row(CausedCommand)) as cursor:
        return await (await cursor.execute(query.encode(), values)).fetchall()
