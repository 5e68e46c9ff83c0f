"""When and where does this section meet, when do I teach, and when do I learn? Asked by who learns and who teaches."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any, assert_never
from uuid import UUID

import msgspec

from domain.catalog.events import (
    AssistantAdded,
    AssistantRemoved,
    CoInstructorAdded,
    CoInstructorRemoved,
    CourseArchived,
    CourseDiscarded,
    CourseDrafted,
    CourseEvent,
    CoursePriced,
    CoursePublished,
    CourseRevised,
    InstructorAssigned,
    MeetingCancelled,
    MeetingMoved,
    MeetingScheduled,
    SectionCapacitySet,
    SectionClosed,
    SectionEvent,
    SectionOpened,
    SectionRevised,
)
from domain.enrollments.events import (
    EnrollmentExpired,
    EnrollmentReinstated,
    EnrollmentSuspended,
    LearnerEnrolled,
    LearnerWithdrew,
)
from domain.kernel import CourseId, LearnerId, PersonId, Rejected, SectionId, Value
from projections.catalog._calendar import Meeting, Occurrence, expanded, feed
from projections.model import Ask, Fact, ReadModel, Statement, question

Learning = LearnerEnrolled | LearnerWithdrew | EnrollmentExpired | EnrollmentSuspended | EnrollmentReinstated
"""Who learns in which section. Who has completed the course still finds their section."""

TABLES = """
create table courses (
  tenant uuid not null,
  course text collate "C" not null,
  title text not null,
  shown boolean not null,
  primary key (tenant, course)
);
create table sections (
  tenant uuid not null,
  section text collate "C" not null,
  course text collate "C" not null,
  primary key (tenant, section)
);
create table meetings (
  tenant uuid not null,
  section text collate "C" not null,
  meeting text collate "C" not null,
  room text,
  timing json not null,
  scheduled_at timestamptz not null,
  primary key (tenant, section, meeting)
);
create table staff (
  tenant uuid not null,
  person text collate "C" not null,
  section text collate "C" not null,
  part text not null,
  primary key (tenant, person, section)
);
create index staff_of_section on staff (tenant, section);
create table learners (
  tenant uuid not null,
  learner text collate "C" not null,
  course text collate "C" not null,
  section text collate "C" not null,
  rests boolean not null,
  primary key (tenant, learner, course)
);
"""

DRAFT = "insert into courses values (%s, %s, %s, false) on conflict (tenant, course) do nothing"
TITLE = "update courses set title = %s where tenant = %s and course = %s"
SHOW = "update courses set shown = true where tenant = %s and course = %s"
OPEN = "insert into sections values (%s, %s, %s) on conflict (tenant, section) do nothing"
CLOSE = "delete from meetings where tenant = %s and section = %s"
MEET = """
insert into meetings values (%s, %s, %s, %s, %s::json, %s)
on conflict (tenant, section, meeting) do update
  set room = excluded.room, timing = excluded.timing, scheduled_at = excluded.scheduled_at
"""
CANCEL = "delete from meetings where tenant = %s and section = %s and meeting = %s"
JOIN = """
insert into staff values (%s, %s, %s, %s) on conflict (tenant, person, section) do update set part = excluded.part
"""
REPLACE = "delete from staff where tenant = %s and section = %s and part = 'instructor'"
LEAVE = "delete from staff where tenant = %s and person = %s and section = %s"
ENROL = """
insert into learners values (%s, %s, %s, %s, false)
on conflict (tenant, learner, course) do update set section = excluded.section, rests = false
"""
REST = "update learners set rests = %s where tenant = %s and learner = %s and course = %s"
WITHDRAW = "delete from learners where tenant = %s and learner = %s and course = %s"


def project(  # noqa: C901, PLR0912 — a row a fact
    fact: Fact[CourseEvent | SectionEvent | Learning],
) -> Iterator[Statement]:
    of = (fact.tenant, fact.stream.partition(":")[2])
    match fact.event:
        case CourseDrafted(title=title):
            yield DRAFT, (*of, title)
        case CourseRevised(title=title):
            yield TITLE, (title, *of)
        case CoursePublished():
            yield SHOW, of
        case CoursePriced() | CourseArchived() | CourseDiscarded():
            pass  # Who is on an archived course goes on; a draft that was discarded was never shown.
        case SectionOpened(course=course, instructor=instructor):
            yield OPEN, (*of, course)
            if instructor is not None:
                yield JOIN, (fact.tenant, instructor, of[1], "instructor")
        case SectionClosed():
            yield CLOSE, of
        case SectionRevised() | SectionCapacitySet():
            pass
        case MeetingScheduled(meeting, timing, room) | MeetingMoved(meeting, timing, room):
            yield MEET, (*of, meeting, room, msgspec.json.encode(timing).decode(), fact.at)
        case MeetingCancelled(meeting):
            yield CANCEL, (*of, meeting)
        case InstructorAssigned(person):
            yield REPLACE, of
            yield JOIN, (fact.tenant, person, of[1], "instructor")
        case CoInstructorAdded(person):
            yield JOIN, (fact.tenant, person, of[1], "co-instructor")
        case AssistantAdded(person):
            yield JOIN, (fact.tenant, person, of[1], "assistant")
        case CoInstructorRemoved(person) | AssistantRemoved(person):
            yield LEAVE, (fact.tenant, person, of[1])
        case LearnerEnrolled(course=course, learner=learner, section=section):
            if section is not None:
                yield ENROL, (fact.tenant, learner, course, section)
        case LearnerWithdrew() | EnrollmentExpired():
            yield WITHDRAW, _whose(fact)
        case EnrollmentSuspended():
            yield REST, (True, *_whose(fact))
        case EnrollmentReinstated():
            yield REST, (False, *_whose(fact))
        case _:
            assert_never(fact.event)


def _whose(fact: Fact[Any]) -> tuple[Any, ...]:
    _, course, learner = fact.stream.split(":")
    return fact.tenant, learner, course


_MEETINGS = """
    select json_agg(m) from (
      select s.course, o.title, s.section, m.meeting, m.room, m.timing, m.scheduled_at
      from {schema}.sections s
      join {schema}.courses o on o.tenant = _tenant and o.course = s.course
      join {schema}.meetings m on m.tenant = _tenant and m.section = s.section
      where s.tenant = _tenant and WHOSE
      order by s.section, m.meeting
    ) m
"""

_QUESTION = "".join(
    (
        question(
            "of_section",
            "_course text, _section text, _shown boolean",
            """
  json_build_object('there', exists (
    select from {schema}.sections s
    join {schema}.courses o on o.tenant = _tenant and o.course = s.course
    where s.tenant = _tenant and s.section = _section and s.course = _course and (o.shown or not _shown)
  ), 'meetings', coalesce((OF_SECTION), '[]'))
""",
        ),
        question(
            "of_person",
            "_person text",
            """
  json_build_object('there', true, 'meetings', coalesce((OF_PERSON), '[]'))
""",
        ),
        question(
            "of_learner",
            "_learner text",
            """
  json_build_object('there', true, 'meetings', coalesce((OF_LEARNER), '[]'))
""",
        ),
    )
)

QUESTIONS = (
    _QUESTION.replace(
        "OF_SECTION",
        _MEETINGS.replace("WHOSE", "s.section = _section and s.course = _course and (o.shown or not _shown)"),
    )
    .replace(
        "OF_PERSON",
        _MEETINGS.replace(
            "WHOSE",
            "s.section in (select f.section from {schema}.staff f where f.tenant = _tenant and f.person = _person)",
        ),
    )
    .replace(
        "OF_LEARNER",
        _MEETINGS.replace(
            "WHOSE",
            "s.section in (select l.section from {schema}.learners l "
            "where l.tenant = _tenant and l.learner = _learner and not l.rests)",
        ),
    )
)

MODEL = ReadModel(
    name="catalog.timetable",
    version=2,
    tables=TABLES,
    questions=QUESTIONS,
    types=(
        *(CourseDrafted, CourseRevised, CoursePriced, CoursePublished, CourseArchived, CourseDiscarded),
        *(SectionOpened, SectionRevised, SectionCapacitySet, SectionClosed),
        *(InstructorAssigned, CoInstructorAdded, CoInstructorRemoved, AssistantAdded, AssistantRemoved),
        *(MeetingScheduled, MeetingMoved, MeetingCancelled),
        *(LearnerEnrolled, LearnerWithdrew, EnrollmentExpired, EnrollmentSuspended, EnrollmentReinstated),
    ),
    project=project,
)


class Timetable(Value):
    """Every time that there is a meeting, from one day to another, in order."""

    meetings: tuple[Occurrence, ...]
    position: int


class _Found(Value):
    there: bool
    meetings: tuple[Meeting, ...]


_found = msgspec.json.Decoder(_Found)


class Days(Value):
    """From one day to another; always, where nothing is said."""

    since: date | None = None
    until: date | None = None


ALWAYS = Days()


async def of_section(  # noqa: PLR0913 — what one may ask for
    ask: Ask,
    tenant: UUID,
    course: CourseId,
    section: SectionId,
    days: Days = ALWAYS,
    *,
    shown: bool,
    min_position: int = 0,
) -> Timetable:
    """When a section meets. `shown` is of one who sees no drafts."""
    found, position = await _of_section(ask, tenant, course, section, shown=shown, min_position=min_position)
    return Timetable(expanded(found.meetings, days.since or date.min, days.until or date.max), position)


async def feed_of_section(ask: Ask, tenant: UUID, course: CourseId, section: SectionId, *, min_position: int) -> bytes:
    """The same for a calendar, of a course that is shown."""
    found, _ = await _of_section(ask, tenant, course, section, shown=True, min_position=min_position)
    return feed(section, found.meetings)


async def of_person(ask: Ask, tenant: UUID, person: PersonId, days: Days, *, min_position: int = 0) -> Timetable:
    """When somebody teaches or assists."""
    position, found = await ask(MODEL, "of_person", tenant, (person,), min_position)
    return Timetable(expanded(_found.decode(found).meetings, days.since or date.min, days.until or date.max), position)


async def feed_of_person(ask: Ask, tenant: UUID, person: PersonId, *, min_position: int) -> bytes:
    """The same for their calendar."""
    _, found = await ask(MODEL, "of_person", tenant, (person,), min_position)
    return feed(person, _found.decode(found).meetings)


async def of_learner(ask: Ask, tenant: UUID, learner: LearnerId, days: Days, *, min_position: int = 0) -> Timetable:
    """When all the sections meet in which somebody learns."""
    position, found = await ask(MODEL, "of_learner", tenant, (learner,), min_position)
    return Timetable(expanded(_found.decode(found).meetings, days.since or date.min, days.until or date.max), position)


async def feed_of_learner(ask: Ask, tenant: UUID, learner: LearnerId, *, min_position: int) -> bytes:
    """The same for their calendar."""
    _, found = await ask(MODEL, "of_learner", tenant, (learner,), min_position)
    return feed(learner, _found.decode(found).meetings)


async def _of_section(  # noqa: PLR0913 — what one may ask for
    ask: Ask, tenant: UUID, course: CourseId, section: SectionId, *, shown: bool, min_position: int
) -> tuple[_Found, int]:
    position, told = await ask(MODEL, "of_section", tenant, (course, section, shown), min_position)
    found = _found.decode(told)
    if not found.there:
        raise Rejected("section.not_found", "there is no such section")
    return found, position
