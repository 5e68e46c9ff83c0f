"""One export: all that is kept of somebody, asked for, made, and forgotten again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from domain.kernel import Decider, Moment, PersonId, Rejected, Value
from domain.privacy.events import ExportAsked, ExportDiscarded, ExportMade, Why
from domain.privacy.events import ExportEvent as Event


class Ask(Value):
    person: PersonId


class TellMade(Value):
    kept: str
    bytes: int
    sha256: str
    facts: int
    until: Moment


class Forget(Value):
    why: Why


Command = Ask | TellMade | Forget


class Unasked(Value, tag=True):
    """Nobody asked for it."""


class Asked(Value, tag=True):
    person: PersonId


class Made(Value, tag=True):
    person: PersonId
    kept: str


class Forgotten(Value, tag=True):
    """It is gone, and never made again."""


State = Unasked | Asked | Made | Forgotten


def decide(state: State, command: Command) -> Iterator[Event]:
    match state, command:
        case Unasked(), Ask(person):
            yield ExportAsked(person)
        case Asked(person), TellMade(kept, length, sha256, facts, until):
            yield ExportMade(person, kept, length, sha256, facts, until)
        case Asked(person), Forget(why):
            yield ExportDiscarded(person, why)
        case Made(person, kept), Forget(why):
            yield ExportDiscarded(person, why, kept)
        case (Asked() | Made() | Forgotten(), Ask()) | (Made() | Forgotten(), TellMade()) | (Forgotten(), Forget()):
            return  # Already so.
        case _:
            raise Rejected("export.not_found", "there is no such export")


def evolve(state: State, event: Event) -> State:
    del state
    match event:
        case ExportAsked(person):
            return Asked(person)
        case ExportMade(person, kept):
            return Made(person, kept)
        case ExportDiscarded():
            return Forgotten()
        case _:
            assert_never(event)


EXPORT = Decider[State, Command, Event]("export", Unasked(), decide, evolve)
