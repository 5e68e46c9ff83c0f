"""What is entered into the journal for what happened to a payment. Each entry is named by what it is about."""

from __future__ import annotations

from typing import assert_never

from domain.kernel import PaymentId, Value
from domain.money import Money
from domain.payments.entry import Record, Reverse
from domain.payments.events import (
    Account,
    AccountKind,
    DisputeLost,
    DisputeWon,
    ForCourse,
    ForDonation,
    ForPlan,
    Line,
    PaymentCaptured,
    PaymentDisputed,
    PaymentEvent,
    PaymentRefunded,
    Purpose,
)


class Posting(Value):
    """What an entry is asked for, and which entry."""

    entry: str
    command: Record | Reverse


def entry_of_capture(payment: PaymentId) -> str:
    return f"{payment}.captured"


def entry_of_refund(payment: PaymentId, refund: str) -> str:
    return f"{payment}.refunded.{refund}"


def entry_of_dispute(payment: PaymentId, dispute: str) -> str:
    return f"{payment}.disputed.{dispute}"


def entry_of_loss(payment: PaymentId, dispute: str) -> str:
    return f"{payment}.lost.{dispute}"


def posting(payment: PaymentId, event: PaymentEvent) -> Posting | None:
    """The entry for a fact; none, where no money moved."""
    match event:
        case PaymentCaptured(_, money, purpose, gateway):
            entry = entry_of_capture(payment)
            return _moved(payment, entry, money, Account("gateway_clearing", gateway), _for("revenue", purpose))
        case PaymentRefunded(refund, _, money, purpose, gateway):
            entry = entry_of_refund(payment, refund)
            return _moved(payment, entry, money, _for("refunds", purpose), Account("gateway_clearing", gateway))
        case PaymentDisputed(dispute, money, _, _, gateway):
            entry = entry_of_dispute(payment, dispute)
            return _moved(payment, entry, money, Account("disputed", gateway), Account("gateway_clearing", gateway))
        case DisputeWon(dispute):
            return Posting(entry_of_dispute(payment, dispute), Reverse("the dispute was won"))
        case DisputeLost(dispute, money, purpose, gateway):
            entry = entry_of_loss(payment, dispute)
            return _moved(payment, entry, money, _for("losses", purpose), Account("disputed", gateway))
        case _:
            return None


def _moved(payment: PaymentId, entry: str, money: Money, to: Account, out_of: Account) -> Posting:
    memo = entry.removeprefix(f"{payment}.")
    return Posting(entry, Record(payment, memo, (Line(to, money), Line(out_of, -money))))


def _for(kind: AccountKind, purpose: Purpose) -> Account:
    match purpose:
        case ForCourse():
            return Account(kind, "courses")
        case ForPlan():
            return Account(kind, "plans")
        case ForDonation():
            return Account(kind, "donations")
        case _:
            assert_never(purpose)
