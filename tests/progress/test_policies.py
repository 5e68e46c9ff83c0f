"""What follows from progress, and what progress makes of others' facts."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from uuid import uuid4

from adapters.jobs import PostgresJobs
from adapters.outbox import Outbox
from adapters.postgres.followers.reactor import reactors
from adapters.postgres.ledger import PostgresLedger
from application.do import Do
from application.jobs import Errand
from application.mail import Invented
from application.own_days import day_of, zone_of
from application.policies import policies
from application.progress import Milestones, tell_milestone
from domain.catalog.events import ModuleId
from domain.catalog.outline import OUTLINE, AddItem, AddModule, Item, MarkOptional, MarkRequired, RemoveItem
from domain.enrollments.enrollment import ENROLLMENT, Graduated
from domain.identity.events import Mark, PersonRegistered, PreferencesSet
from domain.identity.person import PERSON
from domain.kernel import ItemId, LearnerId, PersonId, SecretId
from domain.privacy.consent import CONSENT, Withdraw
from domain.progress.progress import PROGRESS, Complete
from domain.progress.streak import STREAK, CountCourse
from domain.progress.syllabus import SYLLABUS, Syllabus
from tests.followers.running import COURSE, TENANT, caller, caught_up, configurations, enroll, following, rows
from tests.proves import proves
from tests.servers import Database

ONE, TWO, THREE = ItemId("one"), ItemId("two"), ItemId("three")
ADA = LearnerId("ada")
CONTEXTS = ("enrollments", "progress")


class HandSetClock:
    """A clock that tests move."""

    def __init__(self, at: datetime) -> None:
        self.time = at

    def now(self) -> datetime:
        return self.time


@asynccontextmanager
async def answering(database: Database, clock: HandSetClock) -> AsyncGenerator[Do]:
    """A `Do`, and the policies of progress behind it."""
    async with PostgresLedger(lambda: database.connect("app"), 1) as ledger:
        do = Do(ledger, now=clock.now)
        wanted = [one for one in policies() if one.context in CONTEXTS]
        async with following(database, *reactors(wanted, do, PostgresJobs(), ports=configurations(do))):
            yield do


async def all_answered(database: Database) -> None:
    """Wait until nothing follows any more: what one policy does is answered by another."""
    while True:
        before = await rows(database, "select count(*) from ledger.facts")
        for context in CONTEXTS:
            await caught_up(database, f"policies.{context}")
        if before == await rows(database, "select count(*) from ledger.facts"):
            return


async def outline(do: Do) -> Syllabus:
    """One required item and an optional one, a third that came and went; the first two swapped their weight."""
    stream = OUTLINE.at(COURSE)
    await do(stream, AddModule(ModuleId("basics"), "Basics"), caller())
    for item, required in ((ONE, True), (TWO, False), (THREE, True)):
        await do(stream, AddItem(item, ModuleId("basics"), Item("text", item, required)), caller())
    await do(stream, MarkRequired(TWO), caller())
    await do(stream, MarkOptional(ONE), caller())
    await do(stream, RemoveItem(THREE, keep_one=False), caller())
    return Syllabus(frozenset({ONE, TWO}), frozenset({TWO}))


@proves("progress.course_completion", "progress.required_items", "progress.milestones")
async def test_the_syllabus_follows_the_catalog_and_who_has_done_all_graduates_once(database: Database) -> None:
    async with answering(database, HandSetClock(datetime(2026, 3, 25, 12, tzinfo=UTC))) as do:
        syllabus = await outline(do)
        await enroll(do, "ada")
        await all_answered(database)
        assert await do.look(TENANT, SYLLABUS.at(COURSE)) == syllabus
        for _ in range(2):
            await do(PROGRESS.at(COURSE, "ada"), Complete(TWO, syllabus), caller())
            await all_answered(database)
        assert isinstance(await do.look(TENANT, ENROLLMENT.at(COURSE, "ada")), Graduated)
        # Everything once more, as if a commit of the follower's was lost.
        await rows(database, "update followers.checkpoints set position = 0 returning 1")
    async with answering(database, HandSetClock(datetime(2026, 3, 25, 12, tzinfo=UTC))) as do:
        await all_answered(database)
        assert (await do.look(TENANT, STREAK.at(ADA))).reached == {"first_course"}
    once = (
        "select count(*) from ledger.facts where type in ('enrollments.CourseCompleted', 'progress.MilestoneReached')"
    )
    assert await rows(database, once) == [(2,)]
    queued = await rows(
        database, "select count(*) from jobs.queue where message ->> 'actor_name' = %s", (tell_milestone.name,)
    )
    assert queued == [(1,)]


async def test_whoever_wants_no_letters_that_nobody_asked_for_is_sent_none(database: Database) -> None:
    async with answering(database, HandSetClock(datetime(2026, 3, 25, 12, tzinfo=UTC))) as do:
        await do(CONSENT.at("ada"), Withdraw(PersonId("ada"), "marketing"), caller())
        for learner in ("ada", "ben"):
            await do(STREAK.at(learner), CountCourse(COURSE), caller())
        await all_answered(database)
    told = "select message -> 'args' ->> 0 from jobs.queue where message ->> 'actor_name' = %s"
    ((errand,),) = await rows(database, told, (tell_milestone.name,))
    assert '"ben"' in errand


@proves("progress.milestones")
async def test_seven_days_of_study_are_a_milestone_over_the_change_of_clocks(database: Database) -> None:
    clock = HandSetClock(datetime(2026, 3, 26, 23, 30, tzinfo=UTC))
    async with answering(database, clock) as do:
        items = [ItemId(f"item-{number}") for number in range(7)]
        syllabus = Syllabus(frozenset(items))
        for item in items:
            await do(PROGRESS.at(COURSE, "ada"), Complete(item, syllabus), caller())
            clock.time += timedelta(days=1)
        await all_answered(database)
        studied = await do.look(TENANT, STREAK.at(ADA))
        assert studied.days == {date(2026, 3, 26) + timedelta(days=number) for number in range(7)}
        assert studied.reached == {"streak_of_7_days"}


@proves("progress.milestones")
def test_the_day_is_that_of_the_zone_which_the_learner_prefers() -> None:
    ada = PersonId("ada")
    registered = PersonRegistered(ada, "ada@example.com", None, "Ada", SecretId("secret"), Mark("mark"))
    in_tokyo = PERSON.fold((registered, PreferencesSet("ja", "Asia/Tokyo")))
    evening = datetime(2026, 3, 26, 23, 30, tzinfo=UTC)
    assert day_of(evening, zone_of(in_tokyo)) == date(2026, 3, 27)
    assert day_of(evening, zone_of(PERSON.fold((registered,)))) == date(2026, 3, 26)
    assert zone_of(PERSON.initial) is None


@proves("progress.milestones")
def test_a_milestone_leads_to_its_letter_and_to_no_second_one(tmp_path: Path) -> None:
    order = Milestones(ADA, "streak_of_7_days")
    errand = Errand(uuid4(), TENANT, uuid4(), uuid4(), datetime(2026, 3, 26, tzinfo=UTC), order)
    for _ in range(2):
        tell_milestone.run(errand, Invented(), Outbox(tmp_path))
    (kept,) = [file for file in tmp_path.rglob("*") if file.is_file()]
    letter = message_from_bytes(kept.read_bytes(), policy=default)
    assert letter["Subject"] == "You have reached a milestone"
    body = letter.get_body(("plain",))
    assert body is not None
    assert "seven days of study in a row" in body.get_content().replace("\n", " ")
