"""One path: its steps in order, what comes before what, and how many of them complete it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import assert_never

import msgspec

from domain.kernel import CourseId, Decider, Rejected, Value, name
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


class Draft(Value):
    title: str


class Rename(Value):
    title: str


class PlaceStep(Value):
    course: CourseId
    after: tuple[CourseId, ...] = ()


class TakeStep(Value):
    course: CourseId


class Reorder(Value):
    """All steps, each once, as they are to be."""

    order: tuple[CourseId, ...]


class SetRule(Value):
    needed: int | None


class Publish(Value):
    """Show it to learners."""


class Retire(Value):
    """Let nobody begin it any more."""


Command = Draft | Rename | PlaceStep | TakeStep | Reorder | SetRule | Publish | Retire

Steps = dict[CourseId, tuple[CourseId, ...]]
"""The steps in order, each with its prerequisites."""


class Unknown(Value, tag=True):
    """Nobody has drafted it."""


class Drafted(Value, tag=True):
    title: str
    steps: Steps = msgspec.field(default_factory=dict[CourseId, tuple[CourseId, ...]])
    needed: int | None = None


class Published(Value, tag=True):
    title: str
    steps: Steps = msgspec.field(default_factory=dict[CourseId, tuple[CourseId, ...]])
    needed: int | None = None


class Retired(Value, tag=True):
    title: str
    steps: Steps = msgspec.field(default_factory=dict[CourseId, tuple[CourseId, ...]])
    needed: int | None = None


Open = Drafted | Published
State = Unknown | Drafted | Published | Retired


def decide(state: State, command: Command) -> Iterator[Event]:
    match state, command:
        case Unknown(), Draft(title):
            yield PathDrafted(title)
        case Drafted(said) | Published(said), Draft(title) if said != title:
            raise Rejected("path.exists", "there is a path with this id, and it is called otherwise")
        case Drafted(said) | Published(said), Rename(title) if said != title:
            yield PathRenamed(title)
        case Drafted(_, steps) | Published(_, steps), PlaceStep(course, after) if steps.get(course) != after:
            _check(steps, course, after)
            yield StepPlaced(course, after)
        case Drafted(_, steps, needed) | Published(_, steps, needed), TakeStep(course) if course in steps:
            if (isinstance(state, Published) and len(steps) == 1) or (needed or 0) >= len(steps):
                raise Rejected(
                    "path.too_short", "a path keeps as many steps as it needs, and a published one keeps one"
                )
            yield StepTaken(course)
        case Drafted(_, steps) | Published(_, steps), Reorder(order) if sorted(order) != sorted(steps):
            raise Rejected("path.order_malformed", "an order names every step once")
        case Drafted(_, steps) | Published(_, steps), Reorder(order) if order != tuple(steps):
            yield StepsReordered(order)
        case Drafted(_, steps) | Published(_, steps), SetRule(int() as number) if not 1 <= number <= len(steps):
            raise Rejected("path.rule_unreachable", f"there are {len(steps)} steps")
        case Drafted(needed=said) | Published(needed=said), SetRule(needed) if said != needed:
            yield RuleSet(needed)
        case Drafted(_, steps), Publish() if not steps:
            raise Rejected("path.too_short", "only what has a step is published")
        case Drafted(), Publish():
            yield PathPublished()
        case Drafted() | Published(), Retire():
            yield PathRetired()
        case (Unknown(), _) | (
            Retired(),
            Draft() | Rename() | PlaceStep() | TakeStep() | Reorder() | SetRule() | Publish(),
        ):
            raise Rejected("path.not_possible", f"cannot {name(command)} when {name(state)}")
        case _:
            return  # Already so.


def _check(steps: Mapping[CourseId, tuple[CourseId, ...]], course: CourseId, after: tuple[CourseId, ...]) -> None:
    """Prerequisites are steps that are there, and lead nowhere back to the course."""
    missing = [one for one in after if one not in steps and one != course]
    if missing:
        raise Rejected("path.unknown_step", f"{missing[0]} is no step of this path")
    ahead, seen = list(after), set[CourseId]()
    while ahead:
        one = ahead.pop()
        if one == course:
            raise Rejected("path.circle", f"{course} would come before itself")
        if one not in seen:
            seen.add(one)
            ahead.extend(steps.get(one, ()))


def evolve(state: State, event: Event) -> State:
    match event:
        case PathDrafted(title):
            return Drafted(title)
        case PathRenamed(title):
            return _with(state, title=title)
        case StepPlaced(course, after):
            return _with(state, steps={**_steps(state), course: after})
        case StepTaken(course):
            left = _steps(state).items()
            return _with(
                state, steps={one: tuple(a for a in after if a != course) for one, after in left if one != course}
            )
        case StepsReordered(order):
            steps = _steps(state)
            return _with(state, steps={one: steps.get(one, ()) for one in order})
        case RuleSet(needed):
            return state if isinstance(state, Unknown) else msgspec.structs.replace(state, needed=needed)
        case PathPublished():
            return state if isinstance(state, Unknown) else Published(state.title, state.steps, state.needed)
        case PathRetired():
            return state if isinstance(state, Unknown) else Retired(state.title, state.steps, state.needed)
        case _:
            assert_never(event)


def _steps(state: State) -> Steps:
    return {} if isinstance(state, Unknown) else state.steps


def _with(state: State, *, title: str | None = None, steps: Steps | None = None) -> State:
    if isinstance(state, Unknown):
        return state
    return msgspec.structs.replace(
        state, title=state.title if title is None else title, steps=state.steps if steps is None else steps
    )


PATH = Decider[State, Command, Event]("path", Unknown(), decide, evolve)
