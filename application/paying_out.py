"""How a creator is paid out: the payout, the balance it is of, and the journal's entry are one decision, one append."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from application.do import AnyStream
from application.enrolling import Deciding
from domain.creators.balance import BALANCE, ReserveEarnings, ReturnEarnings, SettleEarnings
from domain.creators.balance import State as Balance
from domain.creators.creator import CREATOR, Linked, On
from domain.creators.creator import State as Creator
from domain.creators.events import PayoutFailed, PayoutId, PayoutReserved, PayoutSettled
from domain.creators.payout import PAYOUT, HandOver, ReservePayout, Tell, Unmade
from domain.creators.payout import State as Payout
from domain.kernel import PaymentId, PersonId, Rejected, Value
from domain.money import Money
from domain.payments.entry import ENTRY, Record, Reverse
from domain.payments.entry import State as Entry
from domain.payments.events import Account, Line


class Wish(Value):
    """So much of a currency; everything there is, where it is not said how much."""

    payout: PayoutId
    currency: str
    amount: int | None = None


def reserving(creator: PersonId, wishes: Sequence[Wish]) -> Deciding:
    """So much is set apart, to be paid out. Where there is nothing of a currency, and all of it is wanted, so be it."""
    count = len(wishes)

    def decide(*states: Any) -> Iterator[tuple[int, Any]]:
        payouts: Sequence[Payout] = states[:count]
        entries: Sequence[Entry] = states[count : 2 * count]
        balance: Balance = states[2 * count]
        account = _paid_to(states[2 * count + 1])
        for place, wish in enumerate(wishes):
            amount = balance.of(wish.currency) if wish.amount is None else wish.amount
            if not isinstance(payouts[place], Unmade) or (wish.amount is None and amount <= 0):
                continue
            money = Money(amount, wish.currency)
            for event in BALANCE.decide(balance, ReserveEarnings(wish.payout, money)):
                balance = BALANCE.evolve(balance, event)
                yield 2 * count, event
            command = ReservePayout(creator, money, account.gateway, account.reference)
            yield from ((place, event) for event in PAYOUT.decide(payouts[place], command))
            moved = _entered(wish.payout, "payout reserved", money, _theirs(creator), _set_apart(creator))
            yield from ((count + place, event) for event in ENTRY.decide(entries[place], moved))

    streams: tuple[AnyStream, ...] = (
        *(PAYOUT.at(wish.payout) for wish in wishes),
        *(ENTRY.at(f"{wish.payout}.reserved") for wish in wishes),
        BALANCE.at(creator),
    )
    return Deciding(streams, decide, wishes[0], (CREATOR.at(creator),))


def handing_over(payout: PayoutId, about: PayoutReserved) -> Deciding:
    """The gateway is to be asked; where the creator may be paid nothing any more, it is let be."""

    def decide(state: Payout, entry: Entry, balance: Balance, creator: Creator) -> Iterator[tuple[int, Any]]:
        try:
            account = _paid_to(creator)
            frozen = None if account.reference == about.account else "payout.account_not_enabled"
        except Rejected as no:
            frozen = no.code
        yield from _moved_on(payout, (state, entry, balance), HandOver(frozen))

    streams = (PAYOUT.at(payout), ENTRY.at(f"{payout}.reserved"), BALANCE.at(about.creator))
    return Deciding(streams, decide, HandOver(), (CREATOR.at(about.creator),))


def concluding(payout: PayoutId, about: PayoutReserved, told: Tell) -> Deciding:
    """The gateway has said what became of it: it is paid, or there again."""

    def decide(state: Payout, entry: Entry, balance: Balance, paid: Entry) -> Iterator[tuple[int, Any]]:
        for place, event in _moved_on(payout, (state, entry, balance), told):
            yield place, event
            if isinstance(event, PayoutSettled):
                gateway = Account("gateway_clearing", about.gateway)
                moved = _entered(payout, "payout paid", about.money, _set_apart(about.creator), gateway)
                yield from ((3, recorded) for recorded in ENTRY.decide(paid, moved))

    streams = (
        PAYOUT.at(payout),
        ENTRY.at(f"{payout}.reserved"),
        BALANCE.at(about.creator),
        ENTRY.at(f"{payout}.paid"),
    )
    return Deciding(streams, decide, told)


def _moved_on(
    payout: PayoutId, states: tuple[Payout, Entry, Balance], command: HandOver | Tell
) -> Iterator[tuple[int, Any]]:
    state, entry, balance = states
    for event in PAYOUT.decide(state, command):
        yield 0, event
        if isinstance(event, PayoutFailed):
            yield from ((1, back) for back in ENTRY.decide(entry, Reverse("the payout failed")))
            yield from ((2, back) for back in BALANCE.decide(balance, ReturnEarnings(payout)))
        if isinstance(event, PayoutSettled):
            yield from ((2, gone) for gone in BALANCE.decide(balance, SettleEarnings(payout)))


def _paid_to(creator: Creator) -> Linked:
    """Where a creator is paid out to, who may be."""
    if not isinstance(creator.monetization, On):
        raise Rejected("payout.frozen", "this creator is paid nothing for the time being")
    if not isinstance(creator.account, Linked) or not creator.account.enabled:
        raise Rejected("payout.account_not_enabled", "the gateway does not pay out to this creator yet")
    return creator.account


def _theirs(creator: PersonId) -> Account:
    return Account("creator_payable", creator)


def _set_apart(creator: PersonId) -> Account:
    return Account("creator_payouts", creator)


def _entered(payout: PayoutId, memo: str, money: Money, debit: Account, credit: Account) -> Record:
    return Record(PaymentId(payout), memo, (Line(debit, money), Line(credit, -money)))
