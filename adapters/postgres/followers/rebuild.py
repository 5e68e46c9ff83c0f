"""Builds a read model anew beside the one that is shown, and swaps them; or compares the two.

Queries go on all the while. The swap is one transaction, made at the very position of the model that was shown, so a
query that began before it and one that begins after it see the same.
"""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from typing import Any, NamedTuple

import psycopg
import structlog

from adapters.postgres import arrays
from adapters.postgres.followers.projector import CHECK, NEXT, OLD, Projector, answer, make, tables_of
from adapters.postgres.followers.rows import read_rows
from adapters.postgres.followers.runner import Following, leased
from adapters.postgres.followers.tail import Tail
from adapters.postgres.followers.watch import Connect, HeadWatch
from adapters.postgres.followers.writing import Parked, Place, write
from application.ports import Keys
from application.sealing import NO_KEYS
from projections.model import ReadModel

log = structlog.get_logger()

NEAR = 2_000
"""So near to the shown model, the rest is read while that one waits."""
LOOK_EVERY_S = 0.02
OLD_QUERIES_S_MAX = 30.0
LOCK_MS_MAX = 200
"""Queries wait no longer for a swap that waits for another query. It is less than Postgres' `deadlock_timeout`."""


class Checked(NamedTuple):
    """What comparing a table with its rebuilt copy found."""

    table: str
    shown: str
    rebuilt: str

    @property
    def equal(self) -> bool:
        return self.shown == self.rebuilt


async def rebuild(connect: Connect, model: ReadModel, keys: Keys = NO_KEYS) -> None:
    """Build the model anew and show it."""
    copy = Projector(model, NEXT, keys)
    async with await connect() as connection:
        arrays.register(connection)
        await leased(connection, f"rebuild {model.name}", 0)
        await _clear(connection, model, NEXT, OLD)
        await _build(connect, connection, copy)
        async with connection.transaction():
            await _meet(connection, copy)
            await _swap(connection, model)
        log.info("model.rebuilt", model=model.name, version=model.version)
        await _outlive_queries(connection)
        await _clear(connection, model, OLD)


async def verify(connect: Connect, model: ReadModel, keys: Keys = NO_KEYS) -> list[Checked]:
    """Build the model aside and compare it with the one shown, at the same position."""
    copy = Projector(model, CHECK, keys)
    async with await connect() as connection:
        arrays.register(connection)
        await leased(connection, f"verify {model.name}", 0)
        await _clear(connection, model, CHECK)
        await _build(connect, connection, copy)
        async with connection.transaction():
            await _meet(connection, copy)
            found = [
                Checked(
                    table,
                    await _checksum(connection, model.schema, table),
                    await _checksum(connection, model.schema + CHECK, table),
                )
                for table in await tables_of(connection, model.schema + CHECK)
            ]
        await _clear(connection, model, CHECK)
        return found


async def _clear(connection: psycopg.AsyncConnection[Any], model: ReadModel, *besides: str) -> None:
    for beside in besides:
        name = model.name + beside
        async with connection.transaction():
            await connection.execute(f'drop schema if exists "{model.schema}{beside}" cascade'.encode())
            await connection.execute("delete from followers.checkpoints where follower = %s", (name,))
            await connection.execute("delete from followers.parked where follower = %s", (name,))


async def _build(connect: Connect, connection: psycopg.AsyncConnection[Any], copy: Projector) -> None:
    """Project everything until near to where the shown model is."""
    async with connection.transaction():
        await make(connection, copy.model, copy.beside)
        await connection.execute(
            "insert into followers.checkpoints (follower, log, position) select %s, log, 0 from ledger.log_head",
            (copy.name,),
        )
    async with AsyncExitStack() as running:
        watch = await running.enter_async_context(HeadWatch(connect))
        tails = [await running.enter_async_context(Tail(connect, number, watch)) for number in await _logs(connection)]
        follows = [Following(copy, number, connect, tail) for number, tail in enumerate(tails)]
        tasks = [asyncio.create_task(following.run()) for following in follows]
        try:
            while await _behind(connection, copy) > NEAR:
                await watch.news(LOOK_EVERY_S)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


async def _logs(connection: psycopg.AsyncConnection[Any]) -> list[int]:
    cursor = await connection.execute("select log from ledger.log_head order by log")
    return [number for (number,) in await cursor.fetchall()]


async def _behind(connection: psycopg.AsyncConnection[Any], copy: Projector) -> int:
    cursor = await connection.execute(
        "select coalesce(max(shown.position - built.position), 0) from followers.checkpoints shown "
        "join followers.checkpoints built on built.log = shown.log and built.follower = %s where shown.follower = %s",
        (copy.name, copy.model.name),
    )
    (behind,) = await cursor.fetchone() or (0,)
    return int(behind)


async def _meet(connection: psycopg.AsyncConnection[Any], copy: Projector) -> None:
    """Hold the shown model where it is and bring the other to exactly there, within this transaction."""
    await connection.execute("select set_config('search_path', %s, true)", (copy.search_path,))
    cursor = await connection.execute(
        "select shown.log, shown.position, built.position from followers.checkpoints shown "
        "join followers.checkpoints built on built.log = shown.log and built.follower = %s "
        "where shown.follower = %s order by shown.log for update of shown",
        (copy.name, copy.model.name),
    )
    for number, shown, built in await cursor.fetchall():
        position = built
        while position < shown:
            until, rows = await read_rows(connection, number, position, min(1000, shown - position), copy.types)
            waiting = await _parked_streams(connection, copy.name, number)
            held = [Parked(row) for row in rows if (row.tenant, row.stream) in waiting]
            free = [row for row in rows if (row.tenant, row.stream) not in waiting]
            await write(connection, await copy.handle(number, free), Place(copy.name, number, position), until, held)
            position = until


async def _parked_streams(connection: psycopg.AsyncConnection[Any], name: str, number: int) -> set[tuple[Any, str]]:
    cursor = await connection.execute(
        "select distinct tenant, stream from followers.parked where follower = %s and log = %s", (name, number)
    )
    return {(tenant, stream) for tenant, stream in await cursor.fetchall()}


async def _swap(connection: psycopg.AsyncConnection[Any], model: ReadModel) -> None:
    """Show the new one. The live follower finds its checkpoint touched, and starts anew on the new tables."""
    schema, name = model.schema, model.name
    await _lock(connection, [f'"{schema}"."{table}"' for table in await tables_of(connection, schema)])
    await connection.execute(f'alter schema "{schema}" rename to "{schema}{OLD}"'.encode())
    await connection.execute(f'alter schema "{schema}{NEXT}" rename to "{schema}"'.encode())
    await answer(connection, model)
    await connection.execute("delete from followers.parked where follower = %s", (name,))
    await connection.execute("update followers.parked set follower = %s where follower = %s", (name, name + NEXT))
    await connection.execute("delete from followers.checkpoints where follower = %s", (name,))
    await connection.execute("update followers.checkpoints set follower = %s where follower = %s", (name, name + NEXT))
    await connection.execute(
        "update followers.models set version = %s, built_at = clock_timestamp() where model = %s", (model.version, name)
    )


async def _lock(connection: psycopg.AsyncConnection[Any], tables: list[str]) -> None:
    """Whoever reads is done before, and whoever comes waits until after, so that nobody sees old rows as new.

    A query that has read one table and goes on to another could wait for us as we wait for it, so we give way and try
    again before Postgres would have to end one of the two.
    """
    await connection.execute(f"set local lock_timeout = {LOCK_MS_MAX}".encode())
    async with asyncio.timeout(OLD_QUERIES_S_MAX):
        while True:
            try:
                async with connection.transaction():
                    await connection.execute(f"lock table {', '.join(tables)} in access exclusive mode".encode())
                break
            except psycopg.errors.LockNotAvailable:
                await asyncio.sleep(LOOK_EVERY_S)
    await connection.execute("set local lock_timeout = default")


async def _outlive_queries(connection: psycopg.AsyncConnection[Any]) -> None:
    """Wait for the transactions that may still be reading what was shown before."""
    ours = "(select virtualtransaction from pg_locks where pid = pg_backend_pid() limit 1)"
    active = f"select virtualtransaction from pg_locks where locktype = 'virtualxid' and virtualtransaction <> {ours}"  # noqa: S608
    cursor = await connection.execute(active.encode())
    older = [transaction for (transaction,) in await cursor.fetchall()]
    async with asyncio.timeout(OLD_QUERIES_S_MAX):
        while older:
            await asyncio.sleep(LOOK_EVERY_S)
            cursor = await connection.execute(f"{active} and virtualtransaction = any (%s)".encode(), (older,))
            older = [transaction for (transaction,) in await cursor.fetchall()]


async def _checksum(connection: psycopg.AsyncConnection[Any], schema: str, table: str) -> str:
    """How many rows there are, and a sum over them that does not depend on their order."""
    cursor = await connection.execute(
        f'select count(*) || \':\' || coalesce(sum(hashtextextended(t::text, 0)::numeric), 0) from "{schema}"."{table}" t'.encode()  # noqa: S608, E501
    )
    (sum_,) = await cursor.fetchone() or ("",)
    return str(sum_)
