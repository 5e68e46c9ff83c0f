"""One file, from being uploaded to being deleted."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from msgspec.structs import replace

from domain.files.events import (
    FileDeleted,
    FileFoundInfected,
    FileLinked,
    FileRenamed,
    FileScanErrored,
    FileScannedClean,
    FileScanStarted,
    FileUnlinked,
    FileUploaded,
)
from domain.files.events import FileEvent as Event
from domain.kernel import Decider, PersonId, Rejected, Value


class Upload(Value):
    owner: PersonId
    name: str
    type: str
    bytes: int
    sha256: str
    kept: str


class StartScan(Value):
    pass


class TellClean(Value):
    pass


class TellInfected(Value):
    found: str


class TellUnscanned(Value):
    why: str


class Rename(Value):
    """`owner` is whose it is said to be, here and below: what is another's is not found."""

    owner: PersonId
    name: str


class Link(Value):
    """Only to what belongs to nobody in particular, or with the owner's own hand: `owner`."""

    to: str
    owner: PersonId | None = None


class Unlink(Value):
    to: str


class Delete(Value):
    owner: PersonId


class Erase(Value):
    """Delete it, whatever is made of it."""


Command = Upload | StartScan | TellClean | TellInfected | TellUnscanned | Rename | Link | Unlink | Delete | Erase


class Unknown(Value, tag=True):
    """Nothing was ever uploaded here."""


class About(Value):
    owner: PersonId
    name: str
    type: str
    kept: str
    links: tuple[str, ...] = ()


class Quarantined(Value, tag=True):
    about: About


class Scanning(Value, tag=True):
    about: About


class Unscanned(Value, tag=True):
    """Nobody could tell. It is as good as in quarantine."""

    about: About


class Clean(Value, tag=True):
    about: About


class Infected(Value, tag=True):
    about: About


class Deleted(Value, tag=True):
    """It is gone, and never comes back."""


Waiting = Quarantined | Scanning | Unscanned
There = Waiting | Clean | Infected
State = Unknown | There | Deleted


def decide(state: State, command: Command) -> Iterator[Event]:
    match state, command:
        case Unknown(), Upload(owner, name, type, bytes, sha256, kept):
            yield FileUploaded(owner, name, type, bytes, sha256, kept)
        case Quarantined() | Unscanned(), StartScan():
            yield FileScanStarted()
        case Quarantined() | Scanning(), TellUnscanned(why):
            yield FileScanErrored(why)
        case Quarantined() | Scanning() | Unscanned(), TellClean():
            yield FileScannedClean()
        case Quarantined() | Scanning() | Unscanned(), TellInfected(found):
            yield FileFoundInfected(found)
        case Unknown() | Deleted(), Erase() | Unlink() | StartScan() | TellClean() | TellInfected() | TellUnscanned():
            return  # What is not there needs nothing more.
        case Unknown() | Deleted(), Rename() | Link() | Delete():
            raise missing()
        case Quarantined() | Scanning() | Unscanned() | Clean() | Infected(), _:
            yield from _of(state, state.about, command)
        case _:
            return  # It was uploaded.


def _of(state: There, about: About, command: Command) -> Iterator[Event]:
    """What follows of a file that is there, whatever was found in it."""
    match command:
        case Rename(owner) | Link(owner=owner) | Delete(owner) if owner not in {None, about.owner}:
            raise missing()
        case Rename(owner, name) if name != about.name:
            yield FileRenamed(owner, name)
        case Link() if not isinstance(state, Clean):
            raise Rejected("file.not_clean", "it was not found clean, so nothing is made of it")
        case Link(to) if to not in about.links:
            yield FileLinked(to)
        case Unlink(to) if to in about.links:
            yield FileUnlinked(to)
        case Delete() if about.links:
            raise Rejected("file.linked", f"it is linked: {', '.join(about.links)}; unlink it first")
        case Delete() | Erase():
            yield FileDeleted(about.owner, about.kept, about.links)
        case _:
            return  # Already so. A verdict stands, and content is uploaded once.


def missing() -> Rejected:
    return Rejected("file.not_found", "there is no such file")


def evolve(state: State, event: Event) -> State:
    match event:
        case FileUploaded(owner, name, type, kept=kept):
            return Quarantined(About(owner, name, type, kept))
        case FileDeleted():
            return Deleted()
        case _:
            if isinstance(state, Unknown | Deleted):
                return state
    match event:
        case FileScanStarted():
            return Scanning(state.about)
        case FileScannedClean():
            return Clean(state.about)
        case FileFoundInfected():
            return Infected(state.about)
        case FileScanErrored():
            return Unscanned(state.about)
        case FileRenamed(name=name):
            return replace(state, about=replace(state.about, name=name))
        case FileLinked(to):
            return replace(state, about=replace(state.about, links=(*state.about.links, to)))
        case FileUnlinked(to):
            left = tuple(one for one in state.about.links if one != to)
            return replace(state, about=replace(state.about, links=left))
        case _:
            assert_never(event)


FILE = Decider[State, Command, Event]("file", Unknown(), decide, evolve)
