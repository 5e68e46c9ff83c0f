"""How far is each learner with each item of a course? Asked by teachers of a course, and by learners of themselves."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import Annotated, Literal, assert_never
from uuid import UUID

import msgspec

from domain.enrollments.events import (
    CourseCompleted,
    EnrollmentExpired,
    EnrollmentPromoted,
    EnrollmentReinstated,
    EnrollmentReturned,
    EnrollmentSuspended,
    LearnerEnrolled,
    LearnerWithdrew,
)
from domain.kernel import ID, CourseId, ItemId, LearnerId, Value
from domain.progress.events import (
    CourseItemsCompleted,
    ItemBecameOptional,
    ItemBecameRequired,
    ItemCompleted,
    ItemEnteredSyllabus,
    ItemLeftSyllabus,
    ItemProgressed,
    ItemStarted,
    ProgressEvent,
)
from projections.model import Ask, Fact, Page, ReadModel, Statement, after, limited, page, question, rows
from projections.progress import _judging
from projections.progress._judging import OF_RULES, of_courses
from projections.progress._marking import (
    END,
    ENROL,
    ENTER,
    FINISH,
    FINISH_ALL,
    GO_ON,
    LEAVE,
    REINSTATE,
    START,
    SUSPEND,
    TRANSFER,
    WEIGH,
)

OfCourse = _judging.OfCourse

Presence = (
    LearnerEnrolled
    | LearnerWithdrew
    | EnrollmentExpired
    | CourseCompleted
    | EnrollmentSuspended
    | EnrollmentReinstated
    | EnrollmentPromoted
    | EnrollmentReturned
)
"""Who is on a course at all; also those who have not begun."""

Requiring = ItemEnteredSyllabus | ItemBecameRequired | ItemBecameOptional | ItemLeftSyllabus
"""Which items there are, and which count."""

TABLES = """
create table learners (
  tenant uuid not null,
  course text collate "C" not null,
  learner text collate "C" not null,
  track text not null,
  status text not null,
  enrolled_at timestamptz not null,
  rested text, -- What the status was before the enrolment was suspended.
  primary key (tenant, course, learner)
) with (fillfactor = 60);
create index on learners (tenant, learner, course);
create table marks (
  tenant uuid not null,
  course text collate "C" not null,
  learner text collate "C" not null,
  items jsonb not null,
  cells jsonb not null, -- Each item once more: percent, whether it is done, and seconds. A grid of whole items is slow.
  completed_at timestamptz,
  primary key (tenant, course, learner)
) with (fillfactor = 60);
create table syllabus (
  tenant uuid not null,
  course text collate "C" not null,
  item text collate "C" not null,
  required int not null,
  place int not null,
  primary key (tenant, course, item)
);
"""


def project(  # noqa: C901, PLR0912 — a table, a row a fact
    fact: Fact[ProgressEvent | Requiring | Presence],
) -> Iterator[Statement]:
    _, course, *rest = fact.stream.split(":")
    of = (fact.tenant, course, *rest)
    match fact.event:
        case ItemStarted(item, reach):
            yield START, (*of, item, reach.percent, reach.position, reach.sitting, reach.seconds, fact.at)
        case ItemProgressed(item, reach):
            yield GO_ON, (*of, item, reach.percent, reach.position, reach.sitting, reach.seconds, fact.at)
        case ItemCompleted(item):
            yield FINISH, (*of, item, fact.at)
        case CourseItemsCompleted():
            yield FINISH_ALL, (*of, fact.at)
        case ItemEnteredSyllabus(item, required):
            yield ENTER, (*of, item, int(required), fact.version)
        case ItemBecameRequired(item):
            yield WEIGH, (*of, item, 1)
        case ItemBecameOptional(item):
            yield WEIGH, (*of, item, 0)
        case ItemLeftSyllabus(item):
            yield LEAVE, (*of, item)
        case LearnerEnrolled(track=track):
            yield ENROL, (*of, track, fact.at)
        case CourseCompleted():
            yield END, (*of, "graduated")
        case LearnerWithdrew():
            yield END, (*of, "withdrew")
        case EnrollmentExpired():
            yield END, (*of, "expired")
        case EnrollmentSuspended():
            yield SUSPEND, of
        case EnrollmentReinstated():
            yield REINSTATE, of
        case EnrollmentPromoted():
            yield TRANSFER, (*of, "main")
        case EnrollmentReturned():
            yield TRANSFER, (*of, "beta")
        case _:
            assert_never(fact.event)


_SYLLABUS = """
    coalesce((
      select json_agg(json_build_object('item', s.item, 'required', s.required = 1) order by s.place)
      from {schema}.syllabus s where s.tenant = _tenant and s.course = COURSE
    ), '[]')
"""

_GRIDS = (
    "".join(
        (
            question(
                "grid",
                "_course text, _learner text, _limit int",
                """
  json_build_object('items', ITEMS_OF_ONE, 'rows', coalesce((
    select json_agg(r) from (
      select l.learner, l.status, m.completed_at, m.cells
      from {schema}.learners l
      -- In these words it is asked of each row of the page, not made a join with all there are.
      left join lateral (
        select k.completed_at, k.cells from {schema}.marks k
        where k.tenant = _tenant and k.course = _course and k.learner = l.learner limit 1
      ) m on true
      where l.tenant = _tenant and l.course = _course and l.learner > coalesce(_learner, '')
        and l.track = 'main' and l.status in ('learning', 'graduated', 'suspended')
      order by l.learner
      limit _limit
    ) r
  ), '[]'))
""",
            ),
            question(
                "mine",
                "_learner text, _only text, _course text, _limit int",
                rows("""
      select l.course, l.status, m.completed_at, m.items, ITEMS_OF_MANY as syllabus
      from {schema}.learners l
      left join lateral (
        select k.completed_at, k.items from {schema}.marks k
        where k.tenant = _tenant and k.course = l.course and k.learner = _learner limit 1
      ) m on true
      where l.tenant = _tenant and l.learner = _learner and l.course > coalesce(_course, '')
        and (_only is null or l.course = _only) and l.track = 'main'
      order by l.course
      limit _limit
"""),
            ),
        )
    )
    .replace("ITEMS_OF_ONE", _SYLLABUS.replace("COURSE", "_course"))
    .replace("ITEMS_OF_MANY", _SYLLABUS.replace("COURSE", "l.course"))
)
QUESTIONS = _GRIDS + OF_RULES

MODEL = ReadModel(
    name="progress.how_far",
    version=2,
    tables=TABLES,
    questions=QUESTIONS,
    types=(
        *(ItemStarted, ItemProgressed, ItemCompleted, CourseItemsCompleted),
        *(ItemEnteredSyllabus, ItemBecameRequired, ItemBecameOptional, ItemLeftSyllabus),
        *(LearnerEnrolled, LearnerWithdrew, EnrollmentExpired, CourseCompleted),
        *(EnrollmentSuspended, EnrollmentReinstated, EnrollmentPromoted, EnrollmentReturned),
    ),
    project=project,
)

Status = Literal["learning", "graduated", "withdrew", "expired", "suspended"]


class OfSyllabus(Value):
    """An item that the course has by now."""

    item: ItemId
    required: bool


class Cell(Value):
    """One learner in one item: how far, and for how many seconds all in all."""

    percent: int
    done: bool
    seconds: int


class GridRow(Value):
    """One learner. `percent` is of the required items; `cells` are in the order of the items, null if not started."""

    learner: LearnerId
    status: Status
    percent: int
    completed_at: datetime | None
    cells: tuple[Cell | None, ...]


class Grid(Value):
    """Learners by items, a page of learners at a time."""

    items: tuple[OfSyllabus, ...]
    rows: tuple[GridRow, ...]
    position: int
    cursor: str | None = None


class MyItem(Value):
    """An item of a course, as far as I have come in it. `position` is where I was last."""

    item: ItemId
    required: bool
    percent: int
    position: int
    seconds: int
    started_at: datetime | None
    moved_at: datetime | None
    done_at: datetime | None


class MyProgress(Value):
    """A course of mine. `percent` is of the required items."""

    course: CourseId
    status: Status
    percent: int
    completed_at: datetime | None
    items: tuple[MyItem, ...]


class _Mark(Value):
    percent: int
    position: int
    sittings: dict[str, int]
    started_at: datetime
    moved_at: datetime
    done_at: datetime | None = None


class _Learner(Value):
    learner: LearnerId
    status: Status
    completed_at: datetime | None
    cells: dict[ItemId, tuple[int, int, int]] | None


class _Found(Value):
    items: tuple[OfSyllabus, ...]
    rows: tuple[_Learner, ...]


class _Mine(Value):
    course: CourseId
    status: Status
    completed_at: datetime | None
    items: dict[ItemId, _Mark] | None
    syllabus: tuple[OfSyllabus, ...]


_grid = msgspec.json.Decoder(_Found)
_mine = msgspec.json.Decoder(tuple[_Mine, ...])
_Place = tuple[Annotated[str, ID]]


async def grid(  # noqa: PLR0913 — what one may ask for
    ask: Ask,
    tenant: UUID,
    course: CourseId,
    *,
    cursor: str | None = None,
    limit: int = 50,
    min_position: int = 0,
) -> Grid:
    """The learners of a course by its items, in one answer."""
    (learner,) = after(cursor, _Place) or (None,)
    position, answer = await ask(MODEL, "grid", tenant, (course, learner, limited(limit)), min_position)
    found = _grid.decode(answer)
    shown = page(found.rows, position, limit, lambda row: (row.learner,))
    rows = tuple(_row(found.items, one) for one in shown.rows)
    return Grid(found.items, rows, position, shown.cursor)


async def mine(  # noqa: PLR0913 — what one may ask for
    ask: Ask,
    tenant: UUID,
    learner: LearnerId,
    *,
    course: CourseId | None = None,
    cursor: str | None = None,
    limit: int = 50,
    min_position: int = 0,
) -> Page[MyProgress]:
    """The courses of a learner with every item, or one of them."""
    (start,) = after(cursor, _Place) or (None,)
    position, answer = await ask(MODEL, "mine", tenant, (learner, course, start, limited(limit)), min_position)
    return page(tuple(map(_my, _mine.decode(answer))), position, limit, lambda row: (row.course,))


async def evidence(
    ask: Ask, tenant: UUID, learner: LearnerId, courses: Sequence[CourseId], *, min_position: int = 0
) -> tuple[OfCourse, ...]:
    """What is known of a learner on each of these courses that they were ever on."""
    _, found = await ask(MODEL, "evidence", tenant, (learner, " ".join(courses)), min_position)
    return of_courses(found)


def _row(items: tuple[OfSyllabus, ...], found: _Learner) -> GridRow:
    marks = found.cells or {}
    done = {item for item, (_, is_done, _) in marks.items() if is_done}
    percent = _percent(items, done, found.status, found.completed_at)
    cells = tuple(_cell(marks.get(one.item)) for one in items)
    return GridRow(found.learner, found.status, percent, found.completed_at, cells)


def _cell(mark: tuple[int, int, int] | None) -> Cell | None:
    if mark is None:
        return None
    percent, is_done, seconds = mark
    return Cell(percent, is_done == 1, seconds)


def _my(found: _Mine) -> MyProgress:
    marks = found.items or {}
    done = {item for item, mark in marks.items() if mark.done_at is not None}
    percent = _percent(found.syllabus, done, found.status, found.completed_at)
    items = tuple(_my_item(one, marks.get(one.item)) for one in found.syllabus)
    return MyProgress(found.course, found.status, percent, found.completed_at, items)


def _my_item(of: OfSyllabus, mark: _Mark | None) -> MyItem:
    if mark is None:
        return MyItem(of.item, of.required, 0, 0, 0, None, None, None)
    seconds = sum(mark.sittings.values())
    times = (mark.started_at, mark.moved_at, mark.done_at)
    return MyItem(of.item, of.required, mark.percent, mark.position, seconds, *times)


def _percent(
    items: tuple[OfSyllabus, ...], done: Collection[ItemId], status: Status, completed_at: datetime | None
) -> int:
    """How much of what is required is done. Who has completed the course stays at 100, whatever came to it later."""
    if completed_at is not None or status == "graduated":
        return 100
    required = [one.item for one in items if one.required]
    counted = [item for item in required if item in done]
    return 100 * len(counted) // len(required) if required else 0
