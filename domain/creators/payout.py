"""One payout: what is set apart for it is handed over to the gateway, and settled, or there again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, assert_never

from msgspec.structs import replace

from domain.creators.events import (
    PayoutAskedAgain,
    PayoutFailed,
    PayoutHandedOver,
    PayoutReserved,
    PayoutSettled,
)
from domain.creators.events import PayoutEvent as Event
from domain.kernel import Decider, PersonId, Rejected, Value
from domain.money import Money


class ReservePayout(Value):
    creator: PersonId
    money: Money
    gateway: str
    account: str


class HandOver(Value):
    """Let the gateway be asked, unless `frozen` says why not."""

    frozen: str | None = None


class Tell(Value):
    """What became of it at the gateway. Told as often as one likes."""

    state: Literal["done", "pending", "failed"]
    reference: str
    reason: str | None = None


class AskAgain(Value):
    tries: int


Command = ReservePayout | HandOver | Tell | AskAgain


class Unmade(Value, tag=True):
    """Nobody wanted it."""


class Reserved(Value, tag=True):
    """Set apart, and nobody was asked yet."""

    about: PayoutReserved


class HandedOver(Value, tag=True):
    """With the gateway."""

    about: PayoutReserved
    tries: int = 0


class Settled(Value, tag=True):
    about: PayoutReserved


class Failed(Value, tag=True):
    about: PayoutReserved


State = Unmade | Reserved | HandedOver | Settled | Failed


def decide(state: State, command: Command) -> Iterator[Event]:
    match state, command:
        case Unmade(), ReservePayout(creator, money, gateway, account):
            yield PayoutReserved(creator, money, gateway, account)
        case Unmade(), _:
            raise Rejected("payout.not_found", "there is no such payout")
        case _, ReservePayout(creator, money) if (creator, money) != (state.about.creator, state.about.money):
            raise Rejected("payout.exists_already", "there is another payout of this name")
        case Reserved(), HandOver(None):
            yield PayoutHandedOver()
        case Reserved(), HandOver(str() as frozen):
            yield PayoutFailed(frozen)
        case HandedOver(), Tell("done", reference):
            yield PayoutSettled(reference)
        case HandedOver(), Tell("failed", reason=reason):
            yield PayoutFailed(reason or "refused")
        case HandedOver(tries=before), AskAgain(tries) if tries > before:
            yield PayoutAskedAgain(tries)
        case _:
            return  # It is so already, or nothing is known yet.


def evolve(state: State, event: Event) -> State:
    match event:
        case PayoutReserved():
            return Reserved(event)
        case _ if isinstance(state, Unmade):
            return state
        case PayoutHandedOver():
            return HandedOver(state.about)
        case PayoutAskedAgain(tries):
            return replace(state, tries=tries) if isinstance(state, HandedOver) else state
        case PayoutSettled():
            return Settled(state.about)
        case PayoutFailed():
            return Failed(state.about)
        case _:
            assert_never(event)


PAYOUT = Decider[State, Command, Event]("payout", Unmade(), decide, evolve)
