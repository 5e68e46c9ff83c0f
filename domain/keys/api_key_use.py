"""How much an API key was used, as each process has counted it, interval by interval."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from domain.kernel import Decider, Moment, PersonId, Value
from domain.keys.events import ApiKeyUsed, EndpointCalled
from domain.keys.events import ApiKeyUseEvent as Event


class Count(Value):
    """`batch` names what was counted, so that it counts once however often it is told."""

    batch: str
    person: PersonId
    until: Moment
    calls: tuple[EndpointCalled, ...]


Command = Count


class Used(Value):
    batch: str = ""
    """The last one that was told."""


State = Used


def decide(state: State, command: Command) -> Iterator[Event]:
    match state, command:
        case Used(before), Count(batch, person, until, calls) if batch != before and calls:
            yield ApiKeyUsed(batch, person, until, calls)
        case _:
            return  # Already so, or nothing was counted.


def evolve(state: State, event: Event) -> State:
    del state
    match event:
        case ApiKeyUsed(batch):
            return Used(batch)
        case _:
            assert_never(event)


API_KEY_USE = Decider[State, Command, Event]("api-key-use", Used(), decide, evolve, state=Used, snapshot_every=100)
