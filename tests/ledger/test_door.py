"""Those who do not `await` are answered the same."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager

import psycopg
import pytest

from application.do import Do
from application.door import Door
from application.ledger import Receipt, Repeated, Unavailable
from domain.enrollments.enrollment import CompleteLesson
from domain.kernel import LessonId, Rejected
from tests.ledger.asking import caller, enroll, enrollment, ledger_on
from tests.servers import Database


def door_to(database: Database) -> Door:
    @asynccontextmanager
    async def open_do() -> AsyncGenerator[Do]:
        async with ledger_on(database.dsn("app")) as ledger:
            yield Do(ledger)

    return Door(open_do)


def test_a_command_is_done(database: Database) -> None:
    with door_to(database) as do:
        receipt = do(enrollment("ada"), enroll("ada"), caller("k", digest=b"x"))
        assert isinstance(do(enrollment("ada"), enroll("ada"), caller("k", digest=b"x")), Repeated)
        pair = ((enrollment("bob"), enroll("bob")), (enrollment("eve"), enroll("eve")))
        assert do.together(*pair, caller=caller()).position == 3
        with pytest.raises(Rejected):
            do(enrollment("ada"), CompleteLesson(LessonId("none")), caller())
        with pytest.raises(Rejected) as moved:
            do(enrollment("ada"), CompleteLesson(LessonId("one")), caller(), expected=7)
    assert (receipt.version, receipt.position) == (1, 1)
    assert moved.value.code == "stream.version_moved"


def test_many_threads_use_one_door(database: Database) -> None:
    with door_to(database) as do, ThreadPoolExecutor(16) as threads:

        def ask(number: int) -> Receipt:
            return do(enrollment(f"learner-{number}"), enroll(f"learner-{number}"), caller())

        receipts = list(threads.map(ask, range(200)))
    assert sorted(receipt.position for receipt in receipts) == list(range(1, 201))


def test_a_closed_door_says_so(database: Database) -> None:
    with door_to(database) as do:
        pass
    with pytest.raises(Unavailable):
        do(enrollment("ada"), enroll("ada"), caller())


def test_a_door_that_cannot_be_opened_says_why() -> None:
    @asynccontextmanager
    async def nowhere() -> AsyncGenerator[Do]:
        async with await psycopg.AsyncConnection.connect("host=/nowhere"), ledger_on("host=/nowhere") as ledger:
            yield Do(ledger)

    with pytest.raises(psycopg.OperationalError), Door(nowhere):
        pytest.fail("it is not open")
