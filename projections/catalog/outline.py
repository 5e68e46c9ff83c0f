"""What is in this course, and what of it is shown to this learner now? Asked by who makes it, and who takes it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import assert_never
from uuid import UUID

import msgspec

from domain.catalog.events import (
    AssessmentLinked,
    AssessmentUnlinked,
    CourseArchived,
    CourseDiscarded,
    CourseDrafted,
    CoursePublished,
    ItemAdded,
    ItemFileLinked,
    ItemFileUnlinked,
    ItemKind,
    ItemMarkedOptional,
    ItemMarkedRequired,
    ItemPrerequisitesSet,
    ItemReleaseSet,
    ItemRemoved,
    ItemRevised,
    ItemsReordered,
    ModuleAdded,
    ModuleId,
    ModuleRemoved,
    ModuleRenamed,
    OutlineEvent,
)
from domain.enrollments.events import LessonCompleted
from domain.kernel import AssessmentId, CourseId, FileId, ItemId, LearnerId, Rejected, Value
from domain.progress.events import ItemCompleted
from projections.model import Ask, Fact, ReadModel, Statement, question, rows

Stand = CourseDrafted | CoursePublished | CourseArchived | CourseDiscarded
"""Whether the course is shown at all."""

TABLES = """
create table outlines (
  tenant uuid not null,
  course text collate "C" not null,
  status text not null,
  version int not null,
  primary key (tenant, course)
);
create table modules (
  tenant uuid not null,
  course text collate "C" not null,
  module text collate "C" not null,
  title text not null,
  place int not null,
  primary key (tenant, course, module)
);
create table items (
  tenant uuid not null,
  course text collate "C" not null,
  item text collate "C" not null,
  module text collate "C" not null,
  place int not null,
  kind text not null,
  title text not null,
  required boolean not null,
  content text not null,
  release timestamptz,
  prerequisites text[] not null,
  file text,
  assessment text,
  primary key (tenant, course, item)
);
create table done (
  tenant uuid not null,
  course text collate "C" not null,
  learner text collate "C" not null,
  item text collate "C" not null,
  primary key (tenant, course, learner, item)
);
"""

STAND = """
insert into outlines values (%s, %s, %s, 0) on conflict (tenant, course) do update set status = excluded.status
"""
SEEN = """
insert into outlines values (%s, %s, 'draft', %s) on conflict (tenant, course) do update set version = excluded.version
"""
ADD_MODULE = """
insert into modules values (%s, %s, %s, %s, (
  select coalesce(max(place) + 1, 0) from modules where tenant = %s and course = %s
)) on conflict (tenant, course, module) do nothing
"""
RENAME_MODULE = "update modules set title = %s where tenant = %s and course = %s and module = %s"
REMOVE_MODULE = "delete from modules where tenant = %s and course = %s and module = %s"
ADD_ITEM = """
insert into items values (%s, %s, %s, %s, (
  select coalesce(max(place) + 1, 0) from items where tenant = %s and course = %s and module = %s
), %s, %s, %s, %s, %s, %s) on conflict (tenant, course, item) do nothing
"""
REVISE = "update items set title = %s, content = %s where tenant = %s and course = %s and item = %s"
REQUIRE = "update items set required = %s where tenant = %s and course = %s and item = %s"
RELEASE = "update items set release = %s where tenant = %s and course = %s and item = %s"
LINK = "update items set file = %s where tenant = %s and course = %s and item = %s"
LINK_ASSESSMENT = "update items set assessment = %s where tenant = %s and course = %s and item = %s"
PREREQUISITES = "update items set prerequisites = %s where tenant = %s and course = %s and item = %s"
REMOVE = "delete from items where tenant = %s and course = %s and item = %s"
ORDER_MODULES = """
update modules m set place = o.place
from (select * from unnest(%s::text[]) with ordinality) o (module, place)
where m.tenant = %s and m.course = %s and m.module = o.module
"""
ORDER_ITEMS = """
update items i set module = o.module, place = o.place
from (select * from unnest(%s::text[], %s::text[]) with ordinality) o (item, module, place)
where i.tenant = %s and i.course = %s and i.item = o.item
"""
DO = "insert into done values (%s, %s, %s, %s) on conflict (tenant, course, learner, item) do nothing"


def project(fact: Fact[Stand | OutlineEvent | LessonCompleted | ItemCompleted]) -> Iterator[Statement]:
    _, course, *learner = fact.stream.split(":")
    of = (fact.tenant, course)
    match fact.event:
        case LessonCompleted(lesson) | ItemCompleted(lesson):
            yield DO, (*of, *learner, lesson)
        case CourseDrafted():
            yield STAND, (*of, "draft")
        case CoursePublished():
            yield STAND, (*of, "published")
        case CourseArchived():
            yield STAND, (*of, "archived")
        case CourseDiscarded():
            yield STAND, (*of, "discarded")
        case ModuleAdded() | ModuleRenamed() | ModuleRemoved() | ItemsReordered() as event:
            yield from _arranged(of, event)
            yield SEEN, (*of, fact.version)
        case ItemAdded() | ItemRemoved() | ItemRevised() | ItemMarkedRequired() | ItemMarkedOptional() as event:
            yield from _arranged(of, event)
            yield SEEN, (*of, fact.version)
        case ItemReleaseSet() | ItemPrerequisitesSet() | ItemFileLinked() | ItemFileUnlinked() as event:
            yield from _arranged(of, event)
            yield SEEN, (*of, fact.version)
        case AssessmentLinked() | AssessmentUnlinked() as event:
            yield from _arranged(of, event)
            yield SEEN, (*of, fact.version)
        case _:
            assert_never(fact.event)


def _arranged(of: tuple[UUID, str], event: OutlineEvent) -> Iterator[Statement]:  # noqa: C901, PLR0912 — a row a fact
    match event:
        case ModuleAdded(module, title):
            yield ADD_MODULE, (*of, module, title, *of)
        case ModuleRenamed(module, title):
            yield RENAME_MODULE, (title, *of, module)
        case ModuleRemoved(module):
            yield REMOVE_MODULE, (*of, module)
        case ItemAdded(item, module, kind, title, required, content, release, prerequisites):
            described = (kind, title, required, content, release, list(prerequisites))
            yield ADD_ITEM, (*of, item, module, *of, module, *described)
        case ItemRevised(item, title, content):
            yield REVISE, (title, content, *of, item)
        case ItemMarkedRequired(item):
            yield REQUIRE, (True, *of, item)
        case ItemMarkedOptional(item):
            yield REQUIRE, (False, *of, item)
        case ItemReleaseSet(item, release):
            yield RELEASE, (release, *of, item)
        case ItemPrerequisitesSet(item, prerequisites):
            yield PREREQUISITES, (list(prerequisites), *of, item)
        case ItemFileLinked(item, file):
            yield LINK, (file, *of, item)
        case ItemFileUnlinked(item):
            yield LINK, (None, *of, item)
        case AssessmentLinked(item, assessment):
            yield LINK_ASSESSMENT, (assessment, *of, item)
        case AssessmentUnlinked(item):
            yield LINK_ASSESSMENT, (None, *of, item)
        case ItemRemoved(item):
            yield REMOVE, (*of, item)
        case ItemsReordered(order):
            places = [(item, one.module) for one in order for item in one.items]
            yield ORDER_MODULES, ([one.module for one in order], *of)
            yield ORDER_ITEMS, ([item for item, _ in places], [module for _, module in places], *of)
        case _:
            assert_never(event)


QUESTIONS = "".join(
    (
        question(
            "outline",
            "_course text, _learner text",
            rows("""
      select o.course, o.status, o.version, coalesce((
        select json_agg(n) from (
          select m.module, m.title, coalesce((
            select json_agg(i) from (
              select i.item, i.kind, i.title, i.required, i.release, i.prerequisites, i.assessment,
                case when _learner is null then i.content end as content
              from {schema}.items i
              where i.tenant = _tenant and i.course = _course and i.module = m.module
                and (_learner is null or (
                  (i.release is null or i.release <= clock_timestamp())
                  and not exists (
                    select from unnest(i.prerequisites) p (item) where not exists (
                      select from {schema}.done d
                      where d.tenant = _tenant and d.course = _course and d.learner = _learner and d.item = p.item
                    )
                  )
                ))
              order by i.place, i.item
            ) i
          ), '[]') as items
          from {schema}.modules m where m.tenant = _tenant and m.course = _course
          order by m.place, m.module
        ) n
      ), '[]') as modules
      from {schema}.outlines o
      where o.tenant = _tenant and o.course = _course and o.status <> 'discarded'
        and (_learner is null or o.status <> 'draft')
"""),
        ),
        question(
            "item",
            "_course text, _item text, _learner text",
            rows("""
      select o.status, i.item, i.kind, i.title, i.content, i.file, i.release, array(
        select p.item from unnest(i.prerequisites) p (item) where not exists (
          select from {schema}.done d
          where d.tenant = _tenant and d.course = _course and d.learner = _learner and d.item = p.item
        )
      ) as first
      from {schema}.items i
      join {schema}.outlines o on o.tenant = i.tenant and o.course = i.course
      where i.tenant = _tenant and i.course = _course and i.item = _item and o.status <> 'discarded'
"""),
        ),
    )
)

MODEL = ReadModel(
    name="catalog.outline",
    version=3,
    tables=TABLES,
    questions=QUESTIONS,
    types=(
        *(CourseDrafted, CoursePublished, CourseArchived, CourseDiscarded, LessonCompleted, ItemCompleted),
        *(ModuleAdded, ModuleRenamed, ModuleRemoved, ItemAdded, ItemRevised, ItemRemoved, ItemsReordered),
        *(ItemMarkedRequired, ItemMarkedOptional, ItemReleaseSet, ItemPrerequisitesSet),
        *(ItemFileLinked, ItemFileUnlinked, AssessmentLinked, AssessmentUnlinked),
    ),
    project=project,
)


class Item(Value):
    """One thing to learn. What it is, is told only to those who make the course.

    A test is done by who passes the `assessment` that it is linked to.
    """

    item: ItemId
    kind: ItemKind
    title: str
    required: bool
    release: datetime | None
    prerequisites: tuple[ItemId, ...]
    content: str | None = None
    assessment: AssessmentId | None = None


class Module(Value):
    """A module and its items, in order."""

    module: ModuleId
    title: str
    items: tuple[Item, ...]


class Outline(Value):
    """A course's modules in order. `version` is for If-Match."""

    course: CourseId
    status: str
    version: int
    modules: tuple[Module, ...]


class ItemToOpen(Value):
    """One item, whatever is shown of it; `first` is what a learner has yet to complete before."""

    status: str
    item: ItemId
    kind: ItemKind
    title: str
    content: str
    file: FileId | None
    release: datetime | None
    first: tuple[ItemId, ...]


_rows = msgspec.json.Decoder(tuple[Outline, ...])
_items = msgspec.json.Decoder(tuple[ItemToOpen, ...])


async def outline(
    ask: Ask, tenant: UUID, course: CourseId, learner: LearnerId | None = None, *, min_position: int = 0
) -> tuple[Outline, int]:
    """The whole outline; for a learner, what is shown to them now. And the position this shows."""
    position, found = await ask(MODEL, "outline", tenant, (course, learner), min_position)
    for row in _rows.decode(found):
        return row, position
    raise Rejected("course.not_found", "there is no such course")


async def item_to_open(  # noqa: PLR0913 — what one may ask for
    ask: Ask, tenant: UUID, course: CourseId, item: ItemId, learner: LearnerId | None, *, min_position: int = 0
) -> tuple[ItemToOpen, int]:
    """One item of a course, and what stands before it for a learner. And the position this shows."""
    position, found = await ask(MODEL, "item", tenant, (course, item, learner), min_position)
    for row in _items.decode(found):
        return row, position
    raise Rejected("item.not_found", "there is no such item")
