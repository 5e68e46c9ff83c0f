"""All that one person has here, which goes when they are erased."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from domain.files.events import BelongingsErased, ErasureOfBelongingsOrdered
from domain.files.events import BelongingsEvent as Event
from domain.kernel import Decider, Value


class OrderErasure(Value):
    pass


class TellErased(Value):
    files: int
    papers: int


Command = OrderErasure | TellErased


class Kept(Value, tag=True):
    """Nobody asked for it to go; or it went, and there may be more by now."""


class Going(Value, tag=True):
    """It is being erased."""


State = Kept | Going


def decide(state: State, command: Command) -> Iterator[Event]:
    match state, command:
        case Kept(), OrderErasure():
            yield ErasureOfBelongingsOrdered()
        case Going(), TellErased(files, papers):
            yield BelongingsErased(files, papers)
        case _:
            return  # Already so.


def evolve(state: State, event: Event) -> State:
    del state
    match event:
        case ErasureOfBelongingsOrdered():
            return Going()
        case BelongingsErased():
            return Kept()
        case _:
            assert_never(event)


BELONGINGS = Decider[State, Command, Event]("belongings", Kept(), decide, evolve)
