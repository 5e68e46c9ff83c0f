"""How one enrols: what the course asks for is looked up, then one decision is made over the enrolment and the seats.

Both are checked when it is kept, so that of two who race for the last seat exactly one has it and the other waits.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple, TypeVar

from msgspec.structs import replace

from application.do import AnyStream, Decide
from domain.enrollments.bulk import BULK, OrderBulk
from domain.enrollments.bulk import State as Bulk
from domain.enrollments.enrollment import ENROLLMENT, Enroll, Graduated, JoinWaitlist, Outside, section_of
from domain.enrollments.enrollment import State as Enrollment
from domain.enrollments.group import GROUP, EnrollGroup
from domain.enrollments.group import State as Group
from domain.enrollments.seats import SEATS, Offered, ReleaseSeat, TakeSeat
from domain.enrollments.seats import State as Seats
from domain.enrollments.terms import TERMS, Terms
from domain.kernel import CourseId, LearnerId, SectionId, Stream, Value
from domain.tenancy.settings import SETTINGS

State = TypeVar("State")

PAY_WITHIN = timedelta(hours=24)
"""How long a seat is held for who has not paid."""


class Looks:
    """Looks at a stream as it is now."""

    def __init__(self, look: Callable[[Stream[Any, Any, Any]], Awaitable[Any]]) -> None:
        self._look = look

    async def __call__(self, stream: Stream[State, Any, Any]) -> State:
        state: State = await self._look(stream)
        return state


class Deciding(NamedTuple):
    """A decision over several streams, as `Do.across` takes it."""

    streams: tuple[AnyStream, ...]
    decide: Decide
    command: Value
    beside: tuple[AnyStream, ...] = ()


class TermsMoved(Exception):  # noqa: N818 — said of what was looked up before
    """The course asks for other courses than it did a moment ago."""


async def informed(look: Looks, wish: Enroll, at: datetime) -> Enroll:
    """The wish, with what its course asks for just now."""
    terms = await look(TERMS.at(wish.course))
    before = [await look(ENROLLMENT.at(course, wish.learner)) for course in terms.prerequisites]
    return _asked(wish, terms, before, at)


def _asked(wish: Enroll, terms: Terms, before: Sequence[Enrollment], at: datetime) -> Enroll:
    """The wish, with what these terms ask of somebody who is so far on the courses they require."""
    passed = [isinstance(state, Graduated) for state in before]
    missing = tuple(course for course, has in zip(terms.prerequisites, passed, strict=True) if not has)
    return replace(wish, pay_by=at + PAY_WITHIN if terms.priced else None, missing=missing, stopped=terms.stopped)


async def enrolling(recall: Looks, wish: Enroll, at: datetime) -> Deciding:
    """Somebody enrols; in a section, if that has room, and else they wait for a seat there.

    What the course asks for, and how the school has it with those who return, is decided on beside. Where it turns out
    to have moved so that more must be looked up, this is `TermsMoved`, and is to be asked again.
    """
    recalled = await recall(TERMS.at(wish.course))
    before = tuple(ENROLLMENT.at(course, wish.learner) for course in recalled.prerequisites)
    section = wish.section
    seats = () if section is None else (SEATS.at(section),)

    def decide(state: Enrollment, *others: Any) -> Iterator[tuple[int, Any]]:
        settings, terms, *passed = others[len(seats) :]
        if terms.prerequisites != recalled.prerequisites:
            raise TermsMoved
        resume = settings.configuration.returning_resumes
        asked = _asked(replace(wish, resume=resume), terms, passed, at)
        if section is None:
            return ((0, event) for event in ENROLLMENT.decide(state, asked))
        return enrolled(state, others[0], asked, section, at)

    streams = (ENROLLMENT.at(wish.course, wish.learner), *seats)
    return Deciding(streams, decide, wish, (SETTINGS.at("main"), TERMS.at(wish.course), *before))


def enrolled(
    state: Enrollment, seats: Seats, wish: Enroll, section: SectionId, at: datetime
) -> Iterator[tuple[int, Any]]:
    """What follows for the enrolment, 0, and for the seats of the section, 1."""
    began = tuple(ENROLLMENT.decide(state, wish))
    if not isinstance(state, Outside):
        yield from ((0, event) for event in began)
        return
    taken = tuple(SEATS.decide(seats, TakeSeat(wish.course, wish.learner, at)))
    after = SEATS.fold(taken, seats)
    if isinstance(after, Offered) and wish.learner in after.waiting:
        began = tuple(ENROLLMENT.decide(state, JoinWaitlist(wish, section)))
    yield from ((0, event) for event in began)
    yield from ((1, event) for event in taken)


def enrolling_group(group: str, command: EnrollGroup, bulk: str) -> Deciding:
    """Everyone in a group is enrolled, as a list of those who are in it at that moment."""

    def decide(listed: Bulk, state: Group) -> Iterator[tuple[int, Any]]:
        people = tuple(sorted(state.members))
        order = OrderBulk(command.course, None, command.lessons, command.section, command.until, people=people)
        yield from ((1, event) for event in GROUP.decide(state, command))
        yield from ((0, event) for event in BULK.decide(listed, order))

    return Deciding((BULK.at(bulk), GROUP.at(group)), decide, command)


def releasing(course: CourseId, learner: LearnerId, section: SectionId) -> Deciding:
    """Somebody who has left a section gives back their seat there, unless they have come again."""
    command = ReleaseSeat(learner)

    def decide(seats: Seats, state: Enrollment) -> Iterator[tuple[int, Any]]:
        if section_of(state) != section:
            yield from ((0, event) for event in SEATS.decide(seats, command))

    return Deciding((SEATS.at(section), ENROLLMENT.at(course, learner)), decide, command)
