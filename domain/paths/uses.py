"""Of which paths a course is a step: for whoever hears something of the course."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from domain.kernel import Decider, PathId, Value
from domain.paths.events import CourseBecameStep, CourseCeasedToBeStep
from domain.paths.events import UsesEvent as Event


class BecomeStep(Value):
    path: PathId


class CeaseToBeStep(Value):
    path: PathId


Command = BecomeStep | CeaseToBeStep


class Uses(Value):
    paths: frozenset[PathId] = frozenset()


State = Uses


def decide(state: State, command: Command) -> Iterator[Event]:
    match state, command:
        case Uses(paths), BecomeStep(path) if path not in paths:
            yield CourseBecameStep(path)
        case Uses(paths), CeaseToBeStep(path) if path in paths:
            yield CourseCeasedToBeStep(path)
        case _:
            return  # It is so already.


def evolve(state: State, event: Event) -> State:
    match event:
        case CourseBecameStep(path):
            return Uses(state.paths | {path})
        case CourseCeasedToBeStep(path):
            return Uses(state.paths - {path})
        case _:
            assert_never(event)


USES = Decider[State, Command, Event]("course_steps", Uses(), decide, evolve)
