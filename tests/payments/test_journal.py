"""After any history the books balance, for programs that keep books too, and after everything is replayed."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

import msgspec
from beancount import loader
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from adapters.postgres.followers.projector import Projector
from adapters.postgres.followers.rebuild import rebuild, verify
from application.bookkeeping import account_name, hledger_lines
from application.settling import settling
from domain.kernel import CourseId, LearnerId, PaymentId, PersonId, Rejected, Stream, Value
from domain.money import EXPONENTS, Money
from domain.payments.entry import sums
from domain.payments.events import (
    EntryRecorded,
    EntryReversed,
    ForCourse,
    ForDonation,
    ForPlan,
    Line,
    RefundId,
)
from domain.payments.payment import (
    AskRefund,
    Captured,
    Command,
    Initiate,
    Tell,
    TellDispute,
    TellRefund,
    TimeOut,
)
from projections.payments import journal
from tests.followers.running import TENANT, asking, caller, following, make_models, writing
from tests.proves import proves
from tests.servers import Database

DUE = datetime(2027, 6, 30, tzinfo=UTC)
CURRENCIES = ("EUR", "JPY", "KWD")
PURPOSES = (
    ForCourse(CourseId("stars"), LearnerId("ada")),
    ForPlan("gold", "subscription"),
    ForDonation(PersonId("maria"), "donation"),
)
OPERATIONS = 10_000


class Entered(Value):
    """An entry as it is exported."""

    entry: str
    part: int
    at: datetime
    payment: PaymentId
    memo: str
    lines: tuple[Line, ...]


class Books:
    """Streams as the ledger has them, decided on as the command handler does, without the waiting."""

    def __init__(self) -> None:
        self.states: dict[str, Any] = {}
        self.entries: list[Entered] = []
        self.facts: list[tuple[Stream[Any, Any, Any], Value]] = []

    def do(self, payment: PaymentId, command: Command) -> None:
        deciding = settling(payment, command)
        states = [self.states.get(stream.name, stream.decider.initial) for stream in deciding.streams]
        try:
            events = tuple(deciding.decide(*states))
        except Rejected:
            return
        for place, event in events:
            self.keep(deciding.streams[place], event)

    def keep(self, stream: Stream[Any, Any, Any], event: Any) -> None:
        self.facts.append((stream, event))
        before = self.states.get(stream.name, stream.decider.initial)
        self.states[stream.name] = stream.decider.evolve(before, event)
        if isinstance(event, EntryRecorded | EntryReversed):
            part = 0 if isinstance(event, EntryRecorded) else 1
            name = stream.name.partition(":")[2]
            self.entries.append(Entered(name, part, DUE, event.payment, event.memo, event.lines))

    def replayed(self) -> Books:
        """The same, from nothing but the facts as they are written."""
        again = Books()
        for stream, event in self.facts:
            again.keep(stream, msgspec.json.decode(msgspec.json.encode(event), type=type(event)))
        return again

    def check(self) -> None:
        """Every entry balances, and what the gateway holds is what was captured and not given back."""
        for entry in self.entries:
            assert not any(sums(entry.lines).values())
        held: dict[str, int] = {}
        for state in self.states.values():
            if isinstance(state, Captured):
                lost = sum(one.money.amount for one in state.disputes if one.state != "won")
                assert 0 <= state.refunded <= state.money.amount
                held[state.money.currency] = (
                    held.get(state.money.currency, 0) + state.money.amount - state.refunded - lost
                )
        clearing = (line for entry in self.entries for line in entry.lines if line.account.kind == "gateway_clearing")
        for line in clearing:
            held[line.money.currency] = held.get(line.money.currency, 0) - line.money.amount
        assert not any(held.values()), held


def operations(chance: random.Random) -> Iterator[tuple[PaymentId, Command]]:
    """What payers, gateways and banks may do, in any order, sensible or not."""
    numbers = count()
    begun: list[tuple[PaymentId, Money]] = []
    while True:
        if not begun or chance.random() < 0.2:
            payment = PaymentId(f"payment-{next(numbers)}")
            money = Money(chance.choice((0, 1, 99, 4_900, 10**12)), chance.choice(CURRENCIES))
            begun.append((payment, money))
            yield payment, Initiate(PersonId("ada"), chance.choice(PURPOSES), money, "sandbox", "token", DUE)
            continue
        payment, money = chance.choice(begun[-40:])
        part = Money(chance.randint(0, money.amount + 1), chance.choice((money.currency, "EUR")))
        refund, dispute = RefundId(chance.choice("abc")), chance.choice("xy")
        yield (
            payment,
            chance.choice(
                (
                    Tell("r", "captured", money),
                    Tell("r", "captured", money, part.amount),
                    Tell("r", chance.choice(("authorised", "failed", "void", "needs_action")), part),
                    AskRefund(refund, chance.choice((part, None)), "rain"),
                    TellRefund(refund, "f", chance.choice(("done", "pending", "failed"))),
                    TellDispute(dispute, chance.choice(("open", "won", "lost")), chance.choice((money, part)), "fraud"),
                    TimeOut(DUE),
                )
            ),
        )


class AnyHistory(RuleBasedStateMachine):
    """Hypothesis looks for a history after which something does not balance, and for the shortest such."""

    def __init__(self) -> None:
        super().__init__()
        self.books = Books()

    @rule(seed=st.integers(0, 2**32), steps=st.integers(1, 40))
    def more_happens(self, seed: int, steps: int) -> None:
        happening = operations(random.Random(seed))  # noqa: S311
        for _ in range(steps):
            self.books.do(*next(happening))

    @invariant()
    def it_balances(self) -> None:
        self.books.check()


AnyHistory.TestCase.settings = settings(max_examples=25, stateful_step_count=20, deadline=None)
TestAnyHistory = AnyHistory.TestCase


def ten_thousand() -> Books:
    books, happening = Books(), operations(random.Random(7))  # noqa: S311
    for _ in range(OPERATIONS):
        books.do(*next(happening))
    return books


def as_beancount(entries: list[Entered]) -> str:
    """The journal in the words of another program that keeps books, and is no part of us."""
    accounts = {_beancount(account_name(line.account)) for entry in entries for line in entry.lines}
    said = [f"2000-01-01 open {account}" for account in sorted(accounts)]
    for entry in entries:
        said.append(f'{entry.at:%Y-%m-%d} * "{entry.entry}"')
        said += [f"  {_beancount(account_name(line.account))}  {line.money.said()}" for line in entry.lines]
    return "\n".join(said) + "\n"


def _beancount(account: str) -> str:
    return ":".join(part.capitalize() for part in account.split(":"))


@proves("pay.ledger")
def test_another_program_balances_the_books_after_ten_thousand_operations(tmp_path: Path) -> None:
    books = ten_thousand()
    again = books.replayed()
    assert (again.states, again.entries) == (books.states, books.entries)
    file = tmp_path / "journal.beancount"
    for kept in (books, again):
        kept.check()
        assert len(kept.entries) > 500
        file.write_text(as_beancount(kept.entries))
        found, errors, _ = loader.load_file(str(file))
        assert not errors, errors[:3]
        assert len(found) > len(kept.entries)
    # It would have said so.
    broken = as_beancount(books.entries).replace("4900 JPY", "4901 JPY", 1)
    file.write_text(broken)
    assert loader.load_file(str(file))[1]


@proves("pay.ledger")
async def test_live_and_replayed_the_books_show_the_same(database: Database) -> None:
    await make_models(database)

    async def connect() -> Any:
        return await database.connect("projector")

    happening = operations(random.Random(11))  # noqa: S311
    async with writing(database) as do, asking(database) as ask:
        position = 0
        async with following(database, Projector(journal.MODEL)):
            for _ in range(400):
                payment, command = next(happening)
                deciding = settling(payment, command)
                try:
                    receipt = await do.across(deciding.streams, deciding.decide, deciding.command, caller())
                except Rejected:
                    continue
                position = receipt.position
            live = (await journal.trial_balance(ask, TENANT, min_position=position))[0]
        await rebuild(connect, journal.MODEL)
        assert all(checked.equal for checked in await verify(connect, journal.MODEL))
        assert (await journal.trial_balance(ask, TENANT, min_position=position))[0] == live
    assert live
    for currency in {row.currency for row in live}:
        assert sum(row.debits - row.credits for row in live if row.currency == currency) == 0


def test_the_export_says_every_amount_with_its_sign() -> None:
    entry = next(one for one in ten_thousand().entries if one.memo == "captured")
    said = hledger_lines(entry).decode()
    assert said.count(entry.lines[0].money.said()) == 2
    assert {len(said.split()) > 4, entry.lines[0].money.currency in EXPONENTS} == {True}
