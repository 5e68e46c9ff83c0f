"""Which courses are there to take, and in which sections? Asked by everyone; of drafts, only by who makes courses."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any, Literal, assert_never
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
    Level,
    MeetingCancelled,
    MeetingMoved,
    MeetingScheduled,
    SectionCapacitySet,
    SectionClosed,
    SectionEvent,
    SectionOpened,
    SectionRevised,
)
from domain.kernel import ID, CourseId, PersonId, Rejected, SectionId, Value
from projections.model import Ask, Fact, Page, ReadModel, Statement, after, limited, page, question, rows

TABLES = """
create table courses (
  tenant uuid not null,
  course text collate "C" not null,
  title text collate "C" not null,
  place text collate "C" not null,
  summary text not null,
  department text collate "C" not null,
  level text not null,
  amount bigint not null,
  currency text,
  status text not null,
  searched text collate "C" not null,
  version int not null,
  primary key (tenant, course)
);
create index courses_by_title on courses (tenant, place, course);
create table sections (
  tenant uuid not null,
  section text collate "C" not null,
  course text collate "C" not null,
  status text not null,
  capacity int not null,
  starts timestamptz,
  ends timestamptz,
  term text collate "C" not null,
  batch text not null,
  version int not null,
  primary key (tenant, section)
);
create index sections_of_course on sections (tenant, course, section);
create table staff (
  tenant uuid not null,
  section text collate "C" not null,
  person text collate "C" not null,
  part text not null,
  primary key (tenant, section, person)
);
"""

DRAFT = """
insert into courses values (%s, %s, %s, %s, %s, %s, %s, 0, null, 'draft', %s, %s)
on conflict (tenant, course) do nothing
"""
REVISE = """
update courses set title = %s, place = %s, summary = %s, department = %s, level = %s, searched = %s, version = %s
where tenant = %s and course = %s
"""
PRICE = "update courses set amount = %s, currency = %s, version = %s where tenant = %s and course = %s"
STAND = "update courses set status = %s, version = %s where tenant = %s and course = %s"
DISCARD = "delete from courses where tenant = %s and course = %s"
OPEN = """
insert into sections values (%s, %s, %s, 'open', %s, %s, %s, %s, %s, %s) on conflict (tenant, section) do nothing
"""
SPAN = """
update sections set starts = %s, ends = %s, term = %s, batch = %s, version = %s where tenant = %s and section = %s
"""
CAPACITY = "update sections set capacity = %s, version = %s where tenant = %s and section = %s"
CLOSE = "update sections set status = 'closed', version = %s where tenant = %s and section = %s"
SEEN = "update sections set version = %s where tenant = %s and section = %s"
JOIN = """
insert into staff values (%s, %s, %s, %s) on conflict (tenant, section, person) do update set part = excluded.part
"""
REPLACE = "delete from staff where tenant = %s and section = %s and part = 'instructor'"
LEAVE = "delete from staff where tenant = %s and section = %s and person = %s"


def project(fact: Fact[CourseEvent | SectionEvent]) -> Iterator[Statement]:  # noqa: C901 — a row a fact
    of = (fact.tenant, fact.stream.partition(":")[2])
    match fact.event:
        case CourseDrafted(title, summary, department, level):
            searched = _searched(title, summary)
            yield DRAFT, (*of, title, _place(title), summary, department, level, searched, fact.version)
        case CourseRevised(title, summary, department, level):
            searched = _searched(title, summary)
            yield REVISE, (title, _place(title), summary, department, level, searched, fact.version, *of)
        case CoursePriced(price):
            amount, currency = (0, None) if price is None else (price.amount, price.currency)
            yield PRICE, (amount, currency, fact.version, *of)
        case CoursePublished():
            yield STAND, ("published", fact.version, *of)
        case CourseArchived():
            yield STAND, ("archived", fact.version, *of)
        case CourseDiscarded():
            yield DISCARD, of
        case SectionOpened(course, capacity, starts, ends, instructor, term, batch):
            yield OPEN, (*of, course, capacity, starts, ends, term, batch, fact.version)
            if instructor is not None:
                yield JOIN, (*of, instructor, "instructor")
        case InstructorAssigned() | CoInstructorAdded() | CoInstructorRemoved() | AssistantAdded() | AssistantRemoved():
            yield SEEN, (fact.version, *of)
            yield from _staffed(of, fact.event)
        case SectionRevised() | SectionCapacitySet() | SectionClosed():
            yield from _stood(of, fact.event, fact.version)
        case MeetingScheduled() | MeetingMoved() | MeetingCancelled():
            yield SEEN, (fact.version, *of)  # When it meets is another question.
        case _:
            assert_never(fact.event)


def _stood(
    of: tuple[UUID, str], event: SectionRevised | SectionCapacitySet | SectionClosed, version: int
) -> Iterator[Statement]:
    match event:
        case SectionRevised(starts, ends, term, batch):
            yield SPAN, (starts, ends, term, batch, version, *of)
        case SectionCapacitySet(capacity):
            yield CAPACITY, (capacity, version, *of)
        case SectionClosed():
            yield CLOSE, (version, *of)


def _staffed(
    of: tuple[UUID, str],
    event: InstructorAssigned | CoInstructorAdded | CoInstructorRemoved | AssistantAdded | AssistantRemoved,
) -> Iterator[Statement]:
    match event:
        case InstructorAssigned(person):
            yield REPLACE, of
            yield JOIN, (*of, person, "instructor")
        case CoInstructorAdded(person):
            yield JOIN, (*of, person, "co-instructor")
        case AssistantAdded(person):
            yield JOIN, (*of, person, "assistant")
        case CoInstructorRemoved(person) | AssistantRemoved(person):
            yield LEAVE, (*of, person)


def _place(title: str) -> str:
    """Where a title stands among others."""
    return title.casefold().strip()[:80]


def _searched(*texts: str) -> str:
    return " ".join(texts).casefold()


def _patterns(text: str | None) -> str | None:
    """Every word of it, anywhere, as `like` has it."""
    if text is None:
        return None
    plain = text.casefold().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return " ".join(f"%{word}%" for word in plain.split()) or None


QUESTIONS = "".join(
    (
        question(
            "courses",
            (
                "_status text, _department text, _term text, _level text, _amount bigint, _words text, "
                "_place text, _course text, _limit int"
            ),
            rows("""
      select o.course, o.title, o.place, o.summary, o.department, o.level, o.amount, o.currency, o.status, o.version
      from {schema}.courses o
      where o.tenant = _tenant and (o.place, o.course) > (coalesce(_place, ''), coalesce(_course, ''))
        and (_status is null or o.status = _status)
        and (_department is null or o.department = _department) and (_level is null or o.level = _level)
        and (_amount is null or o.amount <= _amount) and (_patterns is null or o.searched like all (_patterns))
        and (_term is null or exists (
          select from {schema}.sections s
          where s.tenant = _tenant and s.course = o.course and s.term = _term and s.status = 'open'
        ))
      order by o.place, o.course
      limit _limit
"""),
            declare="""
  _patterns text[] := string_to_array(_words, ' ');
""",
        ),
        question(
            "course",
            "_course text",
            rows("""
      select o.course, o.title, o.place, o.summary, o.department, o.level, o.amount, o.currency, o.status, o.version,
        coalesce((
          select json_agg(s) from (
            select s.section, s.status, s.capacity, s.starts, s.ends, s.term, s.batch, s.version,
              coalesce((
                select json_agg(json_build_object('person', f.person, 'part', f.part) order by f.person)
                from {schema}.staff f where f.tenant = _tenant and f.section = s.section
              ), '[]') as staff
            from {schema}.sections s where s.tenant = _tenant and s.course = _course
            order by s.section
          ) s
        ), '[]') as sections
      from {schema}.courses o where o.tenant = _tenant and o.course = _course
"""),
        ),
    )
)

MODEL = ReadModel(
    name="catalog.course_catalogue",
    version=1,
    tables=TABLES,
    questions=QUESTIONS,
    types=(
        *(CourseDrafted, CourseRevised, CoursePriced, CoursePublished, CourseArchived, CourseDiscarded),
        *(SectionOpened, SectionRevised, SectionCapacitySet, SectionClosed),
        *(InstructorAssigned, CoInstructorAdded, CoInstructorRemoved, AssistantAdded, AssistantRemoved),
        *(MeetingScheduled, MeetingMoved, MeetingCancelled),
    ),
    project=project,
)

Status = Literal["draft", "published", "archived"]


class Course(Value):
    """A course. `amount` is in the smallest unit of its currency; 0 is free. `version` is for If-Match."""

    course: CourseId
    title: str
    place: str
    summary: str
    department: str
    level: Level
    amount: int
    currency: str | None
    status: Status
    version: int


class Staff(Value):
    """Somebody who teaches a section, or assists there."""

    person: PersonId
    part: Literal["instructor", "co-instructor", "assistant"]


class Section(Value):
    """A section of a course. `version` is for If-Match."""

    section: SectionId
    status: Literal["open", "closed"]
    capacity: int
    starts: datetime | None
    ends: datetime | None
    term: str
    batch: str
    version: int
    staff: tuple[Staff, ...]


class CourseInSections(Course):
    """A course and its sections."""

    sections: tuple[Section, ...]


_rows = msgspec.json.Decoder(tuple[Course, ...])
_whole = msgspec.json.Decoder(tuple[CourseInSections, ...])
_Place = tuple[Annotated[str, msgspec.Meta(pattern=r"^[^\x00]*$(?!\n)", max_length=400)], Annotated[str, ID]]


class Filters(Value):
    """Which courses are asked for. `amount` is the most that they may cost; `text`, words of theirs."""

    status: Status | None = None
    department: str | None = None
    term: str | None = None
    level: Level | None = None
    amount: int | None = None
    text: str | None = None


async def courses(  # noqa: PLR0913 — what one may ask for
    ask: Ask,
    tenant: UUID,
    filters: Filters,
    *,
    cursor: str | None = None,
    limit: int = 50,
    min_position: int = 0,
) -> Page[Course]:
    """The courses of a tenant by their titles, a page at a time."""
    place, course = after(cursor, _Place) or (None, None)
    some = (filters.status, filters.department, filters.term, filters.level, filters.amount, _patterns(filters.text))
    position, found = await ask(MODEL, "courses", tenant, (*some, place, course, limited(limit)), min_position)

    def of(row: Course) -> tuple[Any, ...]:
        return row.place, row.course

    return page(_rows.decode(found), position, limit, of)


async def course(
    ask: Ask, tenant: UUID, id_: CourseId, *, drafts: bool, min_position: int = 0
) -> tuple[CourseInSections, int]:
    """One course with its sections, and the position this shows. A draft is there only for who may see drafts."""
    position, found = await ask(MODEL, "course", tenant, (id_,), min_position)
    for row in _whole.decode(found):
        if drafts or row.status != "draft":
            return row, position
    raise Rejected("course.not_found", "there is no such course")
