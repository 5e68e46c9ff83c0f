"""One learner in the items of one course, from the first that is started to the last that is required."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import assert_never

import msgspec

from domain.kernel import Decider, ItemId, Rejected, Value
from domain.progress.events import CourseItemsCompleted, ItemCompleted, ItemProgressed, ItemStarted, Reached
from domain.progress.events import ProgressEvent as Event
from domain.progress.syllabus import Syllabus


class Report(Value):
    """How far one has come in an item of this syllabus."""

    item: ItemId
    reach: Reached
    syllabus: Syllabus


class Complete(Value):
    """It is done, on the word of who learns."""

    item: ItemId
    syllabus: Syllabus


class Prove(Value):
    """It is done, and there is evidence of that."""

    item: ItemId
    syllabus: Syllabus


class Reassess(Value):
    """Look again whether all is done that is required by now."""

    syllabus: Syllabus


Command = Report | Complete | Prove | Reassess


class Part(Value):
    """One item, as far as it is done. Every sitting has its own seconds, so that none is counted twice."""

    percent: int = 0
    position: int = 0
    sittings: dict[str, int] = msgspec.field(default_factory=dict[str, int])
    done: bool = False

    @property
    def seconds(self) -> int:
        """How long it was studied, all in all."""
        return sum(self.sittings.values())


Parts = dict[ItemId, Part]


class Studying(Value, tag=True):
    parts: Parts = msgspec.field(default_factory=dict[ItemId, Part])


class Finished(Value, tag=True):
    """Everything that was required is done. More can be done, and nothing is taken back."""

    parts: Parts = msgspec.field(default_factory=dict[ItemId, Part])


State = Studying | Finished


def decide(state: State, command: Command) -> Iterator[Event]:
    match state, command:
        case _, Report(item, syllabus=syllabus) | Complete(item, syllabus) | Prove(item, syllabus) if (
            item not in syllabus.items
        ):
            raise Rejected("progress.unknown_item", f"item {item} is not part of this course")
        case Studying(parts) | Finished(parts), Complete(item, syllabus) if item in syllabus.proven and not _is_done(
            parts, item
        ):
            raise Rejected("progress.evidence_needed", f"item {item} is completed by evidence, and by nobody's word")
        case Studying(parts) | Finished(parts), Report(item, reach, syllabus):
            yield from _reached(item, parts.get(item), reach)
            is_at_end = reach.percent == 100 and item not in syllabus.proven  # noqa: PLR2004 — as percent go
            is_whole = is_at_end and not _is_done(parts, item)
            if is_whole:
                yield ItemCompleted(item)
            if isinstance(state, Studying) and _all_done(parts, syllabus, item if is_whole else None):
                yield CourseItemsCompleted()
        case Studying(parts) | Finished(parts), Complete(item, syllabus) | Prove(item, syllabus):
            if not _is_done(parts, item):
                yield ItemCompleted(item)
            if isinstance(state, Studying) and _all_done(parts, syllabus, item):
                yield CourseItemsCompleted()
        case Studying(parts), Reassess(syllabus) if _all_done(parts, syllabus):
            yield CourseItemsCompleted()
        case _:
            return  # It is so already, or not yet.


def _reached(item: ItemId, part: Part | None, reach: Reached) -> Iterator[Event]:
    """What a reach says that was not known. It may come twice, and after later ones."""
    if part is None:
        yield ItemStarted(item, reach)
        return
    known = part.sittings.get(reach.sitting)
    is_later = known is None or reach.seconds > known
    if is_later or reach.percent > part.percent:
        percent = max(part.percent, reach.percent)
        position = reach.position if is_later else part.position
        seconds = reach.seconds if known is None else max(known, reach.seconds)
        yield ItemProgressed(item, Reached(percent, position, reach.sitting, seconds))


def _is_done(parts: Mapping[ItemId, Part], item: ItemId) -> bool:
    part = parts.get(item)
    return part is not None and part.done


def _all_done(parts: Mapping[ItemId, Part], syllabus: Syllabus, just: ItemId | None = None) -> bool:
    """Whether all that is required is done, with what was done just now."""
    return bool(syllabus.required) and all(item == just or _is_done(parts, item) for item in syllabus.required)


def evolve(state: State, event: Event) -> State:
    match event:
        case ItemStarted(item, reach) | ItemProgressed(item, reach):
            return _with(state, item, _reaching(state.parts.get(item, Part()), reach))
        case ItemCompleted(item):
            part = state.parts.get(item, Part())
            return _with(state, item, Part(100, part.position, part.sittings, done=True))
        case CourseItemsCompleted():
            return Finished(state.parts)
        case _:
            assert_never(event)


def _reaching(part: Part, reach: Reached) -> Part:
    seconds = max(part.sittings.get(reach.sitting, reach.seconds), reach.seconds)
    sittings = {**part.sittings, reach.sitting: seconds}
    return Part(max(part.percent, reach.percent), reach.position, sittings, part.done)


def _with(state: State, item: ItemId, part: Part) -> State:
    parts = {**state.parts, item: part}
    return Studying(parts) if isinstance(state, Studying) else Finished(parts)


PROGRESS = Decider[State, Command, Event]("progress", Studying(), decide, evolve, state=State, snapshot_every=200)
