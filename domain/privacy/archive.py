"""What was put away together: a file, what is in it, and that it was brought back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from domain.kernel import Decider, Moment, Rejected, Value
from domain.privacy.events import ArchiveEvent as Event
from domain.privacy.events import DataArchived, DataClass, DataRestored, RestoreAsked, RestoreFailed


class TellArchived(Value):
    data_class: DataClass
    kept: str
    sha256: str
    bytes: int
    items: tuple[str, ...]
    first_at: Moment
    last_at: Moment


class AskRestore(Value):
    pass


class TellRestored(Value):
    items: int


class TellFailed(Value):
    why: str


Command = TellArchived | AskRestore | TellRestored | TellFailed


class Unknown(Value, tag=True):
    """There is no such archive."""


class Archived(Value, tag=True):
    kept: str
    sha256: str


class Restoring(Value, tag=True):
    """What is in it is being brought back."""

    kept: str
    sha256: str


State = Unknown | Archived | Restoring


def decide(state: State, command: Command) -> Iterator[Event]:
    match state, command:
        case Unknown(), TellArchived(data_class, kept, sha256, length, items, first_at, last_at):
            yield DataArchived(data_class, kept, sha256, length, items, first_at, last_at)
        case Archived(), AskRestore():
            yield RestoreAsked()
        case Restoring(), TellRestored(items):
            yield DataRestored(items)
        case Restoring(), TellFailed(why):
            yield RestoreFailed(why)
        case Unknown(), AskRestore() | TellRestored() | TellFailed():
            raise Rejected("archive.not_found", "there is no such archive")
        case _:
            return  # Already so.


def evolve(state: State, event: Event) -> State:
    match event:
        case DataArchived(kept=kept, sha256=sha256):
            return Archived(kept, sha256)
        case _ if isinstance(state, Unknown):
            return state
        case RestoreAsked():
            return Restoring(state.kept, state.sha256)
        case DataRestored() | RestoreFailed():
            return Archived(state.kept, state.sha256)
        case _:
            assert_never(event)


ARCHIVE = Decider[State, Command, Event]("archive", Unknown(), decide, evolve)
