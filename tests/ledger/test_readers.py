"""A reader that goes on where it stopped sees every fact, whoever writes meanwhile. Not every numbering allows that."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from adapters.postgres.connect import connect
from adapters.postgres.ledger import PostgresLedger
from adapters.postgres.reading import Wanted, facts, read_log
from application.catalogue import Undecodable
from application.do import Do
from application.ledger import Fact, Kept, Recorded
from domain.enrollments.enrollment import CompleteLesson
from domain.enrollments.events import LearnerEnrolled, LessonCompleted
from domain.kernel import LessonId
from tests.ledger.asking import OTHER_TENANT, TENANT, caller, enroll, enrollment, entry, ledger_on, rows
from tests.ledger.processes import processes, write, write_naively
from tests.proves import proves
from tests.servers import Database

WRITERS, EACH = 8, 60
"""In each of two processes."""


@proves("es.store")
async def test_sixteen_writers_in_two_processes_and_a_reader_misses_nothing(database: Database) -> None:
    seen: list[Recorded[Any]] = []
    async with await database.connect("projector") as connection:
        with processes(2) as start:
            writing = [start(write, database.dsn("app"), name, WRITERS, EACH) for name in ("left", "right")]
            position, looks = 0, 0
            while not all(done.done() for done in writing) or looks == 0:
                position, found = await read_log(connection, 0, position, 500)
                seen += found
                looks += bool(found)
            kept = sum(done.result() for done in writing)
        position, found = await read_log(connection, 0, position, 10_000)
        seen += found
    assert kept == 2 * WRITERS * EACH
    assert [fact.position for fact in seen] == list(range(1, kept + 1))
    assert len({fact.id for fact in seen}) == kept
    assert looks > 1, "the reader read only when all was over, so this showed nothing"


async def test_control_a_reader_by_the_last_id_of_a_sequence_does_miss_some(database: Database) -> None:
    async with await database.connect() as connection:
        await connection.execute("create table naive (id bigint generated always as identity primary key)")

        async def follow(done: Callable[[], bool]) -> list[int]:
            seen: list[int] = []
            while True:
                last = done()
                cursor = await connection.execute(
                    "select id from naive where id > %s order by id", (max(seen, default=0),)
                )
                seen += [id_ for (id_,) in await cursor.fetchall()]
                if last:
                    return seen

        for _ in range(20):
            await connection.execute("truncate naive restart identity")
            with processes(2) as start:
                writing = [start(write_naively, database.url, WRITERS, EACH * 5) for _ in range(2)]
                seen = await follow(lambda writing=writing: all(done.done() for done in writing))  # type: ignore[misc]
            if len(seen) < 2 * WRITERS * EACH * 5:
                return
    pytest.fail("it should have missed some: the test that must find a reader's misses could not find any")


async def test_a_fact_reads_as_it_was_written(database: Database) -> None:
    async with ledger_on(database.dsn("app")) as ledger:
        who = caller("k", digest=b"body")
        receipt = await Do(ledger)(enrollment("ada"), enroll("ada"), who)
    async with await database.connect("auditor") as connection:
        until, (fact,) = await read_log(connection, 0, 0, 10)
    assert until == receipt.position == fact.position
    assert fact.event == LearnerEnrolled("art", "ada", ("one", "two"))  # type: ignore[arg-type]
    assert (fact.type, fact.tenant, fact.stream, fact.version, fact.log) == (
        "enrollments.LearnerEnrolled", TENANT, "enrollment:art:ada", 1, 0,
    )  # fmt: skip
    assert (fact.by, fact.command, fact.correlation, fact.causation) == ("ada", receipt.id, who.correlation, None)
    ((id_, at),) = await rows(database.url, "select id, at from ledger.facts")
    assert (fact.id, fact.at) == (id_, at)
    assert (fact.originator_id, fact.originator_version) == ("enrollment:art:ada", 1)


async def test_only_what_is_wanted_comes_and_how_far_was_looked(database: Database) -> None:
    async with ledger_on(database.dsn("app")) as ledger:
        do = Do(ledger)
        await do(enrollment("ada"), enroll("ada"), caller())
        await do(enrollment("bob"), enroll("bob"), caller(tenant=OTHER_TENANT))
        await do(enrollment("ada"), CompleteLesson(LessonId("one")), caller())
    async with await database.connect("app") as connection:
        assert [fact.position for fact in (await read_log(connection, 0, 1, 1))[1]] == [2]
        until, found = await read_log(connection, 0, 0, 10, ["enrollments.LessonCompleted"])
        assert (until, [fact.event for fact in found]) == (3, [LessonCompleted(LessonId("one"))])
        assert await read_log(connection, 0, 0, 2, ["enrollments.LessonCompleted"]) == (2, [])
        assert await read_log(connection, 0, 3, 10) == (3, [])
        theirs = Wanted(tenant=OTHER_TENANT)
        assert [fact.position async for fact in facts(connection, 0, wanted=theirs)] == [2]
        assert [fact.position async for fact in facts(connection, 0, until=2)] == [1, 2]
        assert [fact.position async for fact in facts(connection, 0, 2)] == [3]
        with pytest.raises(LookupError):
            await read_log(connection, 1, 0, 10)


async def test_a_fact_that_cannot_be_read_hides_no_other(database: Database) -> None:
    strange = [("future.Unheard", "{}"), ("enrollments.LearnerEnrolled", '{"course": 7}')]
    async with ledger_on(database.dsn("app")) as ledger:
        for number, (type_, data) in enumerate(strange):
            command = entry(f"enrollment:art:{number}")
            fact = Fact(command.stream, 1, type_, data, uuid4())
            await append_only(ledger, command, fact)
        await ledger.append(entry("enrollment:art:fine"))
    async with await database.connect("app") as connection:
        _, (unheard, broken, fine) = await read_log(connection, 0, 0, 10)
    assert isinstance(unheard.event, Undecodable)
    assert "future.Unheard" in unheard.event.error
    assert isinstance(broken.event, Undecodable)
    assert (broken.type, broken.position) == ("enrollments.LearnerEnrolled", 2)
    assert isinstance(fine.event, LessonCompleted)


async def append_only(ledger: PostgresLedger, command: Any, fact: Fact) -> None:
    assert isinstance(
        await ledger.append(
            type(command)(
                command.id, command.name, command.caller, command.at, command.stream, 1, command.reads, (fact,)
            )
        ),
        Kept,
    )


async def test_leaving_early_leaves_the_connection_usable(database: Database) -> None:
    async with ledger_on(database.dsn("app")) as ledger:
        await asyncio.gather(*(ledger.append(entry(f"enrollment:art:{n}")) for n in range(3000)))
    connection: psycopg.AsyncConnection[Any]
    async with await connect(database.dsn("app")) as connection:
        stream = facts(connection, 0)
        async for fact in stream:
            if fact.position == 10:
                break
        await stream.aclose()
        assert [fact.position async for fact in facts(connection, 0)] == list(range(1, 3001))
