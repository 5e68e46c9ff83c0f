"""Who somebody is at a gateway. We have it open a customer for each person, so nobody says that they are another."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from domain.kernel import Decider, Value
from domain.payments.events import CustomerOpened as Event


class Open(Value):
    """The gateway has opened this one for them."""

    customer: str


Command = Open


class Unopened(Value, tag=True):
    """The gateway keeps nothing for them."""


class Opened(Value, tag=True):
    customer: str


State = Unopened | Opened


def decide(state: State, command: Command) -> Iterator[Event]:
    match state, command:
        case Unopened(), Open(customer):
            yield Event(customer)
        case _:
            return  # They are one already. One that was opened beside it keeps nothing, and is never charged.


def evolve(state: State, event: Event) -> State:
    del state
    match event:
        case Event(customer):
            return Opened(customer)
        case _:
            assert_never(event)


CUSTOMER = Decider[State, Command, Event]("customer", Unopened(), decide, evolve)
