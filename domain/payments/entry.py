"""One entry of the journal: money that moved between accounts, so that nothing came of nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from domain.kernel import Decider, PaymentId, Rejected, Value
from domain.payments.events import EntryEvent as Event
from domain.payments.events import EntryRecorded, EntryReversed, Line


class Record(Value):
    payment: PaymentId
    memo: str
    lines: tuple[Line, ...]


class Reverse(Value):
    """Let it count no more."""

    memo: str


Command = Record | Reverse


class Unwritten(Value, tag=True):
    """There is no such entry."""


class Written(Value, tag=True):
    recorded: EntryRecorded


class Reversed(Value, tag=True):
    recorded: EntryRecorded


State = Unwritten | Written | Reversed


def decide(state: State, command: Command) -> Iterator[Event]:
    match state, command:
        case Unwritten(), Record(payment, memo, lines):
            _check_balanced(lines)
            yield EntryRecorded(payment, memo, lines)
        case Written(recorded), Reverse(memo):
            yield EntryReversed(
                recorded.payment, memo, tuple(Line(line.account, -line.money) for line in recorded.lines)
            )
        case Unwritten(), Reverse():
            raise Rejected("entry.not_found", "there is no such entry")
        case ((Written(recorded) | Reversed(recorded)), Record(payment, memo, lines)) if recorded != EntryRecorded(
            payment, memo, lines
        ):
            raise Rejected("entry.exists_already", "an entry is never changed: reverse it")
        case _:
            return  # It is so already.


def sums(lines: tuple[Line, ...]) -> dict[str, int]:
    """What lines add up to in each currency."""
    found: dict[str, int] = {}
    for line in lines:
        found[line.money.currency] = found.get(line.money.currency, 0) + line.money.amount
    return found


def _check_balanced(lines: tuple[Line, ...]) -> None:
    if not lines:
        raise Rejected("entry.empty", "an entry has lines")
    for currency, left in sums(lines).items():
        if left:
            raise Rejected("entry.unbalanced", f"debits and credits in {currency} differ by {left}")


def evolve(state: State, event: Event) -> State:
    match event:
        case EntryRecorded():
            return Written(event)
        case EntryReversed():
            return Reversed(state.recorded) if isinstance(state, Written) else state
        case _:
            assert_never(event)


ENTRY = Decider[State, Command, Event]("entry", Unwritten(), decide, evolve)
