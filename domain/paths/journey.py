"""One learner on all their paths: begun, so far along, completed or left."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import assert_never

import msgspec
from msgspec.structs import replace

from domain.kernel import CourseId, Decider, PathId, Rejected, Value
from domain.paths.events import JourneyEvent as Event
from domain.paths.events import PathBegun, PathCompleted, PathLeft, StepCompleted, StepOpened


class Plan(Value):
    """A path as it is now, looked up first: its steps, those of them that rest, and how many are needed."""

    path: PathId
    steps: tuple[CourseId, ...]
    resting: frozenset[CourseId] = frozenset()
    needed: int | None = None
    certified: bool = False
    may_begin: bool = True


class Begin(Value):
    plan: Plan
    graduated: frozenset[CourseId] = frozenset()


class Assess(Value):
    """Look again how far along they are, by these paths and the courses they have completed."""

    plans: tuple[Plan, ...]
    graduated: frozenset[CourseId] = frozenset()


class OpenStep(Value):
    """They are on its course."""

    path: PathId
    course: CourseId


class LeavePath(Value):
    path: PathId
    reason: str


Command = Begin | Assess | OpenStep | LeavePath


class Walking(Value, tag=True):
    opened: frozenset[CourseId] = frozenset()
    done: frozenset[CourseId] = frozenset()


class Arrived(Value, tag=True):
    """They have completed it, whatever becomes of the path."""


class Gone(Value, tag=True):
    """They have left it. What was opened and done is remembered."""

    opened: frozenset[CourseId] = frozenset()
    done: frozenset[CourseId] = frozenset()


Walk = Walking | Arrived | Gone


class Journey(Value):
    walks: dict[PathId, Walk] = msgspec.field(default_factory=dict[PathId, Walk])

    def on(self, path: PathId) -> Walking | None:
        """How far along they are on a path that they are on."""
        walk = self.walks.get(path)
        return walk if isinstance(walk, Walking) else None


State = Journey


def decide(state: State, command: Command) -> Iterator[Event]:
    match state, command:
        case Journey(walks), Begin(plan) if not plan.may_begin and not isinstance(
            walks.get(plan.path), Walking | Arrived
        ):
            raise Rejected("path.not_open", "only a path that is published is begun")
        case Journey(walks), Begin(plan, graduated) if not isinstance(walks.get(plan.path), Walking | Arrived):
            yield PathBegun(plan.path)
            yield from _assessed(_again(walks.get(plan.path)), plan, graduated)
        case Journey(), Assess(plans, graduated):
            for plan in plans:
                walk = state.on(plan.path)
                if walk is not None:
                    yield from _assessed(walk, plan, graduated)
        case Journey(), OpenStep(path, course):
            walk = state.on(path)
            if walk is not None and course not in walk.opened:
                yield StepOpened(path, course)
        case Journey(), LeavePath(path, reason) if state.on(path) is not None:
            yield PathLeft(path, reason)
        case Journey(walks), LeavePath(path) if path not in walks:
            raise Rejected("path.not_begun", "they have never begun this path")
        case _:
            return  # It is so already.


def _again(walk: Walk | None) -> Walking:
    return Walking(walk.opened, walk.done) if isinstance(walk, Gone) else Walking()


def _assessed(walk: Walking, plan: Plan, graduated: Collection[CourseId]) -> Iterator[Event]:
    """What is done that was not known to be, and the whole path, if that is all it needs."""
    new = tuple(course for course in plan.steps if course in graduated and course not in walk.done)
    for course in new:
        yield StepCompleted(plan.path, course)
    done = walk.done.union(new)
    if 0 < goal(plan, done) <= len(done.intersection(plan.steps)):
        yield PathCompleted(plan.path, plan.certified)


def goal(plan: Plan, done: Collection[CourseId]) -> int:
    """How many steps somebody needs who has done these: a step that rests is asked of nobody who has not done it."""
    asked = [course for course in plan.steps if course in done or course not in plan.resting]
    return len(asked) if plan.needed is None else min(plan.needed, len(asked))


def evolve(state: State, event: Event) -> State:
    match event:
        case PathBegun(path):
            return _with(state, path, _again(state.walks.get(path)))
        case StepOpened(path, course):
            walk = state.on(path)
            return state if walk is None else _with(state, path, replace(walk, opened=walk.opened | {course}))
        case StepCompleted(path, course):
            walk = state.on(path)
            return state if walk is None else _with(state, path, replace(walk, done=walk.done | {course}))
        case PathCompleted(path):
            return _with(state, path, Arrived())
        case PathLeft(path):
            walk = state.on(path)
            return state if walk is None else _with(state, path, Gone(walk.opened, walk.done))
        case _:
            assert_never(event)


def _with(state: State, path: PathId, walk: Walk) -> State:
    return Journey({**state.walks, path: walk})


JOURNEY = Decider[State, Command, Event]("journey", Journey(), decide, evolve)
