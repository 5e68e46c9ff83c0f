"""May this person open this course? Asked by everything that is only for those who take it, or teach it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Literal, assert_never
from uuid import UUID

import msgspec

from domain.catalog.events import (
    AssistantAdded,
    AssistantRemoved,
    CoInstructorAdded,
    CoInstructorRemoved,
    InstructorAssigned,
    SectionOpened,
)
from domain.enrollments.events import (
    CourseCompleted,
    EnrollmentExpired,
    EnrollmentHeldForPayment,
    EnrollmentLapsed,
    EnrollmentPaid,
    EnrollmentPromoted,
    EnrollmentRefunded,
    EnrollmentReinstated,
    EnrollmentReturned,
    EnrollmentSuspended,
    LearnerEnrolled,
    LearnerPromotedFromWaitlist,
    LearnerWaitlisted,
    LearnerWithdrew,
    LessonCompleted,
)
from domain.enrollments.events import EnrollmentEvent as Event
from domain.kernel import CourseId, PersonId, Value
from projections.model import Ask, Fact, Many, ReadModel, Statement, question

Teaching = (
    SectionOpened | InstructorAssigned | CoInstructorAdded | CoInstructorRemoved | AssistantAdded | AssistantRemoved
)

TABLES = """
create table entitlements (
  tenant uuid not null,
  person text collate "C" not null,
  course text collate "C" not null,
  status text not null,
  until timestamptz,
  rested text,
  primary key (tenant, person, course)
) with (fillfactor = 60);
create table sections (
  tenant uuid not null,
  section text collate "C" not null,
  course text collate "C" not null,
  primary key (tenant, section)
);
create table teachers (
  tenant uuid not null,
  person text collate "C" not null,
  section text collate "C" not null,
  role text not null,
  primary key (tenant, person, section, role)
);
create unique index instructors on teachers (tenant, section) where role = 'instructor';
"""

BECOME = Many(
    "tenant uuid, person text, course text, status text, until timestamptz",
    """
    insert into entitlements select tenant, person, course, status, until, null from fact
    on conflict (tenant, person, course)
    do update set status = excluded.status, until = excluded.until, rested = null
    """,
)
END = Many(
    "tenant uuid, person text, course text, status text",
    """
    update entitlements e set status = f.status
    from fact f where e.tenant = f.tenant and e.person = f.person and e.course = f.course
    """,
)
REST = Many(
    "tenant uuid, person text, course text",
    """
    update entitlements e set rested = e.status, status = 'suspended'
    from fact f where e.tenant = f.tenant and e.person = f.person and e.course = f.course
    """,
)
GO_ON = Many(
    "tenant uuid, person text, course text",
    """
    update entitlements e set status = e.rested, rested = null
    from fact f where e.tenant = f.tenant and e.person = f.person and e.course = f.course
    """,
)
OPEN_SECTION = "insert into sections values (%s, %s, %s) on conflict do nothing"
TEACH = "insert into teachers values (%s, %s, %s, %s) on conflict do nothing"
TEACH_NO_MORE = "delete from teachers where tenant = %s and person = %s and section = %s and role = %s"
REPLACE = "delete from teachers where tenant = %s and section = %s and role = 'instructor'"


def project(fact: Fact[Event | Teaching]) -> Iterator[Statement]:  # noqa: C901, PLR0912 — a table, a row for each fact
    match fact.event:
        case LearnerEnrolled(until=until):
            yield BECOME, (*_of(fact), "learning", until)
        case LearnerWaitlisted():
            yield BECOME, (*_of(fact), "waitlisted", None)
        case EnrollmentHeldForPayment():
            yield BECOME, (*_of(fact), "awaiting_payment", None)
        case CourseCompleted():
            yield END, (*_of(fact), "graduated")
        case LearnerWithdrew():
            yield END, (*_of(fact), "withdrew")
        case EnrollmentExpired():
            yield END, (*_of(fact), "expired")
        case EnrollmentLapsed():
            yield END, (*_of(fact), "lapsed")
        case EnrollmentSuspended():
            yield REST, _of(fact)
        case EnrollmentReinstated():
            yield GO_ON, _of(fact)
        case LessonCompleted() | EnrollmentPromoted() | EnrollmentReturned():
            pass
        case LearnerPromotedFromWaitlist() | EnrollmentPaid() | EnrollmentRefunded():
            pass  # What becomes of it is told by the fact after it.
        case (
            SectionOpened()
            | InstructorAssigned()
            | CoInstructorAdded()
            | CoInstructorRemoved()
            | AssistantAdded()
            | AssistantRemoved()
        ):
            yield from _teaching(fact, fact.event)
        case _:
            assert_never(fact.event)


def _teaching(fact: Fact[object], event: Teaching) -> Iterator[Statement]:
    section = fact.stream.partition(":")[2]
    match event:
        case SectionOpened(course=course, instructor=instructor):
            yield OPEN_SECTION, (fact.tenant, section, course)
            if instructor is not None:
                yield TEACH, (fact.tenant, instructor, section, "instructor")
        case InstructorAssigned(person):
            yield REPLACE, (fact.tenant, section)
            yield TEACH, (fact.tenant, person, section, "instructor")
        case CoInstructorAdded(person):
            yield TEACH, (fact.tenant, person, section, "co-instructor")
        case CoInstructorRemoved(person):
            yield TEACH_NO_MORE, (fact.tenant, person, section, "co-instructor")
        case AssistantAdded(person):
            yield TEACH, (fact.tenant, person, section, "assistant")
        case AssistantRemoved(person):
            yield TEACH_NO_MORE, (fact.tenant, person, section, "assistant")
        case _:
            assert_never(event)


def _of(fact: Fact[object]) -> tuple[UUID, str, str]:
    _, course, learner = fact.stream.split(":")
    return fact.tenant, learner, course


QUESTIONS = question(
    "entitlement",
    "_person text, _course text",
    """
  json_build_object(
    'taught', exists (
      select from {schema}.teachers t
      join {schema}.sections s on s.tenant = t.tenant and s.section = t.section
      where t.tenant = _tenant and t.person = _person and s.course = _course
    ),
    'status', (
      select e.status from {schema}.entitlements e
      where e.tenant = _tenant and e.person = _person and e.course = _course
    ),
    'until', (
      select e.until from {schema}.entitlements e
      where e.tenant = _tenant and e.person = _person and e.course = _course
    )
  )
""",
)

MODEL = ReadModel(
    name="enrollments.entitlements",
    version=1,
    tables=TABLES,
    questions=QUESTIONS,
    types=(
        *(LearnerEnrolled, LearnerWaitlisted, EnrollmentHeldForPayment, CourseCompleted, LearnerWithdrew),
        *(EnrollmentExpired, EnrollmentLapsed, EnrollmentSuspended, EnrollmentReinstated),
        *(SectionOpened, InstructorAssigned, CoInstructorAdded, CoInstructorRemoved, AssistantAdded, AssistantRemoved),
    ),
    project=project,
)

Status = Literal[
    "learning", "graduated", "withdrew", "expired", "waitlisted", "awaiting_payment", "lapsed", "suspended"
]


class _Found(Value):
    taught: bool
    status: Status | None
    until: datetime | None


class Entitlement(Value):
    """Whether a course is open to a person, and why: they teach it, or what became of their enrolment."""

    open: bool
    why: Literal["teaching", "not_enrolled"] | Status
    until: datetime | None
    position: int


_found = msgspec.json.Decoder(_Found)


async def may_open(  # noqa: PLR0913 — what one may ask for
    ask: Ask, tenant: UUID, person: PersonId, course: CourseId, at: datetime, *, min_position: int = 0
) -> Entitlement:
    """Whether a person may open a course at a time. Who has graduated may look at it as long as they like."""
    position, answer = await ask(MODEL, "entitlement", tenant, (person, course), min_position)
    found = _found.decode(answer)
    if found.taught:
        return Entitlement(open=True, why="teaching", until=None, position=position)
    status = found.status
    if status == "learning" and found.until is not None and found.until <= at:
        status = "expired"  # Whether or not anybody has said so yet.
    is_open = status in {"learning", "graduated"}
    until = found.until if status == "learning" else None
    return Entitlement(open=is_open, why=status or "not_enrolled", until=until, position=position)
