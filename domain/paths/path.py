"""One path: its steps in order, what comes before what, and how many of them complete it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, assert_never

import msgspec
from msgspec.structs import replace

from domain.kernel import CourseId, Decider, Rejected, SectionId, Value, name
from domain.paths.events import (
    CertificateSet,
    PathDrafted,
    PathPublished,
    PathRenamed,
    PathRetired,
    RemedyNamed,
    RuleSet,
    StepLocked,
    StepPlaced,
    StepRested,
    StepResumed,
    StepsReordered,
    StepTaken,
    StepUnlocked,
)
from domain.paths.events import PathEvent as Event


class Draft(Value):
    title: str


class Rename(Value):
    title: str


class PlaceStep(Value):
    course: CourseId
    after: tuple[CourseId, ...] = ()
    section: SectionId | None = None


class TakeStep(Value):
    course: CourseId


class Reorder(Value):
    """All steps, each once, as they are to be."""

    order: tuple[CourseId, ...]


class SetRule(Value):
    needed: int | None


class RestStep(Value):
    """Nobody enrols on its course any more."""

    course: CourseId


class ResumeStep(Value):
    course: CourseId


class LockStep(Value):
    course: CourseId


class UnlockStep(Value):
    course: CourseId


class NameRemedy(Value):
    course: CourseId
    remedy: CourseId | None


class SetCertificate(Value):
    issued: bool


class Publish(Value):
    """Show it to learners."""


class Retire(Value):
    """Let nobody begin it any more."""


Command = (
    Draft
    | Rename
    | PlaceStep
    | TakeStep
    | Reorder
    | SetRule
    | RestStep
    | ResumeStep
    | LockStep
    | UnlockStep
    | NameRemedy
    | SetCertificate
    | Publish
    | Retire
)


class Step(Value):
    """What comes before it, in which section it is learned, and how it stands."""

    after: tuple[CourseId, ...] = ()
    section: SectionId | None = None
    resting: bool = False
    locked: bool = False
    remedy: CourseId | None = None


Steps = dict[CourseId, Step]
"""The steps in order."""


class Unknown(Value, tag=True):
    """Nobody has drafted it."""


class Drafted(Value, tag=True):
    title: str
    steps: Steps = msgspec.field(default_factory=dict[CourseId, Step])
    needed: int | None = None
    certified: bool = False


class Published(Value, tag=True):
    title: str
    steps: Steps = msgspec.field(default_factory=dict[CourseId, Step])
    needed: int | None = None
    certified: bool = False


class Retired(Value, tag=True):
    title: str
    steps: Steps = msgspec.field(default_factory=dict[CourseId, Step])
    needed: int | None = None
    certified: bool = False


State = Unknown | Drafted | Published | Retired


def decide(state: State, command: Command) -> Iterator[Event]:
    match state, command:
        case Unknown(), Draft(title):
            yield PathDrafted(title)
        case Drafted(said) | Published(said), Draft(title) if said != title:
            raise Rejected("path.exists", "there is a path with this id, and it is called otherwise")
        case Drafted(said) | Published(said), Rename(title) if said != title:
            yield PathRenamed(title)
        case Drafted(_, steps) | Published(_, steps), PlaceStep(course, after, section) if not _is(steps, command):
            _check(steps, course, after)
            yield StepPlaced(course, after, section)
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
        case (
            Drafted(_, steps) | Published(_, steps),
            LockStep(course) | UnlockStep(course) | NameRemedy(course),
        ) if course not in steps:
            raise Rejected("path.unknown_step", f"{course} is no step of this path")
        case Drafted(_, steps) | Published(_, steps), NameRemedy(course, remedy) if remedy == course:
            raise Rejected("path.circle", "no course is a remedy for itself")
        case Drafted() | Published(), RestStep() | ResumeStep() | LockStep() | UnlockStep() | NameRemedy():
            yield from _standing(state.steps, command)
        case Retired(), RestStep() | ResumeStep():
            yield from _standing(state.steps, command)
        case Drafted(certified=said) | Published(certified=said), SetCertificate(issued) if said != issued:
            yield CertificateSet(issued)
        case Drafted(_, steps), Publish() if not steps:
            raise Rejected("path.too_short", "only what has a step is published")
        case Drafted(), Publish():
            yield PathPublished()
        case Drafted() | Published(), Retire():
            yield PathRetired()
        case (Unknown(), _) | (
            Retired(),
            Draft()
            | Rename()
            | PlaceStep()
            | TakeStep()
            | Reorder()
            | SetRule()
            | SetCertificate()
            | Publish()
            | LockStep()
            | UnlockStep()
            | NameRemedy(),
        ):
            raise Rejected("path.not_possible", f"cannot {name(command)} when {name(state)}")
        case _:
            return  # Already so.


def _is(steps: Mapping[CourseId, Step], said: PlaceStep) -> bool:
    step = steps.get(said.course)
    return step is not None and (step.after, step.section) == (said.after, said.section)


def _standing(steps: Mapping[CourseId, Step], command: Command) -> Iterator[Event]:
    """What is said of one step, where it is not so already."""
    match command:
        case RestStep(course) if course in steps and not steps[course].resting:
            yield StepRested(course)
        case ResumeStep(course) if course in steps and steps[course].resting:
            yield StepResumed(course)
        case LockStep(course) if not steps[course].locked:
            yield StepLocked(course)
        case UnlockStep(course) if steps[course].locked:
            yield StepUnlocked(course)
        case NameRemedy(course, remedy) if steps[course].remedy != remedy:
            yield RemedyNamed(course, remedy)
        case _:
            return


def _check(steps: Mapping[CourseId, Step], course: CourseId, after: tuple[CourseId, ...]) -> None:
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
            ahead.extend(steps[one].after)


def evolve(state: State, event: Event) -> State:
    match event:
        case PathDrafted(title):
            return Drafted(title)
        case PathRenamed(title):
            return _with(state, title=title)
        case StepPlaced(course, after, section):
            before = _steps(state).get(course, Step())
            return _with(state, steps={**_steps(state), course: replace(before, after=after, section=section)})
        case StepTaken(course):
            return _with(state, steps=_without(_steps(state), course))
        case StepsReordered(order):
            steps = _steps(state)
            return _with(state, steps={one: steps.get(one, Step()) for one in order})
        case StepRested(course):
            return _one(state, course, resting=True)
        case StepResumed(course):
            return _one(state, course, resting=False)
        case StepLocked(course):
            return _one(state, course, locked=True)
        case StepUnlocked(course):
            return _one(state, course, locked=False)
        case RemedyNamed(course, remedy):
            return _one(state, course, remedy=remedy)
        case RuleSet(needed):
            return _with(state, needed=needed)
        case CertificateSet(issued):
            return _with(state, certified=issued)
        case PathPublished():
            return state if isinstance(state, Unknown) else Published(*_parts(state))
        case PathRetired():
            return state if isinstance(state, Unknown) else Retired(*_parts(state))
        case _:
            assert_never(event)


def _steps(state: State) -> Steps:
    return {} if isinstance(state, Unknown) else state.steps


def _without(steps: Steps, course: CourseId) -> Steps:
    left = ((one, step) for one, step in steps.items() if one != course)
    return {one: replace(step, after=tuple(first for first in step.after if first != course)) for one, step in left}


def _one(state: State, course: CourseId, **standing: Any) -> State:
    steps = _steps(state)
    return _with(state, steps={**steps, course: replace(steps[course], **standing)}) if course in steps else state


def _parts(state: Drafted | Published | Retired) -> tuple[str, Steps, int | None, bool]:
    return state.title, state.steps, state.needed, state.certified


def _with(state: State, **said: Any) -> State:
    return state if isinstance(state, Unknown) else replace(state, **said)


PATH = Decider[State, Command, Event]("path", Unknown(), decide, evolve)
