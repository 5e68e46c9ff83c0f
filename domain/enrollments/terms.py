"""On what terms one enrols on a course: whether at all, whether for money, and after which other courses."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from msgspec.structs import replace

from domain.enrollments.events import EnrollingPriced, EnrollingResumed, EnrollingStopped, PrerequisitesSet
from domain.enrollments.events import TermsEvent as Event
from domain.kernel import CourseId, Decider, Rejected, Value


class SetPriced(Value):
    priced: bool


class Require(Value):
    """Have whoever enrols have graduated from these. `course` is the one that requires them."""

    course: CourseId
    courses: tuple[CourseId, ...]


class StopEnrolling(Value):
    """Let nobody enrol any more."""


class ResumeEnrolling(Value):
    """Let people enrol again."""


Command = SetPriced | Require | StopEnrolling | ResumeEnrolling


class Terms(Value):
    """Anybody may, for nothing, as long as nothing else was said."""

    priced: bool = False
    prerequisites: tuple[CourseId, ...] = ()
    stopped: bool = False


State = Terms


def decide(state: State, command: Command) -> Iterator[Event]:
    match state, command:
        case Terms(), Require(course, courses) if course in courses:
            raise Rejected("terms.circular", "no course is required for itself")
        case Terms(priced=now), SetPriced(priced) if priced != now:
            yield EnrollingPriced(priced)
        case Terms(prerequisites=now), Require(courses=courses) if set(courses) != set(now):
            yield PrerequisitesSet(tuple(sorted(set(courses))))
        case Terms(stopped=False), StopEnrolling():
            yield EnrollingStopped()
        case Terms(stopped=True), ResumeEnrolling():
            yield EnrollingResumed()
        case _:
            return  # It is so already.


def evolve(state: State, event: Event) -> State:
    match event:
        case EnrollingPriced(priced):
            return replace(state, priced=priced)
        case PrerequisitesSet(courses):
            return replace(state, prerequisites=courses)
        case EnrollingStopped():
            return replace(state, stopped=True)
        case EnrollingResumed():
            return replace(state, stopped=False)
        case _:
            assert_never(event)


TERMS = Decider[State, Command, Event]("terms", Terms(), decide, evolve)
