"""The parts in which a payment is given back or taken back, and how large a part may be."""

from __future__ import annotations

from typing import Literal

from msgspec.structs import replace

from domain.kernel import Rejected, Value
from domain.money import Money
from domain.payments.events import RefundId


class Refund(Value):
    refund: RefundId
    money: Money
    state: Literal["asked", "done", "failed"]


class Disputed(Value):
    dispute: str
    money: Money
    state: Literal["open", "won", "lost"]


def given_back_elsewhere(refunded: int) -> RefundId:
    """What that refund is called that brings what was given back to so much."""
    return RefundId(f"gateway-{refunded}")


def positive(money: Money) -> Money:
    """More than nothing."""
    if money.amount <= 0:
        raise Rejected("payment.nothing_to_pay", "a payment is of more than nothing")
    return money


def at_most(most: Money, money: Money, code: str) -> Money:
    """No more than so much, and of the same currency."""
    if money.currency != most.currency:
        raise Rejected("payment.other_currency", f"this payment is in {most.currency}")
    if positive(money).amount > most.amount:
        raise Rejected(code, f"this is more than {most.said()}")
    return money


def with_refund(refunds: tuple[Refund, ...], refund: RefundId, now: Literal["done", "failed"]) -> tuple[Refund, ...]:
    """As they stand once it is known what became of one."""
    return tuple(replace(one, state=now) if one.refund == refund else one for one in refunds)


def with_dispute(disputes: tuple[Disputed, ...], dispute: str, now: Literal["won", "lost"]) -> tuple[Disputed, ...]:
    """As they stand once one is decided."""
    return tuple(replace(one, state=now) if one.dispute == dispute else one for one in disputes)
