"""After any history what creators are owed, and what is set apart for them, is what the journal says, to the unit."""

from __future__ import annotations

import random
from collections import Counter
from itertools import pairwise
from typing import Any

from application.enrolling import Deciding
from application.paying_out import Wish, concluding, handing_over, reserving
from application.sharing import GivenBack, Proceeds, sharing, taking_back
from domain.creators.balance import BALANCE
from domain.creators.creator import CREATOR, Lift, Onboard, Suspend, TellAccount, TurnOn
from domain.creators.events import Author, PayoutId, PayoutReserved, ShareCredited, Source
from domain.creators.payout import PAYOUT, Failed, HandedOver, Reserved, Settled, Tell
from domain.creators.payout import State as Payout
from domain.creators.share import WHOLE
from domain.kernel import PaymentId, PersonId, Rejected, Stream
from domain.money import Money
from domain.payments.entry import sums
from domain.payments.events import EntryRecorded, EntryReversed
from tests.creators.living import ELIGIBLE
from tests.proves import proves

PEOPLE = tuple(map(PersonId, ("maria", "nova", "kim")))
CURRENCIES = ("EUR", "JPY", "KWD")
SOURCES: tuple[Source, ...] = ("course", "plan", "donation", "advertising")
OPERATIONS = 10_000


class Books:
    """A ledger in memory, and what its journal adds up to."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)  # noqa: S311 — for a test
        self.accounts: Counter[tuple[str, str, str]] = Counter()
        self.refused: Counter[str] = Counter()
        self.shares: list[tuple[PaymentId, tuple[ShareCredited, ...]]] = []
        self.payouts: list[tuple[PayoutId, PayoutReserved]] = []
        self._states: dict[str, Any] = {}

    def look(self, stream: Stream[Any, Any, Any]) -> Any:
        return self._states.get(stream.name, stream.decider.initial)

    def say(self, stream: Stream[Any, Any, Any], *commands: Any) -> None:
        for command in commands:
            for event in stream.decider.decide(self.look(stream), command):
                self._states[stream.name] = stream.decider.evolve(self.look(stream), event)

    def across(self, deciding: Deciding) -> list[Any]:
        """What is decided is kept, all of it or nothing."""
        seen = [self.look(stream) for stream in (*deciding.streams, *deciding.beside)]
        try:
            decided = list(deciding.decide(*seen))
        except Rejected as no:
            self.refused[no.code] += 1
            return []
        for place, event in decided:
            stream = deciding.streams[place]
            self._states[stream.name] = stream.decider.evolve(self.look(stream), event)
            if isinstance(event, EntryRecorded | EntryReversed):
                assert not any(sums(event.lines).values())
                for line in event.lines:
                    self.accounts[line.account.kind, line.account.of, line.money.currency] += line.money.amount
        return [event for _, event in decided]

    def earn(self, number: int) -> None:
        money = Money(self.chance.randint(1, 100_000), self.chance.choice(CURRENCIES))
        weights = sorted(self.chance.sample(range(1, WHOLE), self.chance.choice((0, 1, 2))))
        parts = [after - before for before, after in pairwise((0, *weights, WHOLE))]
        authors = tuple(map(Author, self.chance.sample(PEOPLE, len(parts)), parts))
        of = Proceeds(authors, self.chance.choice(SOURCES), "work")
        payment = PaymentId(f"payment-{number}")
        told = self.across(sharing(payment, of, money))
        shared = tuple(event for event in told if isinstance(event, ShareCredited))
        assert sum(one.gross.amount for one in shared) == money.amount
        self.shares.append((payment, shared))

    def give_back(self, number: int) -> None:
        payment, credited = self.chance.choice(self.shares[-40:])
        paid = sum(one.gross.amount for one in credited)
        part = Money(self.chance.randint(1, paid), credited[0].gross.currency)
        back = GivenBack(self.chance.choice(("refund", "dispute")), f"back-{number % 3}", part)
        for _ in range(2):  # It is told twice, as may be.
            self.across(taking_back(payment, credited, back))

    def pay_out(self, number: int) -> None:
        creator, currency = self.chance.choice(PEOPLE), self.chance.choice(CURRENCIES)
        amount = self.chance.choice((None, self.chance.randint(1, 100_000)))
        payout = PayoutId(f"payout-{number}")
        told = self.across(reserving(creator, [Wish(payout, currency, amount)]))
        self.payouts += [(payout, event) for event in told if isinstance(event, PayoutReserved)]

    def move_on(self, _: int) -> None:
        payout, about = self.chance.choice(self.payouts[-40:])
        said = Tell(self.chance.choice(("done", "failed", "pending")), "tr")
        step = self.chance.choice((handing_over(payout, about), concluding(payout, about, said)))
        for _ in range(2):
            self.across(step)

    def govern(self, _: int) -> None:
        command = self.chance.choice((Suspend("why"), Lift("fine"), Lift("fine")))
        self.say(CREATOR.at(self.chance.choice(PEOPLE)), command)

    def check(self) -> None:
        states = [(self.look(PAYOUT.at(payout)), about) for payout, about in self.payouts]
        for creator in PEOPLE:
            balance = self.look(BALANCE.at(creator))
            for currency in CURRENCIES:
                waiting = sum(
                    about.money.amount
                    for state, about in states
                    if isinstance(state, Reserved | HandedOver)
                    and (about.creator, about.money.currency) == (creator, currency)
                )
                assert -self.accounts["creator_payable", creator, currency] == balance.of(currency)
                assert -self.accounts["creator_payouts", creator, currency] == waiting
        for currency in CURRENCIES:
            paid = sum(
                about.money.amount
                for state, about in states
                if isinstance(state, Settled) and about.money.currency == currency
            )
            assert -self.accounts["gateway_clearing", "sandbox", currency] == paid


@proves("pay.earnings", "pay.payouts", "pay.ledger", "pay.refund")
def test_balances_are_those_of_the_journal_after_ten_thousand_operations() -> None:
    books = Books(20261121)
    for creator in PEOPLE:
        enabled = TellAccount("sandbox", f"acct-{creator}", enabled=True)
        books.say(CREATOR.at(creator), TurnOn(ELIGIBLE), Onboard("sandbox", "DE", "one"), enabled)
    books.earn(0)
    books.pay_out(0)
    while not books.payouts:
        books.earn(-len(books.shares))
        books.pay_out(-len(books.shares))
    does = (books.earn, books.earn, books.give_back, books.pay_out, books.move_on, books.move_on, books.govern)
    for number in range(1, OPERATIONS):
        books.chance.choice(does)(number)
        if number % 100 == 0:
            books.check()
    books.check()
    states: list[Payout] = [books.look(PAYOUT.at(payout)) for payout, _ in books.payouts]
    for end in (Settled, Failed):
        assert sum(isinstance(state, end) for state in states) > 100
    assert {"payout.balance_negative", "payout.frozen", "payout.more_than_available"} <= set(books.refused)
