"""What has to be put right in a state that was restored, before anybody is served from it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import msgspec
import psycopg
from psycopg import sql
from uuid_utils.compat import uuid7

from adapters.postgres.backups.recovering import Erased
from adapters.postgres.connect import connect, dsn
from adapters.postgres.followers.projector import install
from application.deciders import command_name
from application.erasing import asking_again
from domain.kernel import PersonId
from projections.model import ReadModel

_ERASE = """
insert into vault.keys as kept (tenant, person, destroyed_at) values (%s, %s, %s)
on conflict (tenant, person) do update set wrapped = null, destroyed_at = excluded.destroyed_at
where kept.destroyed_at is null
"""
_FORGET = "delete from vault.secrets where tenant = %s and person = %s"
_ASK = """
insert into followers.timers (log, tenant, id, due, stream, command, data, by, correlation, causation)
values (ledger.log_of(%s), %s, %s, clock_timestamp(), %s, %s, %s, 'restore', %s, %s)
"""
_AHEAD = """
select follower from followers.checkpoints c join ledger.log_head h using (log) where c.position > h.position
"""
_HELD = """
select count(*) from followers.checkpoints where follower = any (%s)
"""


def erase_again(url: str, erased: Sequence[Erased]) -> int:
    """Destroy the keys that were destroyed after this state, in every byte of it. Answers how many there were.

    That they asked for it is lost with the time after: the engine does so again, as soon as it starts.
    """
    with psycopg.connect(url, autocommit=True) as connection:
        again = [one for one in erased if connection.execute(_ERASE, (one.tenant, one.person, one.at)).rowcount]
        for one in erased:
            connection.execute(_FORGET, (one.tenant, one.person))
        for one in again:
            if one.asked:
                _ask_again(connection, one)
        if again:
            # A row that was changed is still in its page, and snapshots say what was sealed with what was known then.
            connection.execute("truncate ledger.snapshots")
            connection.execute("vacuum (full) vault.keys, vault.secrets")
            connection.execute("checkpoint")
    return len(again)


def _ask_again(connection: psycopg.Connection[Any], one: Erased) -> None:
    correlation = uuid7()
    for stream, command in asking_again(PersonId(one.person)):
        about = (stream.name, command_name(type(command)), msgspec.json.encode(command).decode())
        connection.execute(_ASK, (one.tenant, one.tenant, uuid7(), *about, correlation, correlation))


def models_to_empty(url: str, models: Sequence[ReadModel], again: int) -> list[ReadModel]:
    """The read models that say more than they should: of people who are erased, or of facts that are not there."""
    with psycopg.connect(url, autocommit=True) as connection:
        ahead = {name for (name,) in connection.execute(_AHEAD).fetchall()}
        found = [model for model in models if again or model.name in ahead]
        held = connection.execute(_HELD, ([model.name for model in found],)).fetchone()
        return found if held is not None and held[0] else []


def empty(url: str, models: Sequence[ReadModel]) -> None:
    """Take away what read models show. The engine makes them again from the facts, when it starts."""
    projector = dsn(url, "projector")
    with psycopg.connect(projector, autocommit=True) as connection:
        for model in models:
            with connection.transaction():
                connection.execute(sql.SQL("drop schema if exists {} cascade").format(sql.Identifier(model.schema)))
                for table, column in (("checkpoints", "follower"), ("parked", "follower"), ("models", "model")):
                    connection.execute(
                        sql.SQL("delete from followers.{} where {} = %s").format(
                            sql.Identifier(table), sql.Identifier(column)
                        ),
                        (model.name,),
                    )

    async def made() -> None:
        async with await connect(projector) as connection:
            for model in models:
                await install(connection, model)

    if models:
        asyncio.run(made())
