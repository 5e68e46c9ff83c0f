"""May this person open this course?"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from adapters.postgres.followers.projector import Projector
from application.do import Do
from application.ledger import Receipt
from domain.enrollments.enrollment import (
    ENROLLMENT,
    Enroll,
    Graduate,
    JoinWaitlist,
    MoveUp,
    RecordPayment,
    Refund,
    Reinstate,
    Suspend,
    Withdraw,
)
from domain.kernel import CourseId, LearnerId, PaymentId, PersonId, SectionId
from projections.enrollments import entitlements
from projections.enrollments.entitlements import may_open
from tests.followers.running import COURSE, TENANT, asking, caller, following, make_models, writing
from tests.proves import proves
from tests.servers import Database

ADA, EVENING, CARD = LearnerId("ada"), SectionId("evening"), PaymentId("card")
NOW = datetime(2026, 11, 21, tzinfo=UTC)
WISH = Enroll(COURSE, ADA, (), section=EVENING)
PRICED = Enroll(COURSE, ADA, (), section=EVENING, pay_by=NOW + timedelta(days=1))


async def tell(do: Do, command: Any) -> Receipt:
    return await do(ENROLLMENT.at(COURSE, ADA), command, caller())


@proves("enroll.access_check")
async def test_it_opens_and_closes_with_the_enrolment(database: Database) -> None:
    await make_models(database)
    async with writing(database) as do, following(database, Projector(entitlements.MODEL)), asking(database) as ask:

        async def seen(position: int, at: datetime = NOW) -> tuple[bool, str]:
            found = await may_open(ask, TENANT, PersonId(ADA), COURSE, at, min_position=position)
            return found.open, found.why

        assert await seen(0) == (False, "not_enrolled")
        story: list[tuple[Any, tuple[bool, str]]] = [
            (JoinWaitlist(PRICED, EVENING), (False, "waitlisted")),
            (MoveUp(EVENING, NOW), (False, "awaiting_payment")),
            (RecordPayment(CARD), (True, "learning")),
            (Suspend("fees"), (False, "suspended")),
            (Reinstate(), (True, "learning")),
            (Graduate(), (True, "graduated")),
            (Suspend("fees"), (False, "suspended")),
            (Reinstate(), (True, "graduated")),
            (Refund(CARD), (False, "suspended")),
        ]
        for command, expected in story:
            receipt = await tell(do, command)
            assert await seen(receipt.position) == expected, command


@proves("enroll.access_check", "enroll.withdraw")
async def test_it_closes_at_the_moment_its_time_is_over_and_when_one_leaves(database: Database) -> None:
    await make_models(database)
    async with writing(database) as do, following(database, Projector(entitlements.MODEL)), asking(database) as ask:
        until = NOW + timedelta(days=1)
        position = (await tell(do, Enroll(COURSE, ADA, (), until, section=EVENING))).position

        async def seen(at: datetime) -> tuple[bool, str, datetime | None]:
            found = await may_open(ask, TENANT, PersonId(ADA), COURSE, at, min_position=position)
            return found.open, found.why, found.until

        assert await seen(until - timedelta(microseconds=1)) == (True, "learning", until)
        assert await seen(until) == (False, "expired", None)
        position = (await tell(do, Withdraw("no time"))).position
        assert await seen(NOW) == (False, "withdrew", None)
        other = await may_open(ask, TENANT, PersonId(ADA), CourseId("chess"), NOW)
        assert (other.open, other.why) == (False, "not_enrolled")
