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
    EnrollmentPromoted,
    EnrollmentReturned,
    Event,
    LearnerEnrolled,
    LearnerWithdrew,
    LessonCompleted,
)
from domain.kernel import ID, CourseId, LearnerId, LessonId, Track, Value
from projections.model import Ask, Fact, Many, Page, ReadModel, Statement, after, limited, page

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
  primary key (tenant, learner, course)
) with (fillfactor = 60);
"""

ENROL = Many(
    "tenant uuid, learner text, course text, track text, lessons text, at timestamptz, until timestamptz",
    """
    insert into my_courses
    select tenant, learner, course, track, 'learning', string_to_array(lessons, ' '), '{}', at, until from fact
    on conflict (tenant, learner, course) do update set track = excluded.track, status = 'learning',
      lessons = excluded.lessons, done = '{}', enrolled_at = excluded.enrolled_at, until = excluded.until
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


MOVE = Many(
    "tenant uuid, learner text, course text, track text",
    """
    update my_courses m set track = f.track
    from fact f where m.tenant = f.tenant and m.course = f.course and m.learner = f.learner
    """,
)


def project(fact: Fact[Event]) -> Iterator[Statement]:
    _, course, learner = fact.stream.split(":")
    match fact.event:
        case LearnerEnrolled(lessons=lessons, until=until, track=track):
            yield ENROL, (fact.tenant, learner, course, track, " ".join(lessons), fact.at, until)
        case LessonCompleted(lesson):
            yield ADVANCE, (fact.tenant, learner, course, lesson)
        case CourseCompleted():
            yield END, (fact.tenant, learner, course, "graduated")
        case LearnerWithdrew():
            yield END, (fact.tenant, learner, course, "withdrew")
        case EnrollmentExpired():
            yield END, (fact.tenant, learner, course, "expired")
        case EnrollmentPromoted():
            yield MOVE, (fact.tenant, learner, course, "main")
        case EnrollmentReturned():
            yield MOVE, (fact.tenant, learner, course, "beta")
        case _:
            assert_never(fact.event)


QUESTIONS = """
create or replace function {schema}.my_courses(
  _tenant uuid, _learner text, _track text, _status text, _time timestamptz, _course text, _limit int
) returns table ("position" bigint, page json)
language plpgsql
-- One plan for every call: see the roster.
set plan_cache_mode = force_generic_plan
as $$
begin
  perform set_config('annals.tenant', _tenant::text, true);
  return query
  select c.position, coalesce((
    select json_agg(m) from (
      select m.course, m.status, m.lessons, m.done, m.enrolled_at, m.until
      from {schema}.my_courses m
      where m.tenant = _tenant and m.learner = _learner and m.track = _track and (_status is null or m.status = _status)
        and (m.enrolled_at, m.course) < (coalesce(_time, 'infinity'), coalesce(_course, ''))
      order by m.enrolled_at desc, m.course desc
      limit _limit
    ) m
  ), '[]')
  from followers.checkpoints c where c.follower = 'enrollments.my_courses' and c.log = ledger.log_of(_tenant);
end $$;
"""

MODEL = ReadModel(
    name="enrollments.my_courses",
    version=2,
    tables=TABLES,
    questions=QUESTIONS,
    types=(
        *(LearnerEnrolled, LessonCompleted, CourseCompleted, LearnerWithdrew, EnrollmentExpired),
        *(EnrollmentPromoted, EnrollmentReturned),
    ),
    project=project,
)

Status = Literal["learning", "graduated", "withdrew", "expired"]


class MyCourse(Value):
    """A course of mine: its lessons in order, and those I have done in the order I did them."""

    course: CourseId
    status: Status
    lessons: tuple[LessonId, ...]
    done: tuple[LessonId, ...]
    enrolled_at: datetime
    until: datetime | None


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
