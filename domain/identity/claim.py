"""Whose an address or a username is. There is one stream for each, so that two people cannot have it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from domain.identity.events import Claimable, Claimed, Released
from domain.identity.events import ClaimEvent as Event
from domain.kernel import Decider, PersonId, Rejected, Value


class Claim(Value):
    what: Claimable
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
        case Free(), Claim(person=person):
            yield Claimed(person)
        case Taken(owner), Release(person) if owner == person:
            yield Released(person)
        case Taken(owner), Claim(what="address", person=person) if owner != person:
            raise Rejected("address.taken", "somebody has an account with this address")
        case Taken(owner), Claim(what="username", person=person) if owner != person:
            raise Rejected("username.taken", "somebody has this username")
        case _:
            return  # Theirs already, or no longer theirs.


def evolve(state: State, event: Event) -> State:
    match event:
        case Claimed(person):
            return Taken(person)
        case Released(person):
            return state if isinstance(state, Taken) and state.person != person else Free()
        case _:
            assert_never(event)


CLAIM = Decider[State, Command, Event]("claim", Free(), decide, evolve)
"""At `claim:{what}:{mark}`."""
