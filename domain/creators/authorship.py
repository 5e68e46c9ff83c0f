"""Whose a work is: with whom the school shares what is paid for it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from domain.creators.events import AuthorNamed, AuthorTakenAway
from domain.creators.events import AuthorshipEvent as Event
from domain.kernel import Decider, PersonId, Value


class Name(Value):
    """They made it. Whoever was named before is its author no more."""

    creator: PersonId


class TakeAway(Value):
    """It is to count as theirs no more."""

    creator: PersonId


Command = Name | TakeAway


class Unauthored(Value, tag=True):
    """What is paid for it is the school's alone."""


class Authored(Value, tag=True):
    creator: PersonId


State = Unauthored | Authored


def decide(state: State, command: Command) -> Iterator[Event]:
    match state, command:
        case Unauthored(), Name(creator):
            yield AuthorNamed(creator)
        case Authored(before), Name(creator) if creator != before:
            yield AuthorTakenAway(before)
            yield AuthorNamed(creator)
        case Authored(before), TakeAway(creator) if creator == before:
            yield AuthorTakenAway(creator)
        case _:
            return  # It is so already.


def evolve(_: State, event: Event) -> State:
    match event:
        case AuthorNamed(creator):
            return Authored(creator)
        case AuthorTakenAway():
            return Unauthored()
        case _:
            assert_never(event)


AUTHORSHIP = Decider[State, Command, Event]("authorship", Unauthored(), decide, evolve)
