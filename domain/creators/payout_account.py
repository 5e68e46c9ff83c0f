"""Whose an account at a gateway is: what the gateway tells of it leads to them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from domain.creators.events import PayoutAccountOpened as Event
from domain.kernel import Decider, PersonId, Rejected, Value


class Open(Value):
    creator: PersonId


Command = Open


class Nobodys(Value, tag=True):
    """We know of no such account."""


class Somebodys(Value, tag=True):
    creator: PersonId


State = Nobodys | Somebodys


def decide(state: State, command: Command) -> Iterator[Event]:
    match state, command:
        case Nobodys(), Open(creator):
            yield Event(creator)
        case Somebodys(owner), Open(creator) if owner != creator:
            raise Rejected("payout_account.anothers", "this account is somebody else's")
        case _:
            return  # It is so already.


def evolve(_: State, event: Event) -> State:
    match event:
        case Event(creator):
            return Somebodys(creator)
        case _:
            assert_never(event)


PAYOUT_ACCOUNT = Decider[State, Command, Event]("payout_account", Nobodys(), decide, evolve)
