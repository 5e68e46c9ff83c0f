"""Many who are enrolled at once, from a list: what was ordered, and how far it has come."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from msgspec.structs import replace

from domain.enrollments.events import BulkEnrollmentFinished, BulkEnrollmentOrdered, BulkRowsHandled, RowTold
from domain.enrollments.events import BulkEvent as Event
from domain.kernel import CourseId, Decider, LearnerId, LessonId, Moment, SecretId, SectionId, Value


class OrderBulk(Value):
    course: CourseId
    source: SecretId | None = None
    lessons: tuple[LessonId, ...] = ()
    section: SectionId | None = None
    until: Moment | None = None
    resume: bool = False
    people: tuple[LearnerId, ...] = ()


class TellRows(Value):
    """These rows, from `first` on, have been handled."""

    first: int
    rows: tuple[RowTold, ...]


class FinishBulk(Value):
    """There are no more."""

    errors: SecretId | None


Command = OrderBulk | TellRows | FinishBulk


class Unordered(Value, tag=True):
    """Nobody has ordered it."""


class Running(Value, tag=True):
    """`handled` rows are done; the lines of those that were refused, each with why."""

    order: BulkEnrollmentOrdered
    handled: int = 0
    refused: tuple[tuple[int, str], ...] = ()


class Finished(Value, tag=True):
    handled: int


State = Unordered | Running | Finished


def decide(state: State, command: Command) -> Iterator[Event]:
    match state, command:
        case Unordered(), OrderBulk(course, source, lessons, section, until, resume, people):
            yield BulkEnrollmentOrdered(course, source, lessons, section, until, resume, people)
        case Running(handled=handled), TellRows(first, rows) if first == handled and rows:
            yield BulkRowsHandled(first, rows)
        case Running(handled=handled), FinishBulk(errors):
            yield BulkEnrollmentFinished(handled, errors)
        case _:
            return  # It was ordered, handled or finished before.


def evolve(state: State, event: Event) -> State:
    match event:
        case BulkEnrollmentOrdered():
            return Running(event)
        case BulkRowsHandled(_, rows):
            if not isinstance(state, Running):
                return state
            refused = tuple((row.line, row.code or "") for row in rows if row.outcome == "refused")
            return replace(state, handled=state.handled + len(rows), refused=state.refused + refused)
        case BulkEnrollmentFinished(rows):
            return Finished(rows)
        case _:
            assert_never(event)


BULK = Decider[State, Command, Event]("bulk", Unordered(), decide, evolve)
