"""Whatever happens on a course, its roster shows what a replay of the facts adds up to."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from typing import NamedTuple, get_args
from uuid import uuid4

from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.postgres.followers.projector import Projector
from adapters.postgres.questions import Questions
from application.catalogue import decode
from application.do import Do
from application.ledger import TenantId
from domain.enrollments.enrollment import (
    ENROLLMENT,
    Command,
    CompleteLesson,
    Enroll,
    Expire,
    Graduate,
    Graduated,
    JoinWaitlist,
    Lapse,
    Learning,
    MoveUp,
    Outside,
    Promote,
    RecordPayment,
    Refund,
    Reinstate,
    Return,
    State,
    Suspend,
    Suspended,
    Unpaid,
    Waiting,
    Withdraw,
    section_of,
)
from domain.enrollments.events import EnrollmentEvent, EnrollmentExpired, EnrollmentLapsed, LearnerWithdrew
from domain.kernel import LearnerId, PaymentId, Rejected, SectionId, Track
from projections.enrollments import roster
from projections.enrollments.roster import Status, who_is_on
from tests.followers.running import COURSE, LESSONS, asking, caller, following, make_models, rows, writing
from tests.proves import proves
from tests.servers import Database

LEARNERS = tuple(map(LearnerId, ("ada", "ben", "cy")))
EVENING = SectionId("evening")
DUE = datetime(2027, 1, 8, tzinfo=UTC)
PAYMENT = PaymentId("paid")
ENDINGS: Mapping[type[object], str] = {
    LearnerWithdrew: "withdrew",
    EnrollmentExpired: "expired",
    EnrollmentLapsed: "lapsed",
}
STATUSES: Mapping[type[object], str] = {
    Waiting: "waitlisted",
    Unpaid: "awaiting_payment",
    Learning: "learning",
    Graduated: "graduated",
    Suspended: "suspended",
}
TOLD = "select stream, type, data::text from ledger.facts where tenant = %s order by position"

Step = tuple[LearnerId, Command]
Story = Sequence[Step]


class Shown(NamedTuple):
    """What the roster is to show of a learner."""

    track: Track
    status: str
    lessons: int
    done: int
    section: SectionId | None


def wishes(learner: LearnerId) -> st.SearchStrategy[Enroll]:
    return st.builds(
        Enroll,
        course=st.just(COURSE),
        learner=st.just(learner),
        lessons=st.sampled_from((LESSONS, LESSONS[:1])),
        until=st.sampled_from((None, DUE)),
        track=st.sampled_from(get_args(Track)),
        section=st.sampled_from((None, EVENING)),
        resume=st.booleans(),
        pay_by=st.sampled_from((None, None, DUE)),
    )


def steps(learner: LearnerId) -> st.SearchStrategy[Step]:
    wish = wishes(learner)
    plain = (
        *(CompleteLesson(LESSONS[0]), CompleteLesson(LESSONS[1]), Graduate(), Withdraw("time"), Suspend("fees")),
        *(Reinstate(), Promote(), Return(), Expire(DUE), MoveUp(EVENING, DUE), Lapse(DUE)),
        *(RecordPayment(PAYMENT), Refund(PAYMENT)),
    )
    waits = st.builds(JoinWaitlist, wish=wish, section=st.just(EVENING))
    return st.tuples(st.just(learner), wish | waits | st.sampled_from(plain) | st.sampled_from(plain))


STORIES = st.lists(st.sampled_from(LEARNERS).flatmap(steps), min_size=4, max_size=24)


def replayed(facts: Sequence[EnrollmentEvent]) -> Shown | None:
    """What these facts add up to, by the aggregate alone; nothing of who was never on the course."""
    state: State = Outside()
    shown: State = state
    counted: State = state
    ended = ""
    for fact in facts:
        state = ENROLLMENT.evolve(state, fact)
        if isinstance(state, Outside):
            ended = ENDINGS.get(type(fact), ended)
            continue
        shown = state.was if isinstance(state, Suspended) else state
        if isinstance(shown, Learning | Waiting | Unpaid):
            counted = shown
    match counted:
        case Learning(left, done):
            lessons, finished = len(left) + len(done), len(done)
        case Waiting(wish) | Unpaid(wish):
            lessons, finished = len(wish.lessons), 0
        case _:
            return None
    return Shown(_track(shown), _status(state) or ended, lessons, finished, section_of(shown))


def _status(state: State) -> str:
    return STATUSES.get(type(state), "")


def _track(state: State) -> Track:
    match state:
        case Learning(stands=stands) | Graduated(stands=stands):
            return "beta" if stands == "beta" else "main"
        case Waiting(wish) | Unpaid(wish):
            return wish.track
        case _:
            return "main"


@asynccontextmanager
async def school(database: Database) -> AsyncGenerator[tuple[Do, Questions]]:
    await make_models(database)
    async with writing(database) as do, following(database, Projector(roster.MODEL)), asking(database) as ask:
        yield do, ask


async def told(database: Database, tenant: TenantId) -> Mapping[str, Sequence[EnrollmentEvent]]:
    """The facts of each learner, in order."""
    found: dict[str, list[EnrollmentEvent]] = {}
    for stream, type_, data in await rows(database, TOLD, (tenant,)):
        found.setdefault(stream.rpartition(":")[2], []).append(decode(type_, data))
    return found


async def seen(ask: Questions, tenant: TenantId, status: Status | None, position: int) -> dict[str, Shown]:
    """What the roster shows, of both tracks."""
    found: dict[str, Shown] = {}
    for track in ("main", "beta"):
        page = await who_is_on(ask, tenant, COURSE, track=track, status=status, min_position=position)
        for row in page.rows:
            assert row.learner not in found
            found[row.learner] = Shown(track, row.status, row.lessons, row.done, row.section)
    return found


@proves("enroll.roster")
def test_whatever_happens_the_roster_is_what_a_replay_of_the_facts_adds_up_to(database: Database) -> None:
    with asyncio.Runner() as runner:
        opened = school(database)
        do, ask = runner.run(opened.__aenter__())

        async def tell(story: Story) -> None:
            tenant = TenantId(uuid4())
            position = 0
            for learner, command in story:
                with suppress(Rejected):
                    kept = await do(ENROLLMENT.at(COURSE, learner), command, caller(tenant))
                    position = max(position, kept.position)
            facts = await told(database, tenant)
            expected = {learner: there for learner, one in facts.items() if (there := replayed(one)) is not None}
            assert await seen(ask, tenant, None, position) == expected
            for status in get_args(Status):
                of_status = {learner: there for learner, there in expected.items() if there.status == status}
                assert await seen(ask, tenant, status, position) == of_status

        @settings(max_examples=25, deadline=None)
        @given(STORIES)
        def holds(story: Story) -> None:
            runner.run(tell(story))

        try:
            holds()
        finally:
            runner.run(opened.__aexit__(None, None, None))
