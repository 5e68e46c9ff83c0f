"""How pings are gathered, and told."""

from __future__ import annotations

import asyncio
from uuid import uuid4

from adapters.postgres.ledger import PostgresLedger
from application.do import Do
from application.ledger import Entry, Ledger, TenantId, Unavailable, Verdict
from application.pings import INTERVAL_S, Pings, Watched
from domain.kernel import CourseId, ItemId, LearnerId
from domain.progress.events import Reached
from domain.progress.progress import PROGRESS
from domain.progress.syllabus import SYLLABUS, AddItem
from tests.followers.running import TENANT, caller, rows, writing
from tests.proves import proves
from tests.servers import Database

COURSE, ITEM = CourseId("art"), ItemId("film")
LEARNERS = 1_000

FACTS = (
    "select type, count(*), count(distinct stream) from ledger.facts where starts_with(stream, 'progress:') group by 1"
)


def watched(learner: str = "ada", item: ItemId = ITEM, sitting: str = "monday", tenant: TenantId = TENANT) -> Watched:
    return Watched(tenant, COURSE, LearnerId(learner), item, sitting, learner)


def second(number: int) -> Reached:
    return Reached(number // 10, number, "monday", number)


class Away:
    """A ledger that keeps what it is given, and then cannot say so, for a while."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self.read = ledger.read
        self.snapshot = ledger.snapshot
        self.is_away = False

    async def append(self, entry: Entry) -> Verdict:
        verdict = await self._ledger.append(entry)
        if self.is_away:
            raise Unavailable("nobody knows whether it was kept")
        return verdict


@proves("progress.content")
async def test_a_thousand_learners_who_watch_are_one_fact_each_an_interval(database: Database) -> None:
    async with writing(database) as do:
        await do(SYLLABUS.at(COURSE), AddItem(ITEM, required=True), caller())
        pings = Pings(do)
        for interval in range(2):
            for learner in range(LEARNERS):
                for moment in range(5):
                    pings.hear(watched(f"learner-{learner}"), second(100 + 10 * interval + 2 * moment))
            await pings.tell()
        await pings.tell()
    assert sorted(await rows(database, FACTS)) == [
        ("progress.ItemProgressed", LEARNERS, LEARNERS),
        ("progress.ItemStarted", LEARNERS, LEARNERS),
    ]


@proves("progress.content")
async def test_pings_that_come_twice_and_in_any_order_say_the_same(database: Database) -> None:
    async with writing(database) as do:
        await do(SYLLABUS.at(COURSE), AddItem(ITEM, required=True), caller())
        for learner, numbers in (("ada", (10, 20, 30, 40)), ("ben", (40, 10, 40, 30, 20, 20))):
            pings = Pings(do)
            for number in numbers:
                pings.hear(watched(learner), second(number))
                if number % 20:
                    await pings.tell()
            await pings.tell()
        hers, his = [await do.look(TENANT, PROGRESS.at(COURSE, learner)) for learner in ("ada", "ben")]
        assert hers == his
        assert (hers.parts[ITEM].percent, hers.parts[ITEM].seconds, hers.parts[ITEM].position) == (4, 40, 40)


async def test_whoever_pinged_a_moment_ago_is_known(database: Database) -> None:
    async with writing(database) as do:
        pings = Pings(do)
        assert not pings.knows(watched())
        pings.hear(watched(), second(1))
        assert pings.knows(watched())
        assert not pings.knows(watched("ben"))
        await pings.tell()  # It is of no course that there is, and is let go.
        assert not pings.knows(watched())
    assert await rows(database, FACTS) == []


async def test_what_could_not_be_told_is_told_later_and_counts_once(database: Database) -> None:
    tenant = TenantId(uuid4())
    async with PostgresLedger(lambda: database.connect("app"), 1) as ledger:
        away = Away(ledger)
        do = Do(away)
        await do(SYLLABUS.at(COURSE), AddItem(ITEM, required=True), caller(tenant))
        pings = Pings(do)
        pings.hear(watched(tenant=tenant), second(10))
        away.is_away = True
        await pings.tell()
        away.is_away = False
        pings.hear(watched(tenant=tenant), second(20))
        await pings.tell()
    assert sorted(await rows(database, FACTS)) == [("progress.ItemProgressed", 1, 1), ("progress.ItemStarted", 1, 1)]


async def test_it_tells_each_interval_and_when_it_is_stopped(database: Database) -> None:
    turns: asyncio.Queue[float] = asyncio.Queue()
    go_on = asyncio.Event()

    async def pause(seconds: float) -> None:
        await turns.put(seconds)
        await go_on.wait()
        go_on.clear()

    async with writing(database) as do:
        await do(SYLLABUS.at(COURSE), AddItem(ITEM, required=True), caller())
        pings = Pings(do, pause)
        running = asyncio.create_task(pings.run())
        assert await turns.get() == INTERVAL_S
        pings.hear(watched(), second(10))
        go_on.set()
        await turns.get()
        assert await rows(database, FACTS) == [("progress.ItemStarted", 1, 1)]
        pings.hear(watched(), second(20))
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    assert sorted(await rows(database, FACTS)) == [("progress.ItemProgressed", 1, 1), ("progress.ItemStarted", 1, 1)]
