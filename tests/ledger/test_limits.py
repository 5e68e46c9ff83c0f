"""What Postgres refuses for a moment is done again; what takes too long is ended; nobody hangs."""

from __future__ import annotations

import asyncio
import os
import signal
from typing import Any

import psycopg
import pytest

from adapters.embedded.postgres import EmbeddedPostgres
from adapters.postgres import gathering
from adapters.postgres.connect import connect
from application.do import Do
from application.ledger import Kept, Unavailable
from tests.ledger.asking import caller, enroll, enrollment, entry, ledger_on, one
from tests.proves import proves
from tests.servers import Database


@proves("res.deadlock")
async def test_a_deadlock_is_retried_and_both_succeed(database: Database) -> None:
    """Another session takes the same locks in the other order. Postgres ends ours, for we look for deadlocks sooner."""
    retries: list[str] = []

    async def hasty() -> psycopg.AsyncConnection[Any]:
        return await connect(f"{database.url}&options=-c%20deadlock_timeout%3D50ms%20-c%20statement_timeout%3D10s")

    async with ledger_on(database.dsn("app"), on_retry=retries.append) as ledger:
        ledger._appenders[0]._connect = hasty  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
        async with await database.connect() as other:
            await other.execute("set deadlock_timeout = '30s'")
            async with other.transaction():
                await other.execute("lock table ledger.commands_0 in share row exclusive mode")
                ours = asyncio.create_task(Do(ledger)(enrollment("ada"), enroll("ada"), caller()))
                await until_locked(database)
                await other.execute("update ledger.log_head set position = position")
        receipt = await ours
    assert retries == ["40P01"]
    assert (receipt.version, receipt.position) == (1, 1)


async def test_a_serialization_failure_is_retried(database: Database) -> None:
    retries: list[str] = []

    async def strict() -> psycopg.AsyncConnection[Any]:
        return await connect(f"{database.url}&options=-c%20default_transaction_isolation%3Dserializable")

    async with ledger_on(database.dsn("app"), on_retry=retries.append) as ledger:
        ledger._appenders[0]._connect = strict  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
        async with await database.connect() as other, other.transaction():
            await other.execute("update ledger.log_head set position = position")
            ours = asyncio.ensure_future(ledger.append(entry("enrollment:art:ada")))
            await until_locked(database)
        assert await ours == Kept(1)
    assert retries == ["40001"]


async def until_locked(database: Database) -> None:
    """Wait until the appender waits for a lock."""
    async with await database.connect() as connection:
        while True:
            cursor = await connection.execute(
                "select from pg_stat_activity where wait_event_type = 'Lock' and query like '%append_batch%' "
                "and datname = current_database()"
            )
            if await cursor.fetchall():
                return


@proves("perf.db")
async def test_a_statement_of_the_app_that_takes_too_long_is_ended(database: Database) -> None:
    async with await database.connect("app") as connection:
        await connection.execute("set statement_timeout = '100ms'")
        with pytest.raises(psycopg.errors.QueryCanceled):
            await connection.execute("select pg_sleep(10)")
    async with await database.connect("app") as connection:
        assert await (await connection.execute("show statement_timeout")).fetchone() == ("5s",)


@proves("perf.db")
async def test_too_many_waiting_is_said_at_once(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gathering, "WAITING_MAX", 10)
    async with ledger_on(database.dsn("app")) as ledger:
        answers = await asyncio.gather(
            *(ledger.append(entry(f"enrollment:art:{n}")) for n in range(30)), return_exceptions=True
        )
    assert [isinstance(answer, Kept) for answer in answers] == [True] * 10 + [False] * 20
    assert all(isinstance(answer, Unavailable) for answer in answers[10:])


async def test_a_server_that_stays_away_is_unavailable(
    postgres_of_its_own: tuple[EmbeddedPostgres, Database], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gathering, "GIVE_UP_S", 0.5)
    server, database = postgres_of_its_own
    async with ledger_on(database.dsn("app")) as ledger:
        assert await ledger.append(entry("enrollment:art:ada")) == Kept(1)
        await asyncio.to_thread(server.stop)
        answers = await asyncio.gather(
            *(ledger.append(entry(f"enrollment:art:{n}")) for n in range(5)), return_exceptions=True
        )
        assert all(isinstance(answer, Unavailable) for answer in answers)
        await asyncio.to_thread(server.start)
        assert await ledger.append(entry("enrollment:art:bob")) == Kept(2)


async def test_a_connection_that_goes_silent_is_given_up(
    postgres_of_its_own: tuple[EmbeddedPostgres, Database], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gathering, "SILENCE_S_MAX", 0.3)
    _, database = postgres_of_its_own
    async with ledger_on(database.dsn("app")) as ledger:
        assert await ledger.append(entry("enrollment:art:ada")) == Kept(1)
        backend = await one(
            database.url,
            "select pid from pg_stat_activity where query like '%append_batch%' and pid <> pg_backend_pid()",
        )
        os.kill(backend, signal.SIGSTOP)
        try:
            answer = await ledger.append(entry("enrollment:art:bob"))
            assert answer == Kept(2), "another connection took over"
        finally:
            os.kill(backend, signal.SIGCONT)
