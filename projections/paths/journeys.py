"""How far along which paths is a learner, and how far is everyone on a path? Asked of the read model of paths."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec

from domain.kernel import ID, CourseId, LearnerId, PathId, Value
from projections.model import Ask, Page, after, limited, page
from projections.paths import paths as model
from projections.paths.paths import Step

Status = Literal["walking", "completed", "left"]


class MyPath(Value):
    """A path of mine. `percent` is of the steps that I need; `opened` are those on whose course I was enrolled."""

    path: PathId
    title: str
    status: Status
    percent: int
    steps: tuple[Step, ...]
    needed: int | None
    opened: tuple[CourseId, ...]
    done: tuple[CourseId, ...]
    begun_at: datetime
    completed_at: datetime | None


class OnPath(Value):
    """A learner of a path. `percent` is of the steps that they need."""

    learner: LearnerId
    status: Status
    percent: int
    opened: tuple[CourseId, ...]
    done: tuple[CourseId, ...]
    begun_at: datetime
    completed_at: datetime | None


class _Walk(Value):
    status: Status
    begun_at: datetime
    completed_at: datetime | None
    opened: tuple[CourseId, ...]
    done: tuple[CourseId, ...]


class _Of(Value):
    steps: tuple[Step, ...]
    needed: int | None


class _Mine(_Walk, kw_only=True):
    path: PathId
    title: str
    steps: tuple[Step, ...]
    needed: int | None


class _Learner(_Walk, kw_only=True):
    learner: LearnerId


class _Learners(Value):
    of: _Of | None
    rows: tuple[_Learner, ...]


_mine = msgspec.json.Decoder(tuple[_Mine, ...])
_learners = msgspec.json.Decoder(_Learners)
_Place = tuple[Annotated[str, ID]]


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
    (start,) = after(cursor, _Place) or (None,)
    position, found = await ask(model.MODEL, "mine", tenant, (learner, path, start, limited(limit)), min_position)
    return page(tuple(map(_my, _mine.decode(found))), position, limit, lambda row: (row.path,))


async def learners_of(  # noqa: PLR0913 — what one may ask for
    ask: Ask, tenant: UUID, path: PathId, *, cursor: str | None = None, limit: int = 50, min_position: int = 0
) -> Page[OnPath]:
    """Those who have begun a path, a page at a time."""
    (start,) = after(cursor, _Place) or (None,)
    position, answer = await ask(model.MODEL, "learners", tenant, (path, start, limited(limit)), min_position)
    found = _learners.decode(answer)
    of = found.of or _Of((), None)
    rows = tuple(_on(of, one) for one in found.rows)
    return page(rows, position, limit, lambda row: (row.learner,))


def _my(found: _Mine) -> MyPath:
    percent = _percent(found.steps, found.needed, found)
    return MyPath(
        found.path,
        found.title,
        found.status,
        percent,
        found.steps,
        found.needed,
        found.opened,
        found.done,
        found.begun_at,
        found.completed_at,
    )


def _on(of: _Of, found: _Learner) -> OnPath:
    percent = _percent(of.steps, of.needed, found)
    return OnPath(found.learner, found.status, percent, found.opened, found.done, found.begun_at, found.completed_at)


def _percent(steps: Collection[Step], needed: int | None, walk: _Walk) -> int:
    """How much is done of what is needed. Who has completed the path stays at 100, whatever came to it later."""
    if walk.status == "completed":
        return 100
    asked = [step for step in steps if step.course in walk.done or not step.resting]
    goal = len(asked) if needed is None else min(needed, len(asked))
    done = sum(step.course in walk.done for step in asked)
    return min(100, 100 * done // goal) if goal else 0
