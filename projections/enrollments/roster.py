"""Who is on this course, and how far along? Asked by teachers, of those whose accounts are open."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any, Literal, NamedTuple, assert_never
from uuid import UUID

import msgspec

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
from domain.identity.events import PersonDeactivated, PersonReactivated, PersonRemoved
from domain.kernel import ID, CourseId, LearnerId, SectionId, Track, Value
from projections.model import Ask, Fact, Many, Page, ReadModel, Statement, after, limited, page, question, rows

Absence = PersonDeactivated | PersonRemoved | PersonReactivated
"""Whose account is closed leaves the rosters. What they did stays, and shows again when they are back."""

TABLES = """
create table roster (
  tenant uuid not null,
  course text collate "C" not null,
  learner text collate "C" not null,
  track text not null,
  status text not null,
  lessons int not null,
  done int not null,
  enrolled_at timestamptz not null,
  until timestamptz,
  ended_at timestamptz,
  section text collate "C",
  rested text,
  primary key (tenant, course, learner)
) with (fillfactor = 60);
create table away (
  tenant uuid not null,
  learner text collate "C" not null,
  primary key (tenant, learner)
);
"""

ENROL = Many(
    "tenant uuid, course text, learner text, track text, status text, lessons int, done int, at timestamptz, "
    "until timestamptz, section text",
    """
    insert into roster
    select tenant, course, learner, track, status, lessons, done, at, until, null, section, null from fact
    on conflict (tenant, course, learner) do update set track = excluded.track, status = excluded.status,
      lessons = excluded.lessons, done = excluded.done, enrolled_at = excluded.enrolled_at, until = excluded.until,
      ended_at = null, section = excluded.section, rested = null
    """,
)
ADVANCE = Many(
    "tenant uuid, course text, learner text",
    """
    update roster r set done = r.done + 1
    from fact f where r.tenant = f.tenant and r.course = f.course and r.learner = f.learner
    """,
)
END = Many(
    "tenant uuid, course text, learner text, status text, at timestamptz",
    """
    update roster r set status = f.status, ended_at = f.at
    from fact f where r.tenant = f.tenant and r.course = f.course and r.learner = f.learner
    """,
)
REST = Many(
    "tenant uuid, course text, learner text",
    """
    update roster r set rested = r.status, status = 'suspended'
    from fact f where r.tenant = f.tenant and r.course = f.course and r.learner = f.learner
    """,
)
GO_ON = Many(
    "tenant uuid, course text, learner text",
    """
    update roster r set status = r.rested, rested = null
    from fact f where r.tenant = f.tenant and r.course = f.course and r.learner = f.learner
    """,
)
GO = Many("tenant uuid, learner text", "insert into away select tenant, learner from fact on conflict do nothing")
COME_BACK = Many(
    "tenant uuid, learner text",
    "delete from away a using fact f where a.tenant = f.tenant and a.learner = f.learner",
)
MOVE = Many(
    "tenant uuid, course text, learner text, track text",
    """
    update roster r set track = f.track
    from fact f where r.tenant = f.tenant and r.course = f.course and r.learner = f.learner
    """,
)


def project(fact: Fact[Event | Absence]) -> Iterator[Statement]:  # noqa: C901, PLR0912 — a table, a row for each fact
    match fact.event:
        case PersonDeactivated(person=person) | PersonRemoved(person=person):
            yield GO, (fact.tenant, person)
        case PersonReactivated(person=person):
            yield COME_BACK, (fact.tenant, person)
        case LearnerEnrolled(lessons=lessons, until=until, track=track, section=section, done=done):
            yield ENROL, (*_of(fact), track, "learning", len(lessons), len(done), fact.at, until, section)
        case LearnerWaitlisted(lessons=lessons, until=until, track=track, section=section):
            yield ENROL, (*_of(fact), track, "waitlisted", len(lessons), 0, fact.at, until, section)
        case EnrollmentHeldForPayment(lessons=lessons, until=until, track=track, section=section):
            yield ENROL, (*_of(fact), track, "awaiting_payment", len(lessons), 0, fact.at, until, section)
        case EnrollmentLapsed():
            yield END, (*_of(fact), "lapsed", fact.at)
        case EnrollmentSuspended():
            yield REST, _of(fact)
        case EnrollmentReinstated():
            yield GO_ON, _of(fact)
        case LessonCompleted():
            yield ADVANCE, _of(fact)
        case CourseCompleted():
            yield END, (*_of(fact), "graduated", fact.at)
        case LearnerWithdrew():
            yield END, (*_of(fact), "withdrew", fact.at)
        case EnrollmentExpired():
            yield END, (*_of(fact), "expired", fact.at)
        case EnrollmentPromoted():
            yield MOVE, (*_of(fact), "main")
        case EnrollmentReturned():
            yield MOVE, (*_of(fact), "beta")
        case LearnerPromotedFromWaitlist() | EnrollmentPaid() | EnrollmentRefunded():
            pass  # What becomes of it is told by the fact after it.
        case _:
            assert_never(fact.event)


def _of(fact: Fact[object]) -> tuple[UUID, str, str]:
    _, course, learner = fact.stream.split(":")
    return fact.tenant, course, learner


_QUESTION = question(
    "roster_by_NAME",
    "_course text, _track text, _status text, _section text, _key TYPE, _learner text, _limit int",
    rows("""
      select r.learner, r.status, r.lessons, r.done, r.enrolled_at, r.until, r.ended_at, r.section
      from {schema}.roster r
      where r.tenant = _tenant and r.course = _course and r.track = _track and (_status is null or r.status = _status)
        and (_section is null or r.section = _section)
        and (KEY, r.learner) BEYOND (coalesce(_key, FIRST), coalesce(_learner, ''))
        -- In these words it is asked of each row of the page, not made a join with all who are away.
        and (select true from {schema}.away a where a.tenant = _tenant and a.learner = r.learner) is null
      order by KEY ORDER, r.learner ORDER
      limit _limit
"""),
)

_Id = Annotated[str, ID]
_Time = Annotated[datetime, msgspec.Meta(tz=True)]
_Count = Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)]

Status = Literal[
    "learning", "graduated", "withdrew", "expired", "waitlisted", "awaiting_payment", "lapsed", "suspended"
]
Sort = Literal["learner", "-enrolled_at", "-done"]


class _Order(NamedTuple):
    """An order of the roster. Each is a function of its own in Postgres, so that each has its own plan."""

    name: str
    column: str
    type: str
    direction: Literal["asc", "desc"]
    first: str
    """What comes before every row in this order."""
    shape: Any
    """What a cursor within this order holds."""


_ORDERS: dict[Sort, _Order] = {
    "learner": _Order("learner", "learner", "text", "asc", "''", tuple[Literal["learner"], _Id, _Id]),
    "-enrolled_at": _Order(
        "time", "enrolled_at", "timestamptz", "desc", "'infinity'", tuple[Literal["-enrolled_at"], _Time, _Id]
    ),
    "-done": _Order("progress", "done", "int", "desc", "2147483647", tuple[Literal["-done"], _Count, _Id]),
}


def _question(order: _Order) -> str:
    said = _QUESTION.replace("NAME", order.name).replace("TYPE", order.type).replace("FIRST", order.first)
    said = said.replace("KEY", f"r.{order.column}")
    return said.replace("BEYOND", ">" if order.direction == "asc" else "<").replace("ORDER", order.direction)


QUESTIONS = "".join(map(_question, _ORDERS.values()))

MODEL = ReadModel(
    name="enrollments.roster",
    version=3,
    tables=TABLES,
    questions=QUESTIONS,
    types=(
        *(LearnerEnrolled, LessonCompleted, CourseCompleted, LearnerWithdrew, EnrollmentExpired),
        *(LearnerWaitlisted, EnrollmentHeldForPayment, EnrollmentLapsed, EnrollmentSuspended, EnrollmentReinstated),
        *(EnrollmentPromoted, EnrollmentReturned),
        *(PersonDeactivated, PersonRemoved, PersonReactivated),
    ),
    project=project,
)


class OnCourse(Value):
    """One learner on a course. `ended_at` is when they graduated, withdrew, or ran out of time."""

    learner: LearnerId
    status: Status
    lessons: int
    done: int
    enrolled_at: datetime
    until: datetime | None
    ended_at: datetime | None
    section: SectionId | None = None


_rows = msgspec.json.Decoder(tuple[OnCourse, ...])


async def who_is_on(  # noqa: PLR0913 — what one may ask for
    ask: Ask,
    tenant: UUID,
    course: CourseId,
    *,
    track: Track = "main",
    status: Status | None = None,
    section: SectionId | None = None,
    sort: Sort = "learner",
    cursor: str | None = None,
    limit: int = 50,
    min_position: int = 0,
) -> Page[OnCourse]:
    """The learners of a course on a track, perhaps of one section, in order, a page at a time."""
    order = _ORDERS[sort]
    _, key, learner = after(cursor, order.shape) or (sort, None, None)
    values = (course, track, status, section, key, learner, limited(limit))
    position, found = await ask(MODEL, f"roster_by_{order.name}", tenant, values, min_position)

    def place(row: OnCourse) -> tuple[Any, ...]:
        return sort, getattr(row, order.column), row.learner

    return page(_rows.decode(found), position, limit, place)
