"""What follows from a fact, follows once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from uuid import uuid4

import msgspec

from adapters.jobs import PostgresJobs
from adapters.outbox import Outbox
from adapters.postgres.followers.reactor import Reactor, reactors
from adapters.postgres.followers.scheduler import Scheduler
from application.deciders import command_named, stream_named
from application.do import Do
from application.enrollments import Welcome, Withdrawal, confirm_withdrawal, send_welcome
from application.jobs import Errand, jobs
from application.ledger import Recorded, TenantId
from application.mail import Invented, Mailer, People
from application.policies import Bound, Policy, policies
from application.ports import TenantSettings
from domain.enrollments.enrollment import ENROLLMENT, Enroll, Expire, Withdraw
from domain.enrollments.events import LearnerEnrolled
from domain.kernel import CourseId, LearnerId, Rejected
from domain.tenancy.configuration import Configuration
from domain.tenancy.settings import SETTINGS, Adjust, Choice
from tests.followers.running import (
    COURSE,
    LESSONS,
    TENANT,
    caller,
    caught_up,
    configurations,
    enroll,
    following,
    rows,
    until,
    writing,
)
from tests.proves import proves
from tests.servers import Database

SOON = datetime(2030, 1, 1, tzinfo=UTC)


class HandSetClock:
    """A clock that tests move."""

    def __init__(self) -> None:
        self.time = SOON - timedelta(days=1)

    def now(self) -> datetime:
        return self.time


async def enroll_until(do: Do, learner: str, due: datetime = SOON) -> None:
    await do(ENROLLMENT.at(COURSE, learner), Enroll(COURSE, LearnerId(learner), LESSONS, due), caller())


def of_enrollments(do: Do) -> Reactor:
    wanted = [one for one in policies() if one.context == "enrollments"]
    (reactor,) = reactors(wanted, do, PostgresJobs(), ports=configurations(do))
    return reactor


@asynccontextmanager
async def scheduling(database: Database, do: Do, clock: HandSetClock) -> AsyncGenerator[None]:
    scheduler = Scheduler(0, lambda: database.connect("projector"), do, clock)
    task = asyncio.create_task(scheduler.run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def test_policies_and_jobs_are_found_by_place() -> None:
    found = {policy.name: policy.about.__name__ for policy in policies() if policy.context == "enrollments"}
    assert (
        found.items()
        >= {
            "when_learner_enrolled_send_welcome": "LearnerEnrolled",
            "when_learner_enrolled_expire_in_time": "LearnerEnrolled",
            "when_course_completed_congratulate": "CourseCompleted",
        }.items()
    )
    assert {"enrollments.send_welcome", "enrollments.congratulate"} <= set(jobs())
    assert command_named("enrollments.Expire") is Expire
    assert stream_named("enrollment:art:ada") == ENROLLMENT.at("art", "ada")


@proves("es.outbox", "enroll.events")
async def test_jobs_and_timers_are_ordered_once_however_often_a_fact_is_handled(database: Database) -> None:
    async with writing(database) as do:
        await enroll_until(do, "ada")
        await enroll(do, "ben")
        await do(ENROLLMENT.at(COURSE, "ben"), Withdraw("time"), caller())
        reactor = of_enrollments(do)
        async with following(database, reactor):
            await caught_up(database, reactor.name)
        # As if another had handled them and its commit was lost: everything once more.
        await rows(database, "update followers.checkpoints set position = 0 returning 1")
        async with following(database, reactor):
            await caught_up(database, reactor.name)
    queued = await rows(
        database,
        "select message ->> 'actor_name', message #>> '{options,correlation}' from jobs.queue order by position",
    )
    facts = await rows(database, "select correlation::text from ledger.facts order by position")
    ordered = ("enrollments.send_welcome", "enrollments.send_welcome", "enrollments.confirm_withdrawal")
    assert queued == [(job, correlation) for job, (correlation,) in zip(ordered, facts, strict=True)]
    timers = await rows(database, "select stream, command, due from followers.timers")
    assert timers == [("enrollment:art:ada", "enrollments.Expire", SOON)]


@proves("enroll.events")
async def test_a_school_that_sends_no_welcome_orders_none(database: Database) -> None:
    async with writing(database) as do, following(database, reactor := of_enrollments(do)):
        for learner, is_welcomed in (("ada", False), ("ben", True), ("cy", False)):
            await do(SETTINGS.at("main"), Adjust((Choice("welcome_notice", is_welcomed),)), caller())
            await enroll(do, learner)
            await caught_up(database, reactor.name)
    queued = await rows(database, "select message ->> 'actor_name' from jobs.queue")
    assert queued == [("enrollments.send_welcome",)]


async def test_a_policys_command_is_done_once_and_keeps_its_cause(database: Database) -> None:
    async def when_learner_enrolled_withdraw(_: Recorded[LearnerEnrolled], do: Bound) -> None:
        await do(ENROLLMENT.at(COURSE, "twin"), Enroll(COURSE, LearnerId("twin"), LESSONS))
        await do(ENROLLMENT.at(COURSE, "nobody"), Enroll(COURSE, LearnerId("nobody"), ()))  # is refused

    policy = Policy("tests", "when_learner_enrolled_withdraw", LearnerEnrolled, when_learner_enrolled_withdraw)
    async with writing(database) as do:
        await enroll(do, "ada")
        reactor = Reactor("tests", [policy], do, PostgresJobs())
        for _ in range(2):
            async with following(database, reactor):
                await caught_up(database, reactor.name)
            await rows(database, "update followers.checkpoints set position = 0 returning 1")
    facts = await rows(database, "select stream, by, causation, correlation from ledger.facts order by position")
    (first, twin) = facts
    assert twin[:2] == ("enrollment:art:twin", "policy:when_learner_enrolled_withdraw")
    assert twin[3] == first[3]
    assert await rows(
        database,
        "select causation = (select id from ledger.facts where position = 1) from ledger.facts where position = 2",
    ) == [(True,)]
    outcomes = await rows(
        database, "select outcome, count(*) from ledger.commands where route = 'policy' group by 1 order by 1"
    )
    # ada's and twin's enrolment were each answered: twin was enrolled once and found so once; nobody was refused twice.
    assert outcomes == [("accepted", 2), ("refused", 2)]


@proves("es.outbox")
async def test_a_process_of_several_steps_compensates_once_and_outlives_a_restart(database: Database) -> None:
    """Both courses or none: when the second enrolment is refused, the first is taken back."""

    async def when_learner_enrolled_enroll_on_the_other(fact: Recorded[LearnerEnrolled], do: Bound) -> None:
        if fact.event.course != COURSE:
            return
        learner = fact.event.learner
        lessons = () if learner == "ben" else LESSONS
        try:
            await do(ENROLLMENT.at("chess", learner), Enroll(CourseId("chess"), learner, lessons))
        except Rejected:
            await do(ENROLLMENT.at(COURSE, learner), Withdraw("the other course is closed"))

    sentence = when_learner_enrolled_enroll_on_the_other
    reactor_of = [Policy("tests", sentence.__name__, LearnerEnrolled, sentence)]
    async with writing(database) as do:
        await enroll(do, "ada")
        await enroll(do, "ben")
    for _ in range(2):
        # Another process, which has forgotten everything, and handles every fact once more.
        async with writing(database) as do:
            reactor = Reactor("tests", reactor_of, do, PostgresJobs())
            async with following(database, reactor):
                await caught_up(database, reactor.name)
            await rows(database, "update followers.checkpoints set position = 0 returning 1")
    facts = await rows(database, "select stream, type from ledger.facts order by stream, version")
    assert facts == [
        ("enrollment:art:ada", "enrollments.LearnerEnrolled"),
        ("enrollment:art:ben", "enrollments.LearnerEnrolled"),
        ("enrollment:art:ben", "enrollments.LearnerWithdrew"),
        ("enrollment:chess:ada", "enrollments.LearnerEnrolled"),
    ]


@proves("ops.jobs", "enroll.withdraw")
async def test_a_timer_fires_once_with_two_schedulers(database: Database) -> None:
    clock = HandSetClock()
    async with writing(database) as do, writing(database) as other:
        await enroll_until(do, "ada")
        await enroll_until(do, "ben")
        await do(ENROLLMENT.at(COURSE, "ben"), Withdraw("no time"), caller())
        reactor = of_enrollments(do)
        async with (
            following(database, reactor),
            scheduling(database, do, clock),
            scheduling(database, other, clock),
        ):
            await caught_up(database, reactor.name)
            assert await rows(database, "select count(*) from followers.timers") == [(2,)]
            clock.time = SOON
            await until(lambda: _no_timers(database))
    expired = await rows(database, "select stream, by from ledger.facts where type = 'enrollments.EnrollmentExpired'")
    assert expired == [("enrollment:art:ada", "policy:when_learner_enrolled_expire_in_time")]
    assert await rows(database, "select count(*) from ledger.commands where name = 'enrollments.Expire'") == [(2,)]


async def test_a_timer_whose_scheduler_died_before_it_was_taken_away_fires_again_and_does_nothing(
    database: Database,
) -> None:
    clock = HandSetClock()
    async with writing(database) as do:
        await enroll_until(do, "ada")
        reactor = of_enrollments(do)
        async with following(database, reactor):
            await caught_up(database, reactor.name)
        async with await database.connect() as connection:
            await connection.execute("create table public.kept as select * from followers.timers")
        clock.time = SOON
        for _ in range(2):
            async with scheduling(database, do, clock):
                await until(lambda: _no_timers(database))
            await rows(database, "insert into followers.timers select * from public.kept returning 1")
    assert await rows(database, "select count(*) from ledger.commands where name = 'enrollments.Expire'") == [(1,)]


async def test_a_timer_that_cannot_be_done_is_tried_again_later_and_stops_no_other(database: Database) -> None:
    clock = HandSetClock()
    clock.time = SOON
    async with writing(database) as do:
        await enroll_until(do, "ada")
        await rows(
            database,
            "insert into followers.timers "
            "select 0, tenant, gen_random_uuid(), %s, stream, v.command, '{}', 'x', id, id "
            "from (values ('enrollments.Expire'), ('enrollments.Unheard')) as v (command), ledger.facts returning 1",
            (SOON,),
        )

        async def tried() -> bool:
            return await rows(
                database, "select count(*) from followers.timers where tries = 1 and due > %s", (SOON,)
            ) == [(2,)]

        async with scheduling(database, do, clock):
            await until(tried)
    errors = await rows(database, "select error from followers.timers order by 1")
    assert [error.partition(":")[0] for (error,) in errors] == ["KeyError", "ValidationError"]


async def _no_timers(database: Database) -> bool:
    return await rows(database, "select * from followers.timers") == []


class Unadjusted:
    """The settings of tenants that adjusted none."""

    def of(self, tenant: TenantId) -> Configuration:
        del tenant
        return Configuration()


@proves("enroll.events")
def test_a_withdrawal_is_confirmed_by_one_letter(tmp_path: Path) -> None:
    errand = Errand(uuid4(), TenantId(TENANT), uuid4(), uuid4(), SOON, Withdrawal(COURSE, LearnerId("ada")))
    for _ in range(2):
        confirm_withdrawal.do(msgspec.json.encode(errand), {Mailer: Outbox(tmp_path), People: Invented()})
    (letter,) = tmp_path.iterdir()
    read = message_from_bytes(letter.read_bytes(), policy=default)
    assert read["Subject"] == "You are no longer enrolled on art"


@proves("enroll.events")
def test_a_welcome_sent_twice_leaves_one_letter(tmp_path: Path) -> None:
    errand = Errand(uuid4(), TenantId(TENANT), uuid4(), uuid4(), SOON, Welcome(COURSE, LearnerId("ada"), 2))
    ports: dict[type, object] = {Mailer: Outbox(tmp_path), People: Invented(), TenantSettings: Unadjusted()}
    for _ in range(2):
        send_welcome.do(msgspec.json.encode(errand), ports)
    (letter,) = tmp_path.iterdir()
    read = message_from_bytes(letter.read_bytes(), policy=default)
    assert letter.name == f"{errand.id}.eml"
    assert read["Subject"] == "You are enrolled on art"
    assert read["Message-ID"] == f"<{errand.id}@annals.invalid>"
    assert read["To"] == f"ada@{TENANT}.invalid"
    body = read.get_body(("plain",))
    assert body is not None
    assert "2 lessons are waiting" in body.get_content()
