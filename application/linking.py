"""What an item and its file owe each other: both are told of a link in one append."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from application.ledger import Conflict
from application.outlines import Decision
from domain.catalog.outline import OUTLINE, LinkFile, Outline, UnlinkFile
from domain.files.file import FILE, Link, Unlink
from domain.kernel import CourseId, FileId, ItemId, PersonId


def link_of_item(course: CourseId, item: ItemId) -> str:
    """How a file calls an item that it is linked to."""
    return f"item:{course}:{item}"


def linking(course: CourseId, item: ItemId, file: FileId, owner: PersonId | None, seen: Outline) -> Decision:
    """To let what an item is be in a file. `owner` is whose it has to be, if that matters; `seen` is the outline."""
    before = seen.files.get(item)
    command, link = LinkFile(item, file), link_of_item(course, item)
    others = () if before in {None, file} else (FILE.at(str(before)),)

    def decide(outline: Outline, state: Any, *old: Any) -> Iterator[tuple[int, Any]]:
        if outline.files.get(item) != before:
            raise Conflict(f"item {item} moved")
        yield from ((0, event) for event in OUTLINE.decide(outline, command))
        yield from ((1, event) for event in FILE.decide(state, Link(link, owner)))
        for one in old:
            yield from ((2, event) for event in FILE.decide(one, Unlink(link)))

    return Decision((OUTLINE.at(course), FILE.at(file), *others), decide, command)


def unlinking(course: CourseId, item: ItemId, file: FileId) -> Decision:
    """To let what an item is be in this file no longer."""
    command = UnlinkFile(item, file)

    def decide(outline: Outline, state: Any) -> Iterator[tuple[int, Any]]:
        yield from ((0, event) for event in OUTLINE.decide(outline, command))
        yield from ((1, event) for event in FILE.decide(state, Unlink(link_of_item(course, item))))

    return Decision((OUTLINE.at(course), FILE.at(file)), decide, command)


def letting_go(course: CourseId, item: ItemId, file: FileId) -> tuple[Decision, tuple[Any, ...]]:
    """To forget that a file is what an item is, which went; unless it was linked again since."""
    unlink = Unlink(link_of_item(course, item))

    def decide(state: Any, outline: Outline) -> Iterator[tuple[int, Any]]:
        if outline.files.get(item) != file:
            yield from ((0, event) for event in FILE.decide(state, unlink))

    return Decision((FILE.at(file),), decide, unlink), (OUTLINE.at(course),)
