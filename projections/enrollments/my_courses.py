"""What am I learning, and how far am I? Asked by learners."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any, Literal, assert_never
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
from domain.kernel import ID, CourseId, LearnerId, LessonId, SectionId, Track, Value
from projections.model import Ask, Fact, Many, Page, ReadModel, Statement, after, limited, page, question, rows

TABLES = """
create table my_courses (
  tenant uuid not null,
  learner text collate "C" not null,
  course text collate "C" not null,
  track text not null,
  status text not null,
  lessons text[] not null,
  done text[] not null,
  enrolled_at timestamptz not null,
  until timestamptz,
  section text collate "C",
  rested text,
  primary key (tenant, learner, course)
) with (fillfactor = 60);
"""

ENROL = Many(
    "tenant uuid, learner text, course text, track text, status text, lessons text, done text, at timestamptz, "
    "until timestamptz, section text",
    """
    insert into my_courses
    select tenant, learner, course, track, status, string_to_array(lessons, ' '), string_to_array(done, ' '), at,
      until, section, null from fact
    on conflict (tenant, learner, course) do update set track = excluded.track, status = excluded.status,
      lessons = excluded.lessons, done = excluded.done, enrolled_at = excluded.enrolled_at, until = excluded.until,
      section = excluded.section, rested = null
    """,
)
ADVANCE = Many(
    "tenant uuid, learner text, course text, lesson text",
    """
    update my_courses m set done = m.done || f.lesson
    from fact f where m.tenant = f.tenant and m.learner = f.learner and m.course = f.course
    """,
)
END = Many(
    "tenant uuid, learner text, course text, status text",
    """
    update my_courses m set status = f.status
    from fact f where m.tenant = f.tenant and m.learner = f.learner and m.course = f.course
    """,
)
REST = Many(
    "tenant uuid, learner text, course text",
    """
    update my_courses m set rested = m.status, status = 'suspended'
    from fact f where m.tenant = f.tenant and m.learner = f.learner and m.course = f.course
    """,
)
GO_ON = Many(
    "tenant uuid, learner text, course text",
    """
    update my_courses m set status = m.rested, rested = null
    from fact f where m.tenant = f.tenant and m.learner = f.learner and m.course = f.course
    """,
)
MOVE = Many(
    "tenant uuid, learner text, course text, track text",
    """
    update my_courses m set track = f.track
    from fact f where m.tenant = f.tenant and m.course = f.course and m.learner = f.learner
    """,
)


def project(fact: Fact[Event]) -> Iterator[Statement]:  # noqa: C901, PLR0912 — a table, a row for each fact
    _, course, learner = fact.stream.split(":")
    which = (fact.tenant, learner, course)
    match fact.event:
        case LearnerEnrolled(_, _, lessons, until, track, section, done):
            yield ENROL, (*which, track, "learning", " ".join(lessons), " ".join(done), fact.at, until, section)
        case LearnerWaitlisted(_, _, lessons, section, until, track):
            yield ENROL, (*which, track, "waitlisted", " ".join(lessons), "", fact.at, until, section)
        case EnrollmentHeldForPayment(_, _, lessons, _, section, until, track):
            yield ENROL, (*which, track, "awaiting_payment", " ".join(lessons), "", fact.at, until, section)
        case EnrollmentLapsed():
            yield END, (*which, "lapsed")
        case EnrollmentSuspended():
            yield REST, which
        case EnrollmentReinstated():
            yield GO_ON, which
        case LessonCompleted(lesson):
            yield ADVANCE, (*which, lesson)
        case CourseCompleted():
            yield END, (*which, "graduated")
        case LearnerWithdrew():
            yield END, (*which, "withdrew")
        case EnrollmentExpired():
            yield END, (*which, "expired")
        case EnrollmentPromoted():
            yield MOVE, (*which, "main")
        case EnrollmentReturned():
            yield MOVE, (*which, "beta")
        case LearnerPromotedFromWaitlist() | EnrollmentPaid() | EnrollmentRefunded():
            pass  # What becomes of it is told by the fact after it.
        case _:
            assert_never(fact.event)


QUESTIONS = question(
    "my_courses",
    "_learner text, _track text, _status text, _time timestamptz, _course text, _limit int",
    rows("""
      select m.course, m.status, m.lessons, m.done, m.enrolled_at, m.until, m.section
      from {schema}.my_courses m
      where m.tenant = _tenant and m.learner = _learner and m.track = _track and (_status is null or m.status = _status)
        and (m.enrolled_at, m.course) < (coalesce(_time, 'infinity'), coalesce(_course, ''))
      order by m.enrolled_at desc, m.course desc
      limit _limit
"""),
)

MODEL = ReadModel(
    name="enrollments.my_courses",
    version=3,
    tables=TABLES,
    questions=QUESTIONS,
    types=(
        *(LearnerEnrolled, LessonCompleted, CourseCompleted, LearnerWithdrew, EnrollmentExpired),
        *(LearnerWaitlisted, EnrollmentHeldForPayment, EnrollmentLapsed, EnrollmentSuspended, EnrollmentReinstated),
        *(EnrollmentPromoted, EnrollmentReturned),
    ),
    project=project,
)

Status = Literal[
    "learning", "graduated", "withdrew", "expired", "waitlisted", "awaiting_payment", "lapsed", "suspended"
]


class MyCourse(Value):
    """A course of mine: its lessons in order, and those I have done in the order I did them."""

    course: CourseId
    status: Status
    lessons: tuple[LessonId, ...]
    done: tuple[LessonId, ...]
    enrolled_at: datetime
    until: datetime | None
    section: SectionId | None = None


_rows = msgspec.json.Decoder(tuple[MyCourse, ...])
_Place = tuple[Annotated[datetime, msgspec.Meta(tz=True)], Annotated[str, ID]]


async def my_courses(  # noqa: PLR0913 — what one may ask for
    ask: Ask,
    tenant: UUID,
    learner: LearnerId,
    *,
    track: Track = "main",
    status: Status | None = None,
    cursor: str | None = None,
    limit: int = 50,
    min_position: int = 0,
) -> Page[MyCourse]:
    """The courses of a learner on a track, the newest first, a page at a time."""
    time, course = after(cursor, _Place) or (None, None)
    values = (learner, track, status, time, course, limited(limit))
    position, found = await ask(MODEL, "my_courses", tenant, values, min_position)

    def place(row: MyCourse) -> tuple[Any, ...]:
        return row.enrolled_at, row.course

    return page(_rows.decode(found), position, limit, place)
