"""One assessment of a course, from its draft on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from domain.assessment.events import AssessmentDrafted, AssessmentPublished, AssessmentRevised, AssessmentWithdrawn
from domain.assessment.events import AssessmentEvent as Event
from domain.kernel import CourseId, Decider, Rejected, Value


class Terms(Value):
    """What it is called, how many points there are to reach, and how many are enough to pass."""

    title: str
    points: int
    enough: int


class Draft(Value):
    course: CourseId
    terms: Terms


class Revise(Value):
    course: CourseId
    terms: Terms


class Publish(Value):
    course: CourseId


class Withdraw(Value):
    course: CourseId


Command = Draft | Revise | Publish | Withdraw


class Unknown(Value, tag=True):
    """There is none by this id."""


class Drafted(Value, tag=True):
    """It is being written, or was withdrawn."""

    course: CourseId
    terms: Terms


class Published(Value, tag=True):
    """Results are recorded of it."""

    course: CourseId
    terms: Terms


State = Unknown | Drafted | Published


def decide(state: State, command: Command) -> Iterator[Event]:
    match state, command:
        case Unknown(), Draft(course, terms):
            _check(terms)
            yield AssessmentDrafted(course, terms.title, terms.points, terms.enough)
        case Drafted(of, has) | Published(of, has), Draft(course, terms) if (of, has) != (course, terms):
            raise Rejected("assessment.exists", "there is an assessment with this id, and it is another")
        case Unknown(), Revise() | Publish() | Withdraw():
            raise missing()
        case Drafted(of) | Published(of), (Revise(course) | Publish(course) | Withdraw(course)) if of != course:
            raise missing()
        case Published(_, has), Revise(_, terms) if terms != has:
            raise Rejected("assessment.published", "withdraw it first: what is published is revised by nobody")
        case Drafted(_, has), Revise(_, terms) if terms != has:
            _check(terms)
            yield AssessmentRevised(terms.title, terms.points, terms.enough)
        case Drafted(), Publish():
            yield AssessmentPublished()
        case Published(), Withdraw():
            yield AssessmentWithdrawn()
        case _:
            return  # Already so. Saying it twice changes nothing.


def missing() -> Rejected:
    return Rejected("assessment.not_found", "there is no such assessment")


def _check(terms: Terms) -> None:
    if not 0 < terms.enough <= terms.points:
        raise Rejected("assessment.never_passed", "it is passed with more than none and at most all of its points")


def evolve(state: State, event: Event) -> State:
    match event:
        case AssessmentDrafted(course, title, points, enough):
            return Drafted(course, Terms(title, points, enough))
        case _:
            if isinstance(state, Unknown):
                return state
    match event:
        case AssessmentRevised(title, points, enough):
            return Drafted(state.course, Terms(title, points, enough))
        case AssessmentPublished():
            return Published(state.course, state.terms)
        case AssessmentWithdrawn():
            return Drafted(state.course, state.terms)
        case _:
            assert_never(event)


ASSESSMENT = Decider[State, Command, Event]("assessment", Unknown(), decide, evolve)
