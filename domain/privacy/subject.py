"""Whose data it is: held where the law wants that, and erased when they ask for it. Both on one stream."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from domain.kernel import Decider, Moment, PersonId, Rejected, Value
from domain.privacy.events import (
    ErasureAsked,
    ErasureSettled,
    HoldLifted,
    HoldPlaced,
    KeyDestroyed,
    PartErased,
    PersonErased,
)
from domain.privacy.events import SubjectEvent as Event


class PlaceHold(Value):
    person: PersonId
    hold: str
    reason: str


class LiftHold(Value):
    hold: str


class AskErasure(Value):
    """`parts` are those that have to say that they have nothing left."""

    person: PersonId
    parts: tuple[str, ...]


class TellKeyDestroyed(Value):
    settled_at: Moment


class Settle(Value):
    """Nobody remembers the key any more."""


class TellErased(Value):
    part: str
    thrown_away: int


Command = PlaceHold | LiftHold | AskErasure | TellKeyDestroyed | Settle | TellErased


class Kept(Value, tag=True):
    """Nobody asked for their erasure. `holds` are why it would be refused."""

    holds: tuple[tuple[PersonId, str], ...] = ()


class Asked(Value, tag=True):
    """Their key is about to be destroyed."""

    person: PersonId
    parts: tuple[str, ...]


class Unreadable(Value, tag=True):
    """Their key is gone."""

    person: PersonId
    parts: tuple[str, ...]


class Erasing(Value, tag=True):
    """These parts have not said yet that they have nothing left."""

    person: PersonId
    parts: tuple[str, ...]


class Erased(Value, tag=True):
    """Nothing leads to them any more."""


State = Kept | Asked | Unreadable | Erasing | Erased


def decide(state: State, command: Command) -> Iterator[Event]:
    match state, command:
        case Kept(holds), PlaceHold(person, hold, reason):
            if (person, hold) not in holds:
                yield HoldPlaced(person, hold, reason)
        case Kept(holds), LiftHold(hold):
            yield from (HoldLifted(person, held) for person, held in holds if held == hold)
        case Kept(()), AskErasure(person, parts):
            yield ErasureAsked(person, tuple(dict.fromkeys(parts)))
        case Kept(), AskErasure():
            raise Rejected("erasure.held", "the law wants this data, until that hold is lifted")
        case Asked(person), TellKeyDestroyed(settled_at):
            yield KeyDestroyed(person, settled_at)
        case Unreadable(person, parts), Settle():
            yield ErasureSettled(person, parts)
            if not parts:
                yield PersonErased(person)
        case Erasing(person, parts), TellErased(part, thrown_away) if part in parts:
            yield PartErased(person, part, thrown_away)
            if len(parts) == 1:
                yield PersonErased(person)
        case (Unreadable() | Erasing() | Erased(), TellKeyDestroyed()) | (
            Erasing() | Erased(),
            Settle() | TellErased(),
        ):
            return  # Already so.
        case (Asked() | Unreadable() | Erasing() | Erased(), AskErasure() | LiftHold()):
            return
        case (Asked() | Unreadable() | Erasing() | Erased(), PlaceHold()):
            raise _erased()
        case _:
            raise Rejected("erasure.not_asked", "their erasure has not come so far")


def refuse_erased(state: State) -> None:
    """Nothing is begun with who was erased, or is being erased."""
    if not isinstance(state, Kept):
        raise _erased()


def _erased() -> Rejected:
    return Rejected("person.erased", "the data of this person were erased, or are being erased")


def evolve(state: State, event: Event) -> State:
    match event:
        case HoldPlaced(person, hold):
            return Kept((*(state.holds if isinstance(state, Kept) else ()), (person, hold)))
        case HoldLifted(hold=hold):
            return Kept(tuple(one for one in (state.holds if isinstance(state, Kept) else ()) if one[1] != hold))
        case ErasureAsked(person, parts):
            return Asked(person, parts)
        case KeyDestroyed(person):
            return Unreadable(person, state.parts if isinstance(state, Asked) else ())
        case ErasureSettled(person, parts):
            return Erasing(person, parts)
        case PartErased(person, part):
            left = state.parts if isinstance(state, Erasing) else ()
            return Erasing(person, tuple(one for one in left if one != part))
        case PersonErased():
            return Erased()
        case _:
            assert_never(event)


SUBJECT = Decider[State, Command, Event]("subject", Kept(), decide, evolve)
