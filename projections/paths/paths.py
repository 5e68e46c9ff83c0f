"""Which paths are there, by which steps do they lead, and how far along them is who?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal, assert_never
from uuid import UUID

import msgspec

from domain.kernel import ID, LearnerId, PathId, Value
from domain.paths.events import (
    CertificateSet,
    JourneyEvent,
    PathBegun,
    PathCompleted,
    PathDrafted,
    PathEvent,
    PathLeft,
    PathPublished,
    PathRenamed,
    PathRetired,
    RemedyNamed,
    RuleSet,
    StepCompleted,
    StepLocked,
    StepOpened,
    StepPlaced,
    StepRested,
    StepResumed,
    StepsReordered,
    StepTaken,
    StepUnlocked,
)
from projections.model import Ask, Fact, Page, ReadModel, Statement, after, limited, page, question, rows
from projections.paths import _journeys
from projections.paths._journeys import learners, mine
from projections.paths._keeping import (
    ADVANCE,
    BEGIN,
    CERTIFY,
    DRAFT,
    END,
    MOVE,
    OPEN,
    PLACE,
    RENAME,
    REORDER,
    RULE,
    STAND,
    TAKE,
)

MyPath = _journeys.MyPath
OnPath = _journeys.OnPath
Step = _journeys.Step

TABLES = """
create table paths (
  tenant uuid not null,
  path text collate "C" not null,
  title text not null,
  status text not null,
  steps jsonb not null,
  needed int,
  certified int not null,
  primary key (tenant, path)
) with (fillfactor = 60);
create index on paths (tenant, status, path);
create table journeys (
  tenant uuid not null,
  path text collate "C" not null,
  learner text collate "C" not null,
  status text not null,
  begun_at timestamptz not null,
  completed_at timestamptz,
  opened text[] not null,
  done text[] not null,
  primary key (tenant, path, learner)
) with (fillfactor = 60);
create index on journeys (tenant, learner, path);
create index walking on journeys (tenant, path, learner) where status = 'walking';
"""


def project(fact: Fact[PathEvent | JourneyEvent]) -> Iterator[Statement]:  # noqa: C901, PLR0912 — a row a fact
    _, key = fact.stream.split(":")
    of = (fact.tenant, key)
    match fact.event:
        case PathDrafted(title):
            yield DRAFT, (*of, title)
        case PathRenamed(title):
            yield RENAME, (*of, title)
        case StepPlaced(course, first, section):
            yield PLACE, (*of, course, " ".join(first), section)
        case StepTaken(course):
            yield TAKE, (*of, course)
        case StepsReordered(order):
            yield REORDER, (*of, " ".join(order))
        case StepRested(course):
            yield STAND, (*of, course, '{"resting": true}')
        case StepResumed(course):
            yield STAND, (*of, course, '{"resting": false}')
        case StepLocked(course):
            yield STAND, (*of, course, '{"locked": true}')
        case StepUnlocked(course):
            yield STAND, (*of, course, '{"locked": false}')
        case RemedyNamed(course, remedy):
            yield STAND, (*of, course, msgspec.json.encode({"remedy": remedy}).decode())
        case RuleSet(needed):
            yield RULE, (*of, needed)
        case CertificateSet(issued):
            yield CERTIFY, (*of, int(issued))
        case PathPublished():
            yield MOVE, (*of, "published")
        case PathRetired():
            yield MOVE, (*of, "retired")
        case PathBegun(path):
            yield BEGIN, (fact.tenant, path, key, fact.at)
        case StepOpened(path, course):
            yield OPEN, (fact.tenant, path, key, course)
        case StepCompleted(path, course):
            yield ADVANCE, (fact.tenant, path, key, course)
        case PathCompleted(path):
            yield END, (fact.tenant, path, key, "completed", fact.at)
        case PathLeft(path):
            yield END, (fact.tenant, path, key, "left", None)
        case _:
            assert_never(fact.event)


QUESTIONS = "".join(
    (
        question(
            "paths",
            "_status text, _path text, _limit int",
            rows("""
      select p.path, p.title, p.status, p.steps, p.needed, p.certified = 1 as certified from {schema}.paths p
      where p.tenant = _tenant and p.status = _status and p.path > coalesce(_path, '')
      order by p.path
      limit _limit
"""),
        ),
        question(
            "mine",
            "_learner text, _only text, _path text, _limit int",
            rows("""
      select j.path, j.status, j.begun_at, j.completed_at, j.opened, j.done, p.title, p.steps, p.needed
      from {schema}.journeys j
      join {schema}.paths p on p.tenant = _tenant and p.path = j.path
      where j.tenant = _tenant and j.learner = _learner and j.path > coalesce(_path, '')
        and (_only is null or j.path = _only)
      order by j.path
      limit _limit
"""),
        ),
        question(
            "learners",
            "_path text, _learner text, _limit int",
            """
  json_build_object(
    'of', (select row_to_json(r) from (
      select p.steps, p.needed from {schema}.paths p where p.tenant = _tenant and p.path = _path
    ) r),
    'rows', coalesce((
      select json_agg(r) from (
        select j.learner, j.status, j.begun_at, j.completed_at, j.opened, j.done
        from {schema}.journeys j
        where j.tenant = _tenant and j.path = _path and j.learner > coalesce(_learner, '')
        order by j.learner
        limit _limit
      ) r
    ), '[]'))
""",
        ),
        question(
            "walking",
            "_path text, _learner text, _limit int",
            """
  coalesce((
    select json_agg(j.learner order by j.learner) from (
      select j.learner from {schema}.journeys j
      where j.tenant = _tenant and j.path = _path and j.learner > coalesce(_learner, '') and j.status = 'walking'
      order by j.learner
      limit _limit
    ) j
  ), '[]')
""",
        ),
    )
)

MODEL = ReadModel(
    name="paths.paths",
    version=2,
    tables=TABLES,
    questions=QUESTIONS,
    types=(
        *(PathDrafted, PathRenamed, StepPlaced, StepTaken, StepsReordered, RuleSet, CertificateSet),
        *(StepRested, StepResumed, StepLocked, StepUnlocked, RemedyNamed, PathPublished, PathRetired),
        *(PathBegun, StepOpened, StepCompleted, PathCompleted, PathLeft),
    ),
    project=project,
)

Status = Literal["drafted", "published", "retired"]


class Path(Value):
    """A path with its steps in order. `needed` is how many complete it; all, where it is null."""

    path: PathId
    title: str
    status: Status
    steps: tuple[Step, ...]
    needed: int | None
    certified: bool = False


_rows = msgspec.json.Decoder(tuple[Path, ...])
_OneId = tuple[Annotated[str, ID]]


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
    (start,) = after(cursor, _OneId) or (None,)
    position, found = await ask(MODEL, "paths", tenant, (status, start, limited(limit)), min_position)
    return page(_rows.decode(found), position, limit, lambda row: (row.path,))


async def my_paths(  # noqa: PLR0913 — what one may ask for
    ask: Ask,
    tenant: UUID,
    learner: LearnerId,
    *,
    path: PathId | None = None,
    cursor: str | None = None,
    limit: int = 50,
    min_position: int = 0,
) -> Page[MyPath]:
    """The paths that a learner has begun, or one of them."""
    (start,) = after(cursor, _OneId) or (None,)
    position, found = await ask(MODEL, "mine", tenant, (learner, path, start, limited(limit)), min_position)
    return page(mine(found), position, limit, lambda row: (row.path,))


async def learners_of(  # noqa: PLR0913 — what one may ask for
    ask: Ask, tenant: UUID, path: PathId, *, cursor: str | None = None, limit: int = 50, min_position: int = 0
) -> Page[OnPath]:
    """Those who have begun a path, a page at a time."""
    (start,) = after(cursor, _OneId) or (None,)
    position, answer = await ask(MODEL, "learners", tenant, (path, start, limited(limit)), min_position)
    return page(learners(answer), position, limit, lambda row: (row.learner,))
