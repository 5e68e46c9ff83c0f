"""How long one class of data is kept at hand, and what holds it there longer."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import assert_never

from msgspec.structs import replace

from domain.kernel import Decider, Moment, Value
from domain.privacy.events import (
    ArchivingHeldBack,
    Days,
    RetentionFellDue,
    RetentionHeld,
    RetentionReleased,
    RetentionSet,
)
from domain.privacy.events import RetentionEvent as Event

EVERY = timedelta(days=1)
"""So often it is looked whether anything is due."""


class SetRetention(Value):
    days: Days
    at: Moment


class Hold(Value):
    hold: str
    reason: str


class Release(Value):
    hold: str


class FallDue(Value):
    """`due` is when it was to be looked; of any other time than what was said last, nothing comes."""

    due: Moment


Command = SetRetention | Hold | Release | FallDue


class Retaining(Value):
    """Without `days` it is kept for ever."""

    days: Days | None = None
    due: Moment | None = None
    holds: tuple[str, ...] = ()


State = Retaining


def decide(state: State, command: Command) -> Iterator[Event]:
    match state, command:
        case Retaining(), SetRetention(days, at) if days != state.days:
            yield RetentionSet(days, at)
        case Retaining(), Hold(hold, reason) if hold not in state.holds:
            yield RetentionHeld(hold, reason)
        case Retaining(), Release(hold) if hold in state.holds:
            yield RetentionReleased(hold)
        case Retaining(days=int() as days), FallDue(due) if due == state.due:
            if state.holds:
                yield ArchivingHeldBack(_next(due))
            else:
                yield RetentionFellDue(_before(due, days), _next(due))
        case _:
            return  # Already so, or it is looked at another time.


def _next(due: Moment) -> Moment:
    """When it is looked again, or the last of all moments."""
    return due + min(EVERY, datetime.max.replace(tzinfo=UTC) - due)


def _before(due: Moment, days: int) -> Moment:
    """So many days before, or the first of all moments."""
    return due - min(timedelta(days=days), due - datetime.min.replace(tzinfo=UTC))


def evolve(state: State, event: Event) -> State:
    match event:
        case RetentionSet(days, due):
            return replace(state, days=days, due=due)
        case RetentionHeld(hold):
            return replace(state, holds=(*state.holds, hold))
        case RetentionReleased(hold):
            return replace(state, holds=tuple(one for one in state.holds if one != hold))
        case RetentionFellDue(next=due) | ArchivingHeldBack(due):
            return replace(state, due=due)
        case _:
            assert_never(event)


RETENTION = Decider[State, Command, Event]("retention", Retaining(), decide, evolve)
