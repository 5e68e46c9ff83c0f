"""What one learner reached in one assessment."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from domain.assessment.assessment import Drafted, Published, missing
from domain.assessment.assessment import State as Assessment
from domain.assessment.assessment import Unknown as NoAssessment
from domain.assessment.events import ResultRecorded as Event
from domain.kernel import CourseId, Decider, Rejected, Value


class Record(Value):
    """That they reached so many points in what their course asks."""

    course: CourseId
    points: int
    assessment: Assessment


Command = Record


class Unmarked(Value, tag=True):
    """Nothing was recorded of them."""


class Marked(Value, tag=True):
    points: int
    of: int
    passed: bool


State = Unmarked | Marked


def decide(state: State, command: Command) -> Iterator[Event]:
    match state, command:
        case _, Record(assessment=NoAssessment()):
            raise missing()
        case _, Record(course, assessment=Drafted(of) | Published(of)) if of != course:
            raise missing()
        case _, Record(course, points, Published(_, terms)) if 0 <= points <= terms.points:
            now = Marked(points, terms.points, points >= terms.enough)
            if state != now:
                yield Event(course, now.points, now.of, now.passed)
        case _, Record(assessment=Published(_, terms)):
            raise Rejected("assessment.points", f"there are from 0 to {terms.points} points to reach")
        case _:
            raise Rejected("assessment.not_published", "results are recorded of what is published")


def evolve(state: State, event: Event) -> State:
    del state
    match event:
        case Event(_, points, of, passed):
            return Marked(points, of, passed)
        case _:
            assert_never(event)


RESULT = Decider[State, Command, Event]("result", Unmarked(), decide, evolve)
