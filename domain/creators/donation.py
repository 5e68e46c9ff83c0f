"""One gift to a creator. It is theirs when it was paid, and is no more when it was given back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from msgspec.structs import replace

from domain.creators.events import DonationEvent as Event
from domain.creators.events import DonationFailed, DonationMade, DonationReceived, DonationReturned
from domain.kernel import Decider, PersonId, Rejected, Value
from domain.money import EXPONENTS, Money


class Limits(Value):
    """In whole units of whichever currency: euros, or yen."""

    least: int
    most: int


class Give(Value):
    donor: PersonId
    creator: PersonId
    money: Money
    message: str | None
    anonymous: bool
    limits: Limits


class Receive(Value):
    """It was paid."""


class Fail(Value):
    reason: str


class GiveBack(Value):
    """So much was given back by now."""

    money: Money


Command = Give | Receive | Fail | GiveBack


class Unmade(Value, tag=True):
    """Nobody gave anything."""


class Made(Value, tag=True):
    """It is being paid."""

    creator: PersonId
    money: Money


class Received(Value, tag=True):
    creator: PersonId
    money: Money
    returned: int = 0


class Failed(Value, tag=True):
    """It was not paid."""


State = Unmade | Made | Received | Failed


def decide(state: State, command: Command) -> Iterator[Event]:
    match state, command:
        case Unmade(), Give(donor, creator) if donor == creator:
            raise Rejected("donation.to_oneself", "nobody gives to themselves")
        case Unmade(), Give(donor, creator, money, message, anonymous, limits):
            _check_limits(money, limits)
            yield DonationMade(donor, creator, money, message, anonymous)
        case Made(), Receive():
            yield DonationReceived()
        case Made(), Fail(reason):
            yield DonationFailed(reason)
        case Received(returned=before), GiveBack(money) if money.amount > before:
            yield DonationReturned(money)
        case _:
            return  # It is so already.


def _check_limits(money: Money, limits: Limits) -> None:
    unit = 10 ** EXPONENTS[money.currency]
    if money.amount < limits.least * unit:
        raise Rejected("donation.too_small", f"a donation is of {limits.least} {money.currency} at least")
    if money.amount > limits.most * unit:
        raise Rejected("donation.too_large", f"a donation is of {limits.most} {money.currency} at most")


def evolve(state: State, event: Event) -> State:
    match event:
        case DonationMade(_, creator, money):
            return Made(creator, money)
        case DonationReceived():
            return Received(state.creator, state.money) if isinstance(state, Made) else state
        case DonationFailed():
            return Failed()
        case DonationReturned(money):
            return replace(state, returned=money.amount) if isinstance(state, Received) else state
        case _:
            assert_never(event)


DONATION = Decider[State, Command, Event]("donation", Unmade(), decide, evolve)
