"""Which items a course has, and which of them are required: our own copy of what the catalog says."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from domain.kernel import Decider, ItemId, Value
from domain.progress.events import ItemBecameOptional, ItemBecameRequired, ItemEnteredSyllabus, ItemLeftSyllabus
from domain.progress.events import SyllabusEvent as Event


class AddItem(Value):
    item: ItemId
    required: bool


class Require(Value):
    item: ItemId


class MakeOptional(Value):
    item: ItemId


class RemoveItem(Value):
    item: ItemId


Command = AddItem | Require | MakeOptional | RemoveItem


class Syllabus(Value):
    items: frozenset[ItemId] = frozenset()
    required: frozenset[ItemId] = frozenset()


State = Syllabus


def decide(state: State, command: Command) -> Iterator[Event]:
    match state, command:
        case Syllabus(items), AddItem(item, required) if item not in items:
            yield ItemEnteredSyllabus(item, required)
        case Syllabus(items, required), Require(item) if item in items - required:
            yield ItemBecameRequired(item)
        case Syllabus(required=required), MakeOptional(item) if item in required:
            yield ItemBecameOptional(item)
        case Syllabus(items), RemoveItem(item) if item in items:
            yield ItemLeftSyllabus(item)
        case _:
            return  # Already so, or of an item that is not there any more.


def evolve(state: State, event: Event) -> State:
    match event:
        case ItemEnteredSyllabus(item, required):
            return Syllabus(state.items | {item}, state.required | {item} if required else state.required - {item})
        case ItemBecameRequired(item):
            return Syllabus(state.items, state.required | {item})
        case ItemBecameOptional(item):
            return Syllabus(state.items, state.required - {item})
        case ItemLeftSyllabus(item):
            return Syllabus(state.items - {item}, state.required - {item})
        case _:
            assert_never(event)


SYLLABUS = Decider[State, Command, Event]("syllabus", Syllabus(), decide, evolve)
