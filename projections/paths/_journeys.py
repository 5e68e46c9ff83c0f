"""How far along a path somebody is, as `paths` shows it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Literal

import msgspec

from domain.kernel import CourseId, LearnerId, PathId, SectionId, Value

WalkStatus = Literal["walking", "completed", "left"]


class Step(Value):
    """A course of the path, and those of its steps that come first. One that rests is asked of nobody."""

    course: CourseId
    after: tuple[CourseId, ...]
    section: SectionId | None = None
    resting: bool = False
    locked: bool = False
    remedy: CourseId | None = None


class MyPath(Value):
    """A path of mine. `percent` is of the steps that I need; `opened` are those on whose course I was enrolled."""

    path: PathId
    title: str
    status: WalkStatus
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
    status: WalkStatus
    percent: int
    opened: tuple[CourseId, ...]
    done: tuple[CourseId, ...]
    begun_at: datetime
    completed_at: datetime | None


class _Walk(Value):
    status: WalkStatus
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


def mine(answer: bytes) -> tuple[MyPath, ...]:
    """The paths of a learner, as they were answered."""
    return tuple(map(_my, _mine.decode(answer)))


def learners(answer: bytes) -> tuple[OnPath, ...]:
    """The learners of a path, as they were answered."""
    found = _learners.decode(answer)
    of = found.of or _Of((), None)
    return tuple(_on(of, one) for one in found.rows)


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
