"""A connection that is lost while committing: nobody knows whether it was kept, until the ledger is asked again."""

from __future__ import annotations

import asyncio
import itertools
import random
from collections.abc import Callable
from contextlib import suppress

import psycopg
import pytest

from adapters.postgres.connect import connect
from application.do import Do
from application.ledger import Kept, Known, Receipt, Unavailable
from tests.ledger.asking import caller, enroll, enrollment, entry, ledger_on, one, rows
from tests.ledger.proxy import losing_replies
from tests.servers import Database, folder

COMMANDS = 300
KILLS = 12


async def test_a_reply_lost_after_the_commit_is_no_conflict_and_nothing_happens_twice(database: Database) -> None:
    chance = random.Random(7)  # noqa: S311
    with folder() as path:
        async with (
            losing_replies(database.dsn("app"), path, lambda: chance.random() < 0.3) as losing,
            ledger_on(losing.dsn) as ledger,
        ):
            receipts = await all_of_them(Do(ledger), lambda number: number >= COMMANDS)
    assert losing.lost > 3, "no reply was lost, so this showed nothing"
    await nothing_lost_nothing_twice(database, receipts)


async def test_control_without_the_commands_id_it_is_called_a_conflict(database: Database) -> None:
    """As the usual recorder does it: insert, and where the connection was lost insert again."""
    insert = "insert into usual values ('enrollment:art:ada', 1)"
    lose = [True]
    with folder() as path:
        async with (
            await database.connect() as connection,
            losing_replies(database.url, path, lambda: bool(lose) and lose.pop(), b"usual") as losing,
        ):
            await connection.execute("create table usual (stream text, version int, primary key (stream, version))")
            async with await connect(losing.dsn) as first:
                with pytest.raises(psycopg.OperationalError):
                    await first.execute(insert, prepare=True)
            async with await connect(losing.dsn) as second:
                with pytest.raises(psycopg.errors.UniqueViolation):
                    await second.execute(insert, prepare=True)
    assert await one(database.url, "select count(*) from usual") == 1, "though it was kept"


async def test_connections_killed_at_any_moment_lose_nothing(database: Database) -> None:
    killed = 0
    async with ledger_on(database.dsn("app")) as ledger, await database.connect() as killer:
        working = asyncio.create_task(all_of_them(Do(ledger), lambda _: killed >= KILLS))
        while not working.done():
            cursor = await killer.execute(
                "select count(pg_terminate_backend(pid)) from pg_stat_activity "
                "where datname = current_database() and pid <> pg_backend_pid() and query like '%append_batch%' "
                "and state = 'active'"
            )
            ((count,),) = await cursor.fetchall()
            killed += count
            await asyncio.sleep(random.uniform(0, 0.01))  # noqa: S311 — the moment is the point
        receipts = await working
    await nothing_lost_nothing_twice(database, receipts)


async def test_what_was_kept_before_the_connection_was_lost_is_told_by_its_id(database: Database) -> None:
    command = entry("enrollment:art:ada")
    async with ledger_on(database.dsn("app")) as ledger:
        assert await ledger.append(command) == Kept(1)
    async with ledger_on(database.dsn("app")) as ledger:
        assert await ledger.append(command) == Known(None, Receipt(command.id, command.stream, 1, 1))


async def all_of_them(do: Do, enough: Callable[[int], bool]) -> list[Receipt]:
    """Many commands by sixteen clients, each sent again under its key where the ledger was not reached in time."""
    numbers = itertools.takewhile(lambda number: not enough(number), itertools.count())

    async def told(number: int) -> Receipt:
        learner = f"learner-{number}"
        while True:
            with suppress(Unavailable):
                return await do(enrollment(learner), enroll(learner), caller(f"key-{number}", digest=b"x"))

    async def client() -> list[Receipt]:
        return [await told(number) for number in numbers]

    return [receipt for some in await asyncio.gather(*(client() for _ in range(16))) for receipt in some]


async def nothing_lost_nothing_twice(database: Database, receipts: list[Receipt]) -> None:
    stored = await rows(database.url, "select stream, version, position from ledger.facts order by position")
    assert stored == sorted(((r.stream, r.version, r.position) for r in receipts), key=lambda row: row[2])
    assert [position for _, _, position in stored] == list(range(1, len(receipts) + 1))
