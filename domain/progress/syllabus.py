"""Which items a course has, and which of them are required: our own copy of what the catalog says."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from msgspec.structs import replace

from domain.kernel import Decider, ItemId, Value
from domain.progress.events import ItemBecameOptional, ItemBecameRequired, ItemEnteredSyllabus, ItemLeftSyllabus, Proof
from domain.progress.events import SyllabusEvent as Event


class AddItem(Value):
    item: ItemId
    required: bool
    proof: Proof = "word"


class Require(Value):
    item: ItemId


class MakeOptional(Value):
    item: ItemId


class RemoveItem(Value):
    item: ItemId


Command = AddItem | Require | MakeOptional | RemoveItem


class Syllabus(Value):
    """`proven` are items that are completed by evidence alone."""

    items: frozenset[ItemId] = frozenset()
    required: frozenset[ItemId] = frozenset()
    proven: frozenset[ItemId] = frozenset()


State = Syllabus


def decide(state: State, command: Command) -> Iterator[Event]:
    match state, command:
        case Syllabus(items), AddItem(item, required, proof) if item not in items:
            yield ItemEnteredSyllabus(item, required, proof)
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
        case ItemEnteredSyllabus(item, required, proof):
            return Syllabus(
                state.items | {item},
                state.required | {item} if required else state.required - {item},
                state.proven | {item} if proof == "evidence" else state.proven - {item},
            )
        case ItemBecameRequired(item):
            return replace(state, required=state.required | {item})
        case ItemBecameOptional(item):
            return replace(state, required=state.required - {item})
        case ItemLeftSyllabus(item):
            return Syllabus(state.items - {item}, state.required - {item}, state.proven - {item})
        case _:
            assert_never(event)


SYLLABUS = Decider[State, Command, Event]("syllabus", Syllabus(), decide, evolve)
