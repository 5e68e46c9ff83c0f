"""What a creator has earned and was not paid out: what may be paid out is decided here, one after the other."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from msgspec.structs import replace

from domain.creators.events import BalanceEvent as Event
from domain.creators.events import (
    EarningsCredited,
    EarningsPaidOut,
    EarningsReserved,
    EarningsReturned,
    EarningsReversed,
    PayoutId,
)
from domain.kernel import Decider, PaymentId, Rejected, Value
from domain.money import Money


class CreditEarnings(Value):
    """`number` is one more than what happened before: said again, it has happened."""

    number: int
    payment: PaymentId
    money: Money


class ReverseEarnings(Value):
    number: int
    payment: PaymentId
    money: Money


class ReserveEarnings(Value):
    payout: PayoutId
    money: Money


class SettleEarnings(Value):
    payout: PayoutId


class ReturnEarnings(Value):
    payout: PayoutId


Command = CreditEarnings | ReverseEarnings | ReserveEarnings | SettleEarnings | ReturnEarnings


class Balance(Value):
    """What is there of each currency, without what is set apart; and what is set apart for which payout."""

    number: int = 0
    amounts: tuple[tuple[str, int], ...] = ()
    reserved: tuple[tuple[PayoutId, Money], ...] = ()

    def of(self, currency: str) -> int:
        """What may be paid out of a currency. It may be less than nothing."""
        return dict(self.amounts).get(currency, 0)

    def set_apart(self, payout: PayoutId) -> tuple[Money, ...]:
        """What is set apart for a payout, if anything is."""
        return tuple(money for known, money in self.reserved if known == payout)


State = Balance


def decide(state: State, command: Command) -> Iterator[Event]:
    match state, command:
        case Balance(number=before), CreditEarnings(number, payment, money) if number > before:
            yield EarningsCredited(number, payment, money)
        case Balance(number=before), ReverseEarnings(number, payment, money) if number > before:
            yield EarningsReversed(number, payment, money)
        case Balance(), ReserveEarnings(payout, money) if not state.set_apart(payout):
            _check_available(state, money)
            yield EarningsReserved(payout, money)
        case Balance(), SettleEarnings(payout):
            yield from (EarningsPaidOut(payout, money) for money in state.set_apart(payout))
        case Balance(), ReturnEarnings(payout):
            yield from (EarningsReturned(payout, money) for money in state.set_apart(payout))
        case _:
            return  # It is so already.


def _check_available(state: Balance, money: Money) -> None:
    if money.amount <= 0:
        raise Rejected("payout.of_nothing", "a payout is of more than nothing")
    if any(amount < 0 for _, amount in state.amounts):
        raise Rejected("payout.balance_negative", "more was given back than was earned: nothing is paid out")
    if money.amount > state.of(money.currency):
        raise Rejected("payout.more_than_available", "there is not so much to be paid out")


def evolve(state: State, event: Event) -> State:
    match event:
        case EarningsCredited(number, _, money):
            return _moved(replace(state, number=number), money.currency, money.amount)
        case EarningsReversed(number, _, money):
            return _moved(replace(state, number=number), money.currency, -money.amount)
        case EarningsReserved(payout, money):
            apart = (*_without(state, payout), (payout, money))
            return _moved(replace(state, reserved=apart), money.currency, -money.amount)
        case EarningsPaidOut(payout):
            return replace(state, reserved=_without(state, payout))
        case EarningsReturned(payout, money):
            return _moved(replace(state, reserved=_without(state, payout)), money.currency, money.amount)
        case _:
            assert_never(event)


def _moved(state: Balance, currency: str, amount: int) -> Balance:
    amounts = {**dict(state.amounts), currency: state.of(currency) + amount}
    return replace(state, amounts=tuple(sorted(amounts.items())))


def _without(state: Balance, payout: PayoutId) -> tuple[tuple[PayoutId, Money], ...]:
    return tuple(pair for pair in state.reserved if pair[0] != payout)


BALANCE = Decider[State, Command, Event]("balance", Balance(), decide, evolve, State, 200)
