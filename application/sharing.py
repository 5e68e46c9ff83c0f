"""What a creator has of a payment: their share, their balance and the journal's entry are one decision, one append."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from application.enrolling import Deciding
from domain.creators.balance import BALANCE, CreditEarnings, ReverseEarnings
from domain.creators.balance import State as Balance
from domain.creators.donation import DONATION, Fail, GiveBack, Receive
from domain.creators.donation import State as Donation
from domain.creators.events import Cause, PaymentId, ShareCredited, ShareTakenBack
from domain.creators.share import SHARE, CreditShare, Shared, TakeShareBack
from domain.creators.share import State as Share
from domain.kernel import PersonId, Value
from domain.money import Money
from domain.payments.entry import ENTRY, Record
from domain.payments.entry import State as Entry
from domain.payments.events import Account, AccountKind, ForDonation, Line
from domain.payments.events import PaymentId as Paid
from domain.tenancy.settings import SETTINGS
from domain.tenancy.settings import State as Settings

INCOME = "donations"


class GivenBack(Value):
    """So much of a payment was given back; `what` tells this from what else was."""

    cause: Cause
    what: str
    gross: Money


def sharing(payment: PaymentId, purpose: ForDonation, gross: Money) -> Deciding:
    """A donation was paid: the creator's share of it is theirs."""
    wish = CreditShare(purpose.creator, "donation", purpose.donation, gross, 0)

    def decide(
        share: Share, balance: Balance, entry: Entry, donation: Donation, settings: Settings
    ) -> Iterator[tuple[int, Any]]:
        parts = settings.configuration.platform_fee
        for credited in SHARE.decide(share, CreditShare(*_about(purpose), gross, parts)):
            yield 0, credited
            if isinstance(credited, ShareCredited) and credited.share.amount:
                more = CreditEarnings(balance.number + 1, payment, credited.share)
                yield from ((1, event) for event in BALANCE.decide(balance, more))
                to, out_of = _theirs(purpose.creator), Account("revenue", INCOME)
                moved = _entered(payment, "shared", credited.share, out_of, to)
                yield from ((2, event) for event in ENTRY.decide(entry, moved))
        yield from ((3, event) for event in DONATION.decide(donation, Receive()))

    streams = (
        SHARE.at(payment),
        BALANCE.at(purpose.creator),
        ENTRY.at(f"{payment}.shared"),
        DONATION.at(payment),
    )
    return Deciding(streams, decide, wish, (SETTINGS.at("main"),))


def taking_back(payment: PaymentId, creator: PersonId, back: GivenBack) -> Deciding:
    """What was given back of a donation is taken back of the creator's share, in proportion."""
    command = TakeShareBack(back.cause, back.what, back.gross)
    kind: AccountKind = "refunds" if back.cause == "refund" else "losses"

    def decide(share: Share, balance: Balance, entry: Entry, donation: Donation) -> Iterator[tuple[int, Any]]:
        for taken in SHARE.decide(share, command):
            yield 0, taken
            if not isinstance(taken, ShareTakenBack):
                continue
            if taken.share.amount:
                less = ReverseEarnings(balance.number + 1, payment, taken.share)
                yield from ((1, event) for event in BALANCE.decide(balance, less))
                moved = _entered(
                    payment, f"shared-back {back.what}", taken.share, _theirs(creator), Account(kind, INCOME)
                )
                yield from ((2, event) for event in ENTRY.decide(entry, moved))
            before = sum(one.gross.amount for one in share.back) if isinstance(share, Shared) else 0
            all_of_it = Money(before + taken.gross.amount, taken.gross.currency)
            yield from ((3, event) for event in DONATION.decide(donation, GiveBack(all_of_it)))

    streams = (
        SHARE.at(payment),
        BALANCE.at(creator),
        ENTRY.at(f"{payment}.shared-back.{back.what}"),
        DONATION.at(payment),
    )
    return Deciding(streams, decide, command)


def dropping(payment: PaymentId, reason: str) -> Deciding:
    """A donation was not paid."""
    command = Fail(reason)

    def decide(donation: Donation) -> Iterator[tuple[int, Any]]:
        return ((0, event) for event in DONATION.decide(donation, command))

    return Deciding((DONATION.at(payment),), decide, command)


def _about(purpose: ForDonation) -> tuple[PersonId, Any, str]:
    return purpose.creator, "donation", purpose.donation


def _theirs(creator: PersonId) -> Account:
    """What we owe a creator."""
    return Account("creator_payable", creator)


def _entered(payment: PaymentId, memo: str, money: Money, debit: Account, credit: Account) -> Record:
    return Record(Paid(payment), memo, (Line(debit, money), Line(credit, -money)))
