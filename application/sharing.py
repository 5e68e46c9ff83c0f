"""What a creator has of a payment: their share, their balance and the journal's entry are one decision, one append."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from msgspec.structs import replace

from application.do import AnyStream
from application.enrolling import Deciding
from domain.creators.balance import BALANCE, CreditEarnings, ReverseEarnings
from domain.creators.donation import DONATION, Fail, GiveBack, Receive
from domain.creators.donation import State as Donation
from domain.creators.events import Author, Cause, ShareCredited, ShareTakenBack, Source
from domain.creators.share import SHARE, CreditShare, Shared, TakeShareBack
from domain.creators.share import State as Share
from domain.kernel import PaymentId, PersonId, Value
from domain.money import Money
from domain.payments.entry import ENTRY, Record
from domain.payments.entry import State as Entry
from domain.payments.events import Account, AccountKind, EntryEvent, Line
from domain.tenancy.settings import SETTINGS
from domain.tenancy.settings import State as Settings

INCOME: Mapping[Source, str] = {
    "course": "courses",
    "plan": "plans",
    "donation": "donations",
    "advertising": "advertising",
}
"""What the school's own account is called, of which a share is taken."""


BORNE_BY: Mapping[Cause, AccountKind] = {"refund": "refunds", "dispute": "losses", "reversal": "revenue"}
"""Of which kind the school's account is that the share comes back to."""


class Proceeds(Value):
    """Who earns by something, in which parts, and by what."""

    authors: tuple[Author, ...]
    source: Source
    about: str


class GivenBack(Value):
    """So much of a payment was given back; `what` tells this from what else was."""

    cause: Cause
    what: str
    gross: Money


def sharing(payment: PaymentId, of: Proceeds, gross: Money) -> Deciding:
    """Something was paid: each creator's share of it is theirs."""
    wish = CreditShare(of.authors, of.source, of.about, gross, 0)
    creators = tuple(author.creator for author in of.authors)
    school = Account("revenue", INCOME[of.source])

    def decide(share: Share, entry: Entry, *rest: Any) -> Iterator[tuple[int, Any]]:
        *beside, settings = rest
        balances, donations = beside[: len(creators)], beside[len(creators) :]
        lines = list[Line]()
        for credited in SHARE.decide(share, _with_fee(wish, settings)):
            yield 0, credited
            if isinstance(credited, ShareCredited) and credited.share.amount:
                place = creators.index(credited.creator)
                more = CreditEarnings(balances[place].number + 1, payment, credited.share)
                yield from ((2 + place, event) for event in BALANCE.decide(balances[place], more))
                lines.append(Line(_theirs(credited.creator), -credited.share))
        yield from ((1, event) for event in _entered(entry, payment, "shared", school, lines))
        for donation in donations:
            yield from ((2 + len(creators), event) for event in DONATION.decide(donation, Receive()))

    streams: list[AnyStream] = [SHARE.at(payment), ENTRY.at(f"{payment}.shared")]
    streams += [BALANCE.at(creator) for creator in creators]
    gifts: tuple[AnyStream, ...] = (DONATION.at(payment),) if of.source == "donation" else ()
    return Deciding((*streams, *gifts), decide, wish, (SETTINGS.at("main"),))


def taking_back(payment: PaymentId, shared: Sequence[ShareCredited], back: GivenBack) -> Deciding:
    """What was given back of a payment is taken back of each creator's share, in proportion."""
    command = TakeShareBack(back.cause, back.what, back.gross)
    source = shared[0].source
    school = Account(BORNE_BY[back.cause], INCOME[source])
    creators = tuple(credited.creator for credited in shared)

    def decide(share: Share, entry: Entry, *beside: Any) -> Iterator[tuple[int, Any]]:
        balances, donations = beside[: len(creators)], beside[len(creators) :]
        lines, after = list[Line](), share
        for taken in SHARE.decide(share, command):
            yield 0, taken
            after = SHARE.evolve(after, taken)
            if isinstance(taken, ShareTakenBack) and taken.share.amount:
                place = creators.index(taken.creator)
                less = ReverseEarnings(balances[place].number + 1, payment, taken.share)
                yield from ((2 + place, event) for event in BALANCE.decide(balances[place], less))
                lines.append(Line(_theirs(taken.creator), taken.share))
        yield from ((1, event) for event in _entered(entry, payment, f"shared-back {back.what}", school, lines))
        if isinstance(after, Shared) and after != share:
            all_of_it = GiveBack(Money(after.given_back, after.paid.currency))
            for donation in donations:
                yield from ((2 + len(creators), event) for event in DONATION.decide(donation, all_of_it))

    streams: list[AnyStream] = [SHARE.at(payment), ENTRY.at(f"{payment}.shared-back.{back.what}")]
    streams += [BALANCE.at(creator) for creator in creators]
    gifts: tuple[AnyStream, ...] = (DONATION.at(payment),) if source == "donation" else ()
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


def _entered(
    entry: Entry, payment: PaymentId, memo: str, school: Account, theirs: Sequence[Line]
) -> Iterator[EntryEvent]:
    """What is theirs by these lines is the school's no more, or is again."""
    if theirs:
        whole = Line(school, -sum((line.money for line in theirs[1:]), theirs[0].money))
        lines = (whole, *theirs) if whole.money.amount > 0 else (*theirs, whole)
        yield from ENTRY.decide(entry, Record(PaymentId(payment), memo, lines))
