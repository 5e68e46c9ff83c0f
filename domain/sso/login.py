"""Whose a login is. There is one stream for each, so that two people cannot have it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from domain.kernel import Decider, PersonId, Rejected, Value
from domain.sso.events import LoginClaimed, LoginReleased
from domain.sso.events import LoginEvent as Event


class Claim(Value):
    person: PersonId


class Release(Value):
    person: PersonId


Command = Claim | Release


class Free(Value, tag=True):
    """Nobody's."""


class Taken(Value, tag=True):
    person: PersonId


State = Free | Taken


def decide(state: State, command: Command) -> Iterator[Event]:
    match state, command:
        case Free(), Claim(person):
            yield LoginClaimed(person)
        case Taken(owner), Release(person) if owner == person:
            yield LoginReleased(person)
        case Taken(owner), Claim(person) if owner != person:
            raise Rejected("login.taken", "somebody else comes in by this login")
        case _:
            return  # Theirs already, or no longer theirs.


def evolve(state: State, event: Event) -> State:
    match event:
        case LoginClaimed(person):
            return Taken(person)
        case LoginReleased(person):
            return state if isinstance(state, Taken) and state.person != person else Free()
        case _:
            assert_never(event)


LOGIN = Decider[State, Command, Event]("login", Free(), decide, evolve)
