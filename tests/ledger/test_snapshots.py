"""Long streams are read from a snapshot, and are the same without it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace

import psycopg

from application.do import Do, shape
from domain.enrollments.enrollment import ENROLLMENT, CompleteLesson, State
from domain.enrollments.events import LessonCompleted
from domain.kernel import Decider, LessonId, Value
from tests.ledger.asking import TENANT, caller, enroll, enrollment, ledger_on, one, rows
from tests.proves import proves
from tests.servers import Database

LONG = 100_000
TIMES = 5


class Count(Value, tag=True):
    """How often."""

    times: int = 0


def count(_: Count, command: CompleteLesson) -> Iterator[LessonCompleted]:
    yield LessonCompleted(command.lesson)


def add(state: Count, _: LessonCompleted) -> Count:
    return Count(state.times + 1)


COUNTER = Decider[Count, CompleteLesson, LessonCompleted]("counter", Count(), count, add, Count, 1000)
ONE = CompleteLesson(LessonId("one"))


async def fill(database: Database, stream: str, facts: int) -> None:
    """A stream as a long time would make it."""
    async with await database.connect() as connection:
        await connection.execute(
            """
            insert into ledger.facts
              (log, position, tenant, stream, version, type, data, id, at, by, command, correlation)
            select 0, n, %s, %s, n, 'enrollments.LessonCompleted', '{"lesson":"one"}', uuidv7(), now(), 'ada',
              uuidv7(), uuidv7() from generate_series(1, %s) n
            """,
            (TENANT, stream, facts),
        )
        await connection.execute("update ledger.log_head set position = %s", (facts,))


async def kept_at(database: Database, version: int) -> bool:
    """Wait until there is a snapshot at least as new."""
    deadline = time.monotonic() + 10
    async with await psycopg.AsyncConnection.connect(database.url, autocommit=True) as connection:
        while time.monotonic() < deadline:
            if await (
                await connection.execute("select from ledger.snapshots where version >= %s", (version,))
            ).fetchall():
                return True
    return False


@proves("es.schema_evolution")
async def test_a_stream_of_a_hundred_thousand_is_read_from_its_snapshot_within_100_ms(database: Database) -> None:
    stream = COUNTER.at("long")
    await fill(database, stream.name, LONG)
    async with ledger_on(database.dsn("app")) as ledger:
        await Do(ledger)(stream, ONE, caller())
        assert not await rows(database.url, "select from ledger.snapshots"), "100,001 is within the same thousand"
        await fill_up(Do(ledger), 1000)
        assert await kept_at(database, LONG + 1000)

        took: list[float] = []
        for later in range(TIMES):
            begun = time.perf_counter()
            history = await ledger.read(TENANT, stream.name, shape(COUNTER))
            receipt = await Do(ledger)(stream, ONE, caller())
            took.append(time.perf_counter() - begun)
            assert (history.version, len(history.facts)) == (LONG + 1000 + later, later)
            assert receipt.version == LONG + 1001 + later
    assert min(took) < 0.1, "what else the machine does meanwhile only makes it slower"


async def fill_up(do: Do, facts: int) -> None:
    for _ in range(1, facts):
        await do(COUNTER.at("long"), ONE, caller())


@proves("es.schema_evolution")
async def test_deleting_every_snapshot_changes_nothing(database: Database) -> None:
    decider = replace(COUNTER, snapshot_every=10)
    async with ledger_on(database.dsn("app")) as ledger:
        do = Do(ledger)
        for _ in range(25):
            await do(decider.at("short"), ONE, caller())
        assert await kept_at(database, 20)
        with_it = await ledger.read(TENANT, "counter:short", shape(decider))
        before = await Do(ledger)._read(TENANT, "counter:short", decider)  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
        await rows(database.url, "delete from ledger.snapshots returning 1")
        without = await ledger.read(TENANT, "counter:short", shape(decider))
        after = await Do(ledger)._read(TENANT, "counter:short", decider)  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
    assert (len(with_it.facts), len(without.facts)) == (5, 25)
    assert before == after
    assert before.state == Count(25)


async def test_a_snapshot_of_another_shape_is_not_read(database: Database) -> None:
    decider = replace(COUNTER, snapshot_every=10)
    async with ledger_on(database.dsn("app")) as ledger:
        do = Do(ledger)
        for _ in range(12):
            await do(decider.at("short"), ONE, caller())
        assert await kept_at(database, 10)
        history = await ledger.read(TENANT, "counter:short", "another")
    assert (history.snapshot, len(history.facts)) == (None, 12)


async def test_every_kind_of_state_can_be_kept(database: Database) -> None:
    decider = replace(ENROLLMENT, state=State, snapshot_every=1)
    async with ledger_on(database.dsn("app")) as ledger:
        await Do(ledger)(decider.at("art", "ada"), enroll("ada"), caller())
        assert await kept_at(database, 1)
        receipt = await Do(ledger)(decider.at("art", "ada"), CompleteLesson(LessonId("one")), caller())
        assert receipt.version == 2
        assert await kept_at(database, 2)
        receipt = await Do(ledger)(decider.at("art", "ada"), CompleteLesson(LessonId("two")), caller())
        assert receipt.version == 4
        assert (await Do(ledger)(enrollment("ada"), CompleteLesson(LessonId("two")), caller())).version == 4
    assert await one(database.url, "select count(*) from ledger.facts") == 4
