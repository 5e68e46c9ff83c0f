"""What a creator has of one payment. A share and its fee are together what was paid, to the last unit."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from msgspec.structs import replace

from domain.creators.events import Cause, ShareCredited, ShareTakenBack, Source
from domain.creators.events import ShareEvent as Event
from domain.kernel import Decider, PersonId, Rejected, Value
from domain.money import Money

WHOLE = 10_000
"""A fee is said in parts of this: 1000 are ten of a hundred."""


class CreditShare(Value):
    creator: PersonId
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
    credited: ShareCredited
    back: tuple[ShareTakenBack, ...] = ()


State = Unshared | Shared


def decide(state: State, command: Command) -> Iterator[Event]:
    match state, command:
        case Unshared(), CreditShare(gross=gross, fee_parts=parts) if gross.amount <= 0 or not 0 <= parts <= WHOLE:
            raise Rejected("share.not_possible", "a share is of more than nothing, and a fee no more than all")
        case Unshared(), CreditShare(creator, source, about, gross, fee_parts):
            share, fee = gross.split((WHOLE - fee_parts, fee_parts))
            yield ShareCredited(creator, source, about, gross, share, fee)
        case Shared(credited, back), TakeShareBack(what=what) if all(one.what != what for one in back):
            yield _taken_back(credited, back, command)
        case _:
            return  # It is so already, or there is nothing to take back.


def _taken_back(credited: ShareCredited, back: tuple[ShareTakenBack, ...], command: TakeShareBack) -> ShareTakenBack:
    """Of all that was given back by now the creator bears their part, so of all that was paid they bear their share."""
    before = sum(one.gross.amount for one in back)
    more = min(command.gross.amount, credited.gross.amount - before)
    if command.gross.currency != credited.gross.currency or more <= 0:
        raise Rejected("share.not_possible", "no more is given back than was paid")
    borne = _part(credited, before + more).amount - sum(one.share.amount for one in back)
    gross, share = (Money(amount, credited.gross.currency) for amount in (more, borne))
    return ShareTakenBack(credited.creator, credited.source, command.cause, command.what, gross, share, gross - share)


def _part(credited: ShareCredited, gross: int) -> Money:
    return Money(gross, credited.gross.currency).split((credited.share.amount, credited.fee.amount))[0]


def evolve(state: State, event: Event) -> State:
    match event:
        case ShareCredited():
            return Shared(event)
        case ShareTakenBack():
            return replace(state, back=(*state.back, event)) if isinstance(state, Shared) else state
        case _:
            assert_never(event)


SHARE = Decider[State, Command, Event]("share", Unshared(), decide, evolve)
