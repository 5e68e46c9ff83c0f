"""Which paths are there, by which steps do they lead, and how many of those are needed?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal, assert_never
from uuid import UUID

import msgspec

from domain.kernel import ID, CourseId, Value
from domain.paths.events import (
    Event,
    PathDrafted,
    PathPublished,
    PathRenamed,
    PathRetired,
    RuleSet,
    StepPlaced,
    StepsReordered,
    StepTaken,
)
from projections.model import Ask, Fact, Many, Page, ReadModel, Statement, after, limited, page

TABLES = """
create table paths (
  tenant uuid not null,
  path text collate "C" not null,
  title text not null,
  status text not null,
  steps jsonb not null,
  needed int,
  primary key (tenant, path)
) with (fillfactor = 60);
create index on paths (tenant, status, path);
"""

DRAFT = Many(
    "tenant uuid, path text, title text",
    "insert into paths select tenant, path, title, 'drafted', '[]' from fact",
)
RENAME = Many(
    "tenant uuid, path text, title text",
    "update paths p set title = f.title from fact f where p.tenant = f.tenant and p.path = f.path",
)
MOVE = Many(
    "tenant uuid, path text, status text",
    "update paths p set status = f.status from fact f where p.tenant = f.tenant and p.path = f.path",
)
RULE = Many(
    "tenant uuid, path text, needed int",
    "update paths p set needed = f.needed from fact f where p.tenant = f.tenant and p.path = f.path",
)
PLACE = Many(
    "tenant uuid, path text, course text, first text",
    """
    update paths p set steps = case
      when p.steps @> jsonb_build_array(jsonb_build_object('course', f.course)) then (
        select jsonb_agg(case s ->> 'course' when f.course then n.step else s end order by place)
        from jsonb_array_elements(p.steps) with ordinality t (s, place)
      ) else p.steps || n.step end
    from fact f cross join lateral (
      select jsonb_build_object('course', f.course, 'after', to_jsonb(string_to_array(f.first, ' '))) as step
    ) n
    where p.tenant = f.tenant and p.path = f.path
    """,
)
TAKE = Many(
    "tenant uuid, path text, course text",
    """
    update paths p set steps = coalesce((
      select jsonb_agg(jsonb_set(s, '{after}', (s -> 'after') - f.course) order by place)
      from jsonb_array_elements(p.steps) with ordinality t (s, place) where s ->> 'course' <> f.course
    ), '[]')
    from fact f where p.tenant = f.tenant and p.path = f.path
    """,
)
REORDER = Many(
    "tenant uuid, path text, courses text",
    """
    update paths p set steps = (
      select jsonb_agg(s order by array_position(string_to_array(f.courses, ' '), s ->> 'course'))
      from jsonb_array_elements(p.steps) t (s)
    )
    from fact f where p.tenant = f.tenant and p.path = f.path
    """,
)


def project(fact: Fact[Event]) -> Iterator[Statement]:
    _, path = fact.stream.split(":")
    of = (fact.tenant, path)
    match fact.event:
        case PathDrafted(title):
            yield DRAFT, (*of, title)
        case PathRenamed(title):
            yield RENAME, (*of, title)
        case StepPlaced(course, first):
            yield PLACE, (*of, course, " ".join(first))
        case StepTaken(course):
            yield TAKE, (*of, course)
        case StepsReordered(order):
            yield REORDER, (*of, " ".join(order))
        case RuleSet(needed):
            yield RULE, (*of, needed)
        case PathPublished():
            yield MOVE, (*of, "published")
        case PathRetired():
            yield MOVE, (*of, "retired")
        case _:
            assert_never(fact.event)


QUESTIONS = """
create or replace function {schema}.paths(
  _tenant uuid, _status text, _path text, _limit int
) returns table ("position" bigint, page json)
language plpgsql
set plan_cache_mode = force_generic_plan
as $$
begin
  perform set_config('annals.tenant', _tenant::text, true);
  return query
  select c.position, coalesce((
    select json_agg(p) from (
      select p.path, p.title, p.status, p.steps, p.needed from {schema}.paths p
      where p.tenant = _tenant and p.status = _status and p.path > coalesce(_path, '')
      order by p.path
      limit _limit
    ) p
  ), '[]')
  from followers.checkpoints c where c.follower = 'paths.paths' and c.log = ledger.log_of(_tenant);
end $$;
"""

MODEL = ReadModel(
    name="paths.paths",
    version=1,
    tables=TABLES,
    questions=QUESTIONS,
    types=(
        *(PathDrafted, PathRenamed, StepPlaced, StepTaken, StepsReordered, RuleSet),
        *(PathPublished, PathRetired),
    ),
    project=project,
)

Status = Literal["drafted", "published", "retired"]


class Step(Value):
    """A course of the path, and those of its steps that come first."""

    course: CourseId
    after: tuple[CourseId, ...]


class Path(Value):
    """A path with its steps in order. `needed` is how many complete it; all, where it is null."""

    path: str
    title: str
    status: Status
    steps: tuple[Step, ...]
    needed: int | None


_rows = msgspec.json.Decoder(tuple[Path, ...])
_Place = tuple[Annotated[str, ID]]


async def paths(  # noqa: PLR0913 — what one may ask for
    ask: Ask,
    tenant: UUID,
    status: Status,
    *,
    cursor: str | None = None,
    limit: int = 50,
    min_position: int = 0,
) -> Page[Path]:
    """The paths that stand so, a page at a time."""
    (start,) = after(cursor, _Place) or (None,)
    position, found = await ask(MODEL, "paths", tenant, (status, start, limited(limit)), min_position)
    return page(_rows.decode(found), position, limit, lambda row: (row.path,))
