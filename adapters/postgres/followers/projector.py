"""Keeps a read model: what the facts say, projected into its tables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import psycopg

from adapters.postgres.followers.follower import Follower
from adapters.postgres.followers.rows import Row, keyring_of, names_of
from adapters.postgres.followers.sending import Change
from application.ports import Keys
from application.sealing import NO_KEYS
from domain.privacy.events import ErasureSettled
from projections.model import ReadModel

NEXT = "__next"
CHECK = "__check"
OLD = "__old"

_SEEN = """
create policy seen on {} for select to annals_app, annals_auditor
using (tenant = current_setting('annals.tenant')::uuid)
"""


class Projector(Follower):
    """One read model, or with `beside` a copy of it that nobody is shown."""

    def __init__(self, model: ReadModel, beside: str = "", keys: Keys = NO_KEYS) -> None:
        self.name = model.name + beside
        self.types = heard(model)
        self.search_path = f'"{model.schema}{beside}"'
        self.model = model
        self.beside = beside
        self._keys = keys

    async def handle(self, number: int, rows: Sequence[Row]) -> Sequence[Change]:
        ring = await keyring_of(self._keys, rows)
        changes: list[Change] = []
        for row in rows:
            fact = row.recorded(number, ring)
            if isinstance(fact.event, self.model.types):
                of = (row.tenant, row.stream)
                changes.extend(Change(sql, values, of) for sql, values in self.model.project(fact))
            if isinstance(fact.event, ErasureSettled):
                whose = (row.tenant, fact.event.person)
                changes.extend(Change(one.erase, whose) for one in self.model.personal)
        return changes


def heard(model: ReadModel) -> tuple[str, ...]:
    """The names of the facts that a model is made of; where it shows people, also of that at which it forgets them."""
    return names_of((*model.types, ErasureSettled) if model.personal else model.types)


async def make(connection: psycopg.AsyncConnection[Any], model: ReadModel, beside: str = "") -> None:
    """Make the empty tables of a model, seen by the app only through its tenant."""
    schema = f'"{model.schema}{beside}"'
    await connection.execute(f"create schema {schema}".encode())
    await connection.execute("select set_config('search_path', %s, true)", (schema,))
    await connection.execute(model.tables.encode())
    for table, columns, _ in model.personal:
        for column in columns:
            await connection.execute(f'alter table "{table}" alter column "{column}" set statistics 0'.encode())
    await connection.execute(f"grant usage on schema {schema} to annals_app, annals_auditor".encode())
    await connection.execute(f"grant select on all tables in schema {schema} to annals_app, annals_auditor".encode())
    for table in await tables_of(connection, model.schema + beside):
        for command in (
            "alter table {} enable row level security",
            "alter table {} force row level security",
            "create policy kept on {} to annals_projector using (true) with check (true)",
            _SEEN,
        ):
            await connection.execute(command.format(f'{schema}."{table}"').encode())


async def answer(connection: psycopg.AsyncConnection[Any], model: ReadModel) -> None:
    """Make the functions that answer the questions of the model that is shown."""
    await connection.execute(model.functions.encode())
    await connection.execute(f"revoke execute on all functions in schema {model.schema} from public".encode())
    await connection.execute(f"grant execute on all functions in schema {model.schema} to annals_app".encode())


async def tables_of(connection: psycopg.AsyncConnection[Any], schema: str) -> list[str]:
    cursor = await connection.execute("select tablename from pg_tables where schemaname = %s order by 1", (schema,))
    return [name for (name,) in await cursor.fetchall()]


async def install(connection: psycopg.AsyncConnection[Any], model: ReadModel) -> int:
    """See that the model is there, if only empty, and say which version is shown."""
    async with connection.transaction():
        await connection.execute("select pg_advisory_xact_lock(hashtextextended('install ' || %s, 0))", (model.name,))
        cursor = await connection.execute("select version from followers.models where model = %s", (model.name,))
        found = await cursor.fetchone()
        if found is not None:
            if found[0] == model.version:
                await answer(connection, model)  # How a question is answered may change without its tables.
            return int(found[0])
        await make(connection, model)
        await answer(connection, model)
        await connection.execute(
            "insert into followers.checkpoints (follower, log, position) "
            "select %s, log, 0 from ledger.log_head on conflict do nothing",
            (model.name,),
        )
        await connection.execute("insert into followers.models values (%s, %s)", (model.name, model.version))
        return model.version
