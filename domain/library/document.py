"""One document, from being added to being deleted."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from msgspec.structs import replace

from domain.kernel import CourseId, Decider, FileId, PersonId, Rejected, Value
from domain.library.events import (
    DocumentAdded,
    DocumentDeleted,
    DocumentExtractionFailed,
    DocumentRenamed,
    DocumentShared,
    DocumentSharingEnded,
    DocumentTextExtracted,
    Event,
)

TYPES = frozenset(
    {
        "application/pdf",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "text/plain",
    }
)


class Add(Value):
    owner: PersonId
    title: str
    file: FileId
    type: str
    kept: str


class TellText(Value):
    owner: PersonId
    pages: int
    words: int
    topics: str


class TellFailed(Value):
    why: str


class Rename(Value):
    """`owner` is whose it is said to be, here and below: what is another's is not found."""

    owner: PersonId
    title: str


class Share(Value):
    owner: PersonId
    course: CourseId


class EndSharing(Value):
    owner: PersonId
    course: CourseId


class Delete(Value):
    owner: PersonId


Command = Add | TellText | TellFailed | Rename | Share | EndSharing | Delete


class Unknown(Value, tag=True):
    """Nothing was ever added here."""


class There(Value, tag=True):
    owner: PersonId
    title: str
    file: FileId
    read: bool = False
    """Whether its text was extracted, or cannot be."""
    shared: tuple[CourseId, ...] = ()


class Deleted(Value, tag=True):
    """It is gone."""


State = Unknown | There | Deleted


def decide(state: State, command: Command) -> Iterator[Event]:
    match state, command:
        case Unknown(), Add(type=type) if type not in TYPES:
            raise Rejected("document.type_refused", "a document is a PDF, a DOCX, or text")
        case Unknown(), Add(owner, title, file, type, kept):
            yield DocumentAdded(owner, title, file, type, kept)
        case There(read=False), TellText(owner, pages, words, topics):
            yield DocumentTextExtracted(owner, pages, words, topics)
        case There(read=False), TellFailed(why):
            yield DocumentExtractionFailed(why)
        case There(owner=owner), (Rename(who) | Share(who) | EndSharing(who) | Delete(who)) if who != owner:
            raise missing()
        case There(title=old), Rename(owner, title) if title != old:
            yield DocumentRenamed(owner, title)
        case There(shared=shared), Share(_, course) if course not in shared:
            yield DocumentShared(course)
        case There(shared=shared), EndSharing(_, course) if course in shared:
            yield DocumentSharingEnded(course)
        case There(owner, _, file), Delete():
            yield DocumentDeleted(owner, file)
        case Unknown(), Rename() | Share() | EndSharing() | Delete():
            raise missing()
        case Deleted(), Add() | Rename() | Share() | EndSharing():
            raise missing()
        case Unknown() | Deleted(), TellText() | TellFailed():
            raise missing()
        case There(file=has), Add(file=file) if file != has:
            raise Rejected("document.exists", "there is a document with this id, and it is another")
        case _:
            return  # Already so. Saying it twice changes nothing.


def missing() -> Rejected:
    return Rejected("document.not_found", "there is no such document")


def evolve(state: State, event: Event) -> State:
    match event:
        case DocumentAdded(owner, title, file):
            return There(owner, title, file)
        case DocumentDeleted():
            return Deleted()
        case _:
            if isinstance(state, Unknown | Deleted):
                return state
    match event:
        case DocumentTextExtracted() | DocumentExtractionFailed():
            return replace(state, read=True)
        case DocumentRenamed(title=title):
            return replace(state, title=title)
        case DocumentShared(course):
            return replace(state, shared=(*state.shared, course))
        case DocumentSharingEnded(course):
            return replace(state, shared=tuple(one for one in state.shared if one != course))
        case _:
            assert_never(event)


DOCUMENT = Decider[State, Command, Event]("document", Unknown(), decide, evolve)
