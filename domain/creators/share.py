"""What creators have of one payment. Their shares and fees are together what was paid for their parts, to the unit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import assert_never

from msgspec.structs import replace

from domain.creators.events import Author, Cause, ShareCredited, ShareTakenBack, Source
from domain.creators.events import ShareEvent as Event
from domain.kernel import Decider, Rejected, Value
from domain.money import Money

WHOLE = 10_000
"""A fee, and an author's part, is said in parts of this: 1000 are ten of a hundred."""


class CreditShare(Value):
    """So much was paid for what these made. What of it is nobody's part is the school's."""

    authors: tuple[Author, ...]
    source: Source
    about: str
    gross: Money
    fee_parts: int


class TakeShareBack(Value):
    """So much was given back. `what` tells this giving back from any other of the same payment."""

    cause: Cause
    what: str
    gross: Money


Command = CreditShare | TakeShareBack


class Unshared(Value, tag=True):
    """Nobody has a share of it."""


class Shared(Value, tag=True):
    """Who has how much of it, and how much of that was taken back."""

    credited: tuple[ShareCredited, ...]
    back: tuple[ShareTakenBack, ...] = ()

    @property
    def paid(self) -> Money:
        """All that was paid, for whose part ever."""
        return self.credited[0].paid or self.credited[0].gross

    @property
    def given_back(self) -> int:
        """All that was given back of it by now."""
        return sum({one.what: (one.of or one.gross).amount for one in self.back}.values())


State = Unshared | Shared


def decide(state: State, command: Command) -> Iterator[Event]:
    match state, command:
        case Unshared(), CreditShare():
            _check(command)
            yield from _credited(command)
        case Shared(back=back), TakeShareBack(what=what) if all(one.what != what for one in back):
            yield from _taken_back(state, command)
        case _:
            return  # It is so already, or there is nothing to take back.


def _check(wish: CreditShare) -> None:
    parts = sum(author.weight for author in wish.authors)
    if wish.gross.amount <= 0 or not 0 <= wish.fee_parts <= WHOLE or not 0 < parts <= WHOLE:
        raise Rejected("share.not_possible", "a share is of more than nothing; fees and parts are no more than all")


def _credited(wish: CreditShare) -> Iterator[ShareCredited]:
    """The fee is the same however many share the rest."""
    weights = [author.weight for author in wish.authors]
    weights.append(WHOLE - sum(weights))
    shares, fees = (part.split(weights) for part in wish.gross.split((WHOLE - wish.fee_parts, wish.fee_parts)))
    for author, share, fee in zip(wish.authors, shares, fees, strict=False):
        gross = share + fee
        paid = None if gross == wish.gross else wish.gross
        yield ShareCredited(author.creator, wish.source, wish.about, gross, share, fee, paid)


def _taken_back(state: Shared, command: TakeShareBack) -> Iterator[ShareTakenBack]:
    """Of all that was given back by now each bears their part, so of all that was paid they bear what they had."""
    before = state.given_back
    more = min(command.gross.amount, state.paid.amount - before)
    if command.gross.currency != state.paid.currency or more <= 0:
        raise Rejected("share.not_possible", "no more is given back than was paid")
    by_now = _parts(before + more, state.paid, [one.gross.amount for one in state.credited])
    of = Money(more, state.paid.currency)
    for credited, part in zip(state.credited, by_now, strict=True):
        theirs = [one for one in state.back if one.creator == credited.creator]
        borne = _parts(part.amount, credited.gross, [credited.share.amount])[0]
        gross = part - _sum(credited, [one.gross for one in theirs])
        share = borne - _sum(credited, [one.share for one in theirs])
        about = (credited.creator, credited.source, command.cause, command.what)
        yield ShareTakenBack(*about, gross, share, gross - share, None if gross == of else of)


def _parts(amount: int, whole: Money, parts: Sequence[int]) -> list[Money]:
    """So much of a whole, by its parts. Each is split from what is left after those before it.

    So nobody's is less when it is more; by largest remainders of all at once it might be.
    """
    left, rest, found = Money(amount, whole.currency), whole.amount, list[Money]()
    for part in parts:
        theirs = left.split((part, rest - part))[0] if rest else left
        found.append(theirs)
        left, rest = left - theirs, rest - part
    return found


def _sum(credited: ShareCredited, amounts: Sequence[Money]) -> Money:
    return sum(amounts, Money(0, credited.gross.currency))


def evolve(state: State, event: Event) -> State:
    match event:
        case ShareCredited():
            return (
                Shared((event,)) if isinstance(state, Unshared) else replace(state, credited=(*state.credited, event))
            )
        case ShareTakenBack():
            return replace(state, back=(*state.back, event)) if isinstance(state, Shared) else state
        case _:
            assert_never(event)


SHARE = Decider[State, Command, Event]("share", Unshared(), decide, evolve)
