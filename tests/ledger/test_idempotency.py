"""The same key is the same command, in every process and for ever."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest

from application.do import Do
from application.ledger import KeyReused, Receipt, Repeated, RepeatedRefusal
from domain.enrollments.enrollment import CompleteLesson
from domain.kernel import LessonId, Rejected
from tests.ledger.asking import OTHER_TENANT, caller, enroll, enrollment, ledger_on, one, rows
from tests.ledger.processes import Answer, enrol_with_keys, processes
from tests.proves import proves
from tests.servers import Database

KEYS = 200


async def test_the_same_key_and_request_is_answered_the_same(database: Database) -> None:
    async with ledger_on(database.dsn("app")) as ledger:
        do = Do(ledger)
        first = await do(enrollment("ada"), enroll("ada"), caller("k", digest=b"body"))
        await do(enrollment("ada"), CompleteLesson(LessonId("one")), caller())
        again = await do(enrollment("ada"), enroll("ada"), caller("k", digest=b"body"))
        elsewhere = await Do(ledger)(enrollment("ada"), enroll("ada"), caller("k", digest=b"body"))
    assert isinstance(again, Repeated)
    assert again == elsewhere == Repeated(first.id, first.stream, first.version, first.position)


async def test_the_same_key_with_another_request_is_refused(database: Database) -> None:
    async with ledger_on(database.dsn("app")) as ledger:
        do = Do(ledger)
        await do(enrollment("ada"), enroll("ada"), caller("k", digest=b"body"))
        with pytest.raises(KeyReused):
            await do(enrollment("bob"), enroll("bob"), caller("k", digest=b"other"))
    assert await one(database.url, "select count(*) from ledger.facts") == 1


async def test_a_refusal_is_repeated_though_it_would_be_granted_now(database: Database) -> None:
    async with ledger_on(database.dsn("app")) as ledger:
        do = Do(ledger)
        with pytest.raises(Rejected) as first:
            await do(enrollment("ada"), CompleteLesson(LessonId("one")), caller("k", digest=b"body"))
        await do(enrollment("ada"), enroll("ada"), caller())
        with pytest.raises(RepeatedRefusal) as again:
            await do(enrollment("ada"), CompleteLesson(LessonId("one")), caller("k", digest=b"body"))
    assert (first.value.code, first.value.detail) == (again.value.code, again.value.detail)
    trail = await rows(database.url, "select name, outcome, key from ledger.commands order by at")
    assert trail == [
        ("enrollments.CompleteLesson", "refused", "k"),
        ("enrollments.Enroll", "accepted", None),
    ]


async def test_a_key_belongs_to_its_tenant(database: Database) -> None:
    async with ledger_on(database.dsn("app")) as ledger:
        do = Do(ledger)
        mine = await do(enrollment("ada"), enroll("ada"), caller("k", digest=b"body"))
        theirs = await do(enrollment("ada"), enroll("ada"), caller("k", digest=b"body", tenant=OTHER_TENANT))
    assert not isinstance(theirs, Repeated)
    assert mine.id != theirs.id


@proves("es.idempotency")
async def test_duplicates_at_once_in_two_processes_are_done_once(database: Database) -> None:
    with processes(2) as start:
        asked = [start(enrol_with_keys, database.dsn("app"), KEYS, b"body") for _ in range(2)]
        left, right = [await asyncio.wrap_future(answers) for answers in asked]
        (other,) = [await asyncio.wrap_future(start(enrol_with_keys, database.dsn("app"), KEYS, b"other"))]
    assert Counter({answer.kind for answer in other}) == {"reused": 1}
    for one_, two in zip(left, right, strict=True):
        assert {one_.kind, two.kind} == {"version 1", "repeated"}
        assert one_.position == two.position
    assert await one(database.url, "select count(*) from ledger.facts") == KEYS
    assert await one(database.url, "select count(*) from ledger.commands") == KEYS
    assert len({answer.position for answer in left}) == KEYS
    assert isinstance(left[0], Answer)


async def test_duplicates_at_once_in_one_process_are_done_once(database: Database) -> None:
    async with ledger_on(database.dsn("app")) as ledger:
        do = Do(ledger)
        receipts = await asyncio.gather(
            *(do(enrollment("ada"), enroll("ada"), caller("k", digest=b"body")) for _ in range(30))
        )
    assert Counter(type(receipt) for receipt in receipts) == {Receipt: 1, Repeated: 29}
    assert len({(receipt.id, receipt.version, receipt.position) for receipt in receipts}) == 1
