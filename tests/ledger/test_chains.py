"""Commands on one stream are decided one on the other and kept together; what falls takes with it what stood on it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime

from msgspec.structs import replace

from adapters.postgres.ledger import PostgresLedger
from application.do import Do
from application.enrolling import Looks, enrolling
from application.ledger import Caller, Entry, Fate, History, Kept, Moved, Receipt, Repeated, TenantId, Verdict
from domain.enrollments.enrollment import Enroll
from domain.enrollments.seats import SEATS, OfferSeats
from domain.kernel import CourseId, LearnerId, LessonId, SectionId
from tests.ledger.asking import OTHER_TENANT, TENANT, caller, entry, ledger_on, one, rows
from tests.proves import proves
from tests.servers import Database

CLASS = SectionId("class")
LEARNERS = [f"learner-{n:03}" for n in range(60)]


async def _enrolls(do: Do, learner: str, who: Caller | None = None) -> Receipt:
    wish = Enroll(CourseId("art"), LearnerId(learner), (LessonId("one"),), section=CLASS)
    plan = await enrolling(Looks(lambda stream: do.recall(TENANT, stream)), wish, datetime.now(UTC))
    who = who or caller(learner, digest=learner.encode())
    return await do.across(plan.streams, plan.decide, plan.command, who, beside=plan.beside)


async def _offer(do: Do, capacity: int) -> None:
    await do(SEATS.at(CLASS), OfferSeats(CourseId("art"), capacity), caller())


async def _told(database: Database) -> Sequence[tuple[str, str]]:
    return [
        (type_.partition(".")[2], learner)
        for type_, learner in await rows(
            database.url,
            "select type, data->>'learner' from ledger.facts where stream = 'seats:class' and version > 1"
            " order by version",
        )
    ]


@proves("enroll.user")
async def test_who_came_while_the_ledger_was_busy_is_kept_in_one_commit_each_with_their_own_answer(
    database: Database,
) -> None:
    commits: list[int] = []
    async with ledger_on(database.dsn("app"), after_commit=lambda _, position: commits.append(position)) as ledger:
        await _offer(Do(ledger), 20)
        commits.clear()
        busy = _Held(ledger)
        do = Do(busy)
        asked = [asyncio.create_task(_enrolls(do, learner)) for learner in LEARNERS]
        await busy.until_asked(len(LEARNERS))
        busy.open.set()
        receipts = await asyncio.gather(*asked)
        again = await asyncio.gather(*(_enrolls(do, learner) for learner in LEARNERS))

    assert len(commits) == 1, "they were decided one on the other, and not kept together"
    assert len({receipt.id for receipt in receipts}) == len(LEARNERS)
    assert all(isinstance(one, Repeated) for one in again)
    assert [one.id for one in again] == [one.id for one in receipts]
    # Seats in the order in which they came, and then the waitlist in that order.
    assert await _told(database) == [
        *(("SeatTaken", learner) for learner in LEARNERS[:20]),
        *(("WaitlistJoined", learner) for learner in LEARNERS[20:]),
    ]


@proves("enroll.user")
async def test_two_processes_rush_for_the_same_seats_and_none_is_given_twice(database: Database) -> None:
    async with ledger_on(database.dsn("app")) as left, ledger_on(database.dsn("app")) as right:
        sides = Do(left), Do(right)
        await _offer(sides[0], 20)
        answers = await asyncio.gather(
            *(_enrolls(sides[n % 2], learner) for n, learner in enumerate(LEARNERS)), return_exceptions=True
        )
    assert [answer for answer in answers if not isinstance(answer, Receipt)] == []
    told = await _told(database)
    assert sorted(learner for _, learner in told) == LEARNERS
    assert [type_ for type_, _ in told] == ["SeatTaken"] * 20 + ["WaitlistJoined"] * 40


async def test_who_goes_away_in_a_rush_takes_nobody_with_them(database: Database) -> None:
    async with ledger_on(database.dsn("app")) as ledger:
        do = Do(ledger)
        await _offer(do, 60)
        asked = [asyncio.create_task(_enrolls(do, learner)) for learner in LEARNERS]
        for n, task in enumerate(asked):
            if n % 3 == 1:
                await asyncio.sleep(0.001)
                task.cancel()
        answers = await asyncio.gather(*asked, return_exceptions=True)
        assert all(isinstance(answer, Receipt) for n, answer in enumerate(answers) if n % 3 != 1)
        assert do.idle
    counted = await one(database.url, "select count(distinct version) from ledger.facts where stream = 'seats:class'")
    assert counted == await one(database.url, "select max(version) from ledger.facts where stream = 'seats:class'")


class _Held:
    """A ledger that keeps nothing until it is let."""

    def __init__(self, ledger: PostgresLedger) -> None:
        self._ledger = ledger
        self.open = asyncio.Event()
        self.asked: list[Entry] = []

    async def until_asked(self, times: int) -> None:
        async with asyncio.timeout(30):
            while len(self.asked) < times:  # noqa: ASYNC110 — another task is waited for
                await asyncio.sleep(0.005)

    async def append(self, entry: Entry) -> Verdict:
        self.asked.append(entry)
        await self.open.wait()
        return await self._ledger.append(entry)

    async def read(self, tenant: TenantId, stream: str, shape: str) -> History:
        return await self._ledger.read(tenant, stream, shape)

    def snapshot(self, tenant: TenantId, stream: str, shape: str, version: int, state: bytes) -> None:
        self._ledger.snapshot(tenant, stream, shape, version, state)


async def test_what_stood_on_what_was_not_kept_is_decided_anew(database: Database) -> None:
    """Another process is faster by just as many facts: the versions would fit, and what they say does not."""
    async with ledger_on(database.dsn("app")) as here, ledger_on(database.dsn("app")) as there:
        slow, fast = _Held(here), Do(there)
        do = Do(slow)
        await _offer(fast, 1)
        asked = [asyncio.create_task(_enrolls(do, learner)) for learner in ("ada", "bob")]
        await slow.until_asked(2)
        first, second = slow.asked
        assert second.after == (first.fate,)
        await _enrolls(fast, "eve")  # One fact: the very version that bob was decided on, and another seat taken.
        slow.open.set()
        await asyncio.gather(*asked)
    seat, *waiting = await _told(database)
    assert (seat, sorted(waiting)) == (("SeatTaken", "eve"), [("WaitlistJoined", "ada"), ("WaitlistJoined", "bob")])


async def test_a_chain_falls_from_its_first_that_does_not_hold(database: Database) -> None:
    def after(before: Entry, stream: str, version: int, tenant: TenantId = TENANT) -> Entry:
        assert before.fate is not None
        return replace(entry(stream, version, tenant=tenant), fate=Fate(), after=(before.fate,))

    async with ledger_on(database.dsn("app")) as ledger:
        assert await ledger.append(entry("enrollment:art:bob")) == Kept(1)
        good = replace(entry("enrollment:art:ada"), fate=Fate())
        next_ = after(good, "enrollment:art:ada", 1)
        moved = replace(
            after(next_, "enrollment:art:ada", 2), reads=(("enrollment:art:ada", 2), ("enrollment:art:bob", 0))
        )
        last = after(moved, "enrollment:art:ada", 3)
        aside = entry("enrollment:art:eve")
        foreign = entry("enrollment:art:ada", 1, tenant=OTHER_TENANT)
        chain = [good, next_, moved, last, aside, foreign]
        assert await asyncio.gather(*map(ledger.append, chain)) == [
            Kept(2),
            Kept(3),
            Moved(),
            Moved(),
            Kept(4),
            Moved(),
        ]
        # What stood on it is not kept later either, though the version is there by then.
        assert await ledger.append(entry("enrollment:art:ada", 2)) == Kept(5)
        assert await ledger.append(after(moved, "enrollment:art:ada", 3)) == Moved()
        # And what stands on what was kept is.
        assert await ledger.append(after(next_, "enrollment:art:ada", 3)) == Kept(6)
