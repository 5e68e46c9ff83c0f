"""What a creator has of a payment: their share, their balance and the journal's entry are one decision, one append."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from msgspec.structs import replace

from application.enrolling import Deciding
from domain.creators.balance import BALANCE, CreditEarnings, ReverseEarnings
from domain.creators.balance import State as Balance
from domain.creators.donation import DONATION, Fail, GiveBack, Receive
from domain.creators.donation import State as Donation
from domain.creators.events import Cause, ShareCredited, ShareTakenBack, Source
from domain.creators.share import SHARE, CreditShare, Shared, TakeShareBack
from domain.creators.share import State as Share
from domain.kernel import PaymentId, PersonId, Value
from domain.money import Money
from domain.payments.entry import ENTRY, Record
from domain.payments.entry import State as Entry
from domain.payments.events import Account, AccountKind, Line
from domain.tenancy.settings import SETTINGS
from domain.tenancy.settings import State as Settings

INCOME: Mapping[Source, str] = {
    "course": "courses",
    "plan": "plans",
    "donation": "donations",
    "advertising": "advertising",
}
"""What the school's own account is called, of which a share is taken."""


class Proceeds(Value):
    """Who earns by something, and by what."""

    creator: PersonId
    source: Source
    about: str


class GivenBack(Value):
    """So much of a payment was given back; `what` tells this from what else was."""

    cause: Cause
    what: str
    gross: Money


def sharing(payment: PaymentId, of: Proceeds, gross: Money) -> Deciding:
    """Something was paid: the creator's share of it is theirs."""
    wish = CreditShare(of.creator, of.source, of.about, gross, 0)

    def decide(share: Share, balance: Balance, entry: Entry, *rest: Any) -> Iterator[tuple[int, Any]]:
        *donations, settings = rest
        for credited in SHARE.decide(share, _with_fee(wish, settings)):
            yield 0, credited
            if isinstance(credited, ShareCredited) and credited.share.amount:
                more = CreditEarnings(balance.number + 1, payment, credited.share)
                yield from ((1, event) for event in BALANCE.decide(balance, more))
                to, out_of = _theirs(of.creator), Account("revenue", INCOME[of.source])
                moved = _entered(payment, "shared", credited.share, out_of, to)
                yield from ((2, event) for event in ENTRY.decide(entry, moved))
        for donation in donations:
            yield from ((3, event) for event in DONATION.decide(donation, Receive()))

    streams = (SHARE.at(payment), BALANCE.at(of.creator), ENTRY.at(f"{payment}.shared"))
    gifts = (DONATION.at(payment),) if of.source == "donation" else ()
    return Deciding((*streams, *gifts), decide, wish, (SETTINGS.at("main"),))


def taking_back(payment: PaymentId, credited: ShareCredited, back: GivenBack) -> Deciding:
    """What was given back of a payment is taken back of the creator's share, in proportion."""
    command = TakeShareBack(back.cause, back.what, back.gross)
    kind: AccountKind = "refunds" if back.cause == "refund" else "losses"
    school = Account(kind, INCOME[credited.source])

    def decide(share: Share, balance: Balance, entry: Entry, *donations: Donation) -> Iterator[tuple[int, Any]]:
        for taken in SHARE.decide(share, command):
            yield 0, taken
            if not isinstance(taken, ShareTakenBack):
                continue
            if taken.share.amount:
                less = ReverseEarnings(balance.number + 1, payment, taken.share)
                yield from ((1, event) for event in BALANCE.decide(balance, less))
                moved = _entered(payment, f"shared-back {back.what}", taken.share, _theirs(taken.creator), school)
                yield from ((2, event) for event in ENTRY.decide(entry, moved))
            before = sum(one.gross.amount for one in share.back) if isinstance(share, Shared) else 0
            all_of_it = Money(before + taken.gross.amount, taken.gross.currency)
            for donation in donations:
                yield from ((3, event) for event in DONATION.decide(donation, GiveBack(all_of_it)))

    streams = (SHARE.at(payment), BALANCE.at(credited.creator), ENTRY.at(f"{payment}.shared-back.{back.what}"))
    gifts = (DONATION.at(payment),) if credited.source == "donation" else ()
    return Deciding((*streams, *gifts), decide, command)


def dropping(payment: PaymentId, reason: str) -> Deciding:
    """A donation was not paid."""
    command = Fail(reason)

    def decide(donation: Donation) -> Iterator[tuple[int, Any]]:
        return ((0, event) for event in DONATION.decide(donation, command))

    return Deciding((DONATION.at(payment),), decide, command)


def _with_fee(wish: CreditShare, settings: Settings) -> CreditShare:
    return replace(wish, fee_parts=settings.configuration.platform_fee)


def _theirs(creator: PersonId) -> Account:
    """What we owe a creator."""
    return Account("creator_payable", creator)


def _entered(payment: PaymentId, memo: str, money: Money, debit: Account, credit: Account) -> Record:
    return Record(PaymentId(payment), memo, (Line(debit, money), Line(credit, -money)))
