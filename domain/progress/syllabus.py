"""Which items a course has, and which of them are required: our own copy of what the catalog says."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from msgspec.structs import replace

from domain.kernel import AssessmentId, Decider, ItemId, Value
from domain.progress.events import (
    ItemBecameOptional,
    ItemBecameRequired,
    ItemEnteredSyllabus,
    ItemLeftSyllabus,
    ItemTiedToAssessment,
    ItemUntiedFromAssessment,
    Proof,
)
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


class Tie(Value):
    """Who passes this has done the item."""

    item: ItemId
    assessment: AssessmentId


class Untie(Value):
    item: ItemId
    assessment: AssessmentId


Command = AddItem | Require | MakeOptional | RemoveItem | Tie | Untie


class Syllabus(Value):
    """`proven` are items that are completed by evidence alone; those `tied`, by who passes that."""

    items: frozenset[ItemId] = frozenset()
    required: frozenset[ItemId] = frozenset()
    proven: frozenset[ItemId] = frozenset()
    tied: frozenset[tuple[ItemId, AssessmentId]] = frozenset()

    def tested_by(self, assessment: AssessmentId) -> tuple[ItemId, ...]:
        """The items that are done by who passes this."""
        return tuple(sorted(item for item, one in self.tied if one == assessment))


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
        case Syllabus(items, tied=tied), Tie(item, assessment) if item in items and (item, assessment) not in tied:
            yield ItemTiedToAssessment(item, assessment)
        case Syllabus(tied=tied), Untie(item, assessment) if (item, assessment) in tied:
            yield ItemUntiedFromAssessment(item)
        case _:
            return  # Already so, or of an item that is not there any more.


def evolve(state: State, event: Event) -> State:
    match event:
        case ItemEnteredSyllabus(item, required, proof):
            return replace(
                state,
                items=state.items | {item},
                required=state.required | {item} if required else state.required - {item},
                proven=state.proven | {item} if proof == "evidence" else state.proven - {item},
            )
        case ItemBecameRequired(item):
            return replace(state, required=state.required | {item})
        case ItemBecameOptional(item):
            return replace(state, required=state.required - {item})
        case ItemLeftSyllabus(item):
            tied = _without(state, item)
            return Syllabus(state.items - {item}, state.required - {item}, state.proven - {item}, tied)
        case ItemTiedToAssessment(item, assessment):
            return replace(state, tied=_without(state, item) | {(item, assessment)})
        case ItemUntiedFromAssessment(item):
            return replace(state, tied=_without(state, item))
        case _:
            assert_never(event)


def _without(state: State, item: ItemId) -> frozenset[tuple[ItemId, AssessmentId]]:
    return frozenset((one, assessment) for one, assessment in state.tied if one != item)


SYLLABUS = Decider[State, Command, Event]("syllabus", Syllabus(), decide, evolve)
