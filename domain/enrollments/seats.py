"""The seats of one section: who has one, and who waits for one, in the order in which they came."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from msgspec.structs import replace

from domain.enrollments.events import (
    SeatReleased,
    SeatsClosed,
    SeatsOffered,
    SeatsResized,
    SeatsTermSet,
    SeatTaken,
    WaitlistJoined,
    WaitlistLeft,
)
from domain.enrollments.events import SeatsEvent as Event
from domain.kernel import CourseId, Decider, LearnerId, Moment, Rejected, Value


class OfferSeats(Value):
    course: CourseId
    capacity: int
    ends: Moment | None = None


class ResizeSeats(Value):
    """Have so many. Nobody loses theirs; when there are more, those who waited longest have them."""

    capacity: int


class SetTerm(Value):
    ends: Moment | None


class CloseSeats(Value):
    """Let nobody take one any more."""


class TakeSeat(Value):
    """Have a seat, or wait for one where all are taken."""

    course: CourseId
    learner: LearnerId
    at: Moment


class ReleaseSeat(Value):
    """Give back a seat, or wait no longer. Who waited longest has it then."""

    learner: LearnerId


Command = OfferSeats | ResizeSeats | SetTerm | CloseSeats | TakeSeat | ReleaseSeat


class Unoffered(Value, tag=True):
    """There is no such section."""


class Offered(Value, tag=True):
    course: CourseId
    capacity: int
    ends: Moment | None = None
    taken: frozenset[LearnerId] = frozenset()
    waiting: tuple[LearnerId, ...] = ()


class Closed(Value, tag=True):
    """Takes nobody. Seats may still be given back, and stay empty."""

    course: CourseId
    taken: frozenset[LearnerId] = frozenset()


State = Unoffered | Offered | Closed


def decide(state: State, command: Command) -> Iterator[Event]:
    match state, command:
        case Unoffered(), OfferSeats(course, capacity, ends):
            yield SeatsOffered(course, capacity, ends)
        case Offered(), ResizeSeats(capacity) if capacity != state.capacity:
            yield SeatsResized(capacity)
            yield from _passed_on(state, capacity - len(state.taken))
        case Offered(), SetTerm(ends) if ends != state.ends:
            yield SeatsTermSet(ends)
        case Offered(), CloseSeats():
            yield SeatsClosed()
        case ((Offered() | Closed()), TakeSeat(course, learner)) if course == state.course and seated(state, learner):
            return  # They have one, and stay.
        case Offered(course=course, ends=ends), TakeSeat(asked, learner, at) if course == asked and _open(ends, at):
            if learner not in state.waiting:
                has_room = len(state.taken) < state.capacity and not state.waiting
                yield SeatTaken(course, learner) if has_room else WaitlistJoined(learner)
        case Offered(course=course) | Closed(course=course), TakeSeat(asked) if course == asked:
            raise Rejected("section.closed", "nobody enrols in this section any more")
        case _, TakeSeat():
            raise Rejected("section.not_found", "there is no such section of this course")
        case Offered() | Closed(), ReleaseSeat(learner) if seated(state, learner):
            yield SeatReleased(learner)
            if isinstance(state, Offered):
                yield from _passed_on(state, state.capacity - len(state.taken) + 1)
        case Offered(waiting=waiting), ReleaseSeat(learner) if learner in waiting:
            yield WaitlistLeft(learner)
        case _:
            return  # It is so already.


def seated(state: State, learner: LearnerId) -> bool:
    """Whether somebody has a seat."""
    return isinstance(state, Offered | Closed) and learner in state.taken


def _open(ends: Moment | None, at: Moment) -> bool:
    return ends is None or at < ends


def _passed_on(state: Offered, free: int) -> Iterator[Event]:
    """Seats that are free go to those who waited longest."""
    return (SeatTaken(state.course, learner, from_waitlist=True) for learner in state.waiting[: max(free, 0)])


def evolve(state: State, event: Event) -> State:
    match event:
        case SeatsOffered(course, capacity, ends):
            return Offered(course, capacity, ends)
        case SeatsResized(capacity):
            return replace(state, capacity=capacity) if isinstance(state, Offered) else state
        case SeatsTermSet(ends):
            return replace(state, ends=ends) if isinstance(state, Offered) else state
        case SeatsClosed():
            return Closed(state.course, state.taken) if isinstance(state, Offered) else state
        case SeatTaken(learner=learner):
            if not isinstance(state, Offered):
                return state
            return replace(state, taken=state.taken | {learner}, waiting=_without(state.waiting, learner))
        case SeatReleased(learner):
            return state if isinstance(state, Unoffered) else replace(state, taken=state.taken - {learner})
        case WaitlistJoined(learner):
            return replace(state, waiting=(*state.waiting, learner)) if isinstance(state, Offered) else state
        case WaitlistLeft(learner):
            return replace(state, waiting=_without(state.waiting, learner)) if isinstance(state, Offered) else state
        case _:
            assert_never(event)


def _without(waiting: tuple[LearnerId, ...], learner: LearnerId) -> tuple[LearnerId, ...]:
    return tuple(one for one in waiting if one != learner) if learner in waiting else waiting


SEATS = Decider[State, Command, Event]("seats", Unoffered(), decide, evolve, state=State, snapshot_every=1_000)
