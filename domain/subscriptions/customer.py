"""Whom a gateway's customer stands for: what is kept for them is charged for nobody else."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from domain.kernel import Decider, PersonId, Rejected, Value
from domain.subscriptions.events import CustomerClaimed as Event


class Claim(Value):
    """To pay with what the gateway keeps for this customer."""

    subscriber: PersonId


Command = Claim


class Unclaimed(Value, tag=True):
    """Nobody has paid with what is kept for them."""


class Claimed(Value, tag=True):
    subscriber: PersonId


State = Unclaimed | Claimed


def decide(state: State, command: Command) -> Iterator[Event]:
    match state, command:
        case Unclaimed(), Claim(subscriber):
            yield Event(subscriber)
        case Claimed(whose), Claim(subscriber) if whose != subscriber:
            raise Rejected("subscription.anothers_customer", "this customer of the gateway is somebody else")
        case _:
            return  # Theirs already.


def evolve(state: State, event: Event) -> State:
    del state
    match event:
        case Event(subscriber):
            return Claimed(subscriber)
        case _:
            assert_never(event)


CUSTOMER = Decider[State, Command, Event]("customer", Unclaimed(), decide, evolve)
