"""What else is so when a section is: its times are in diaries, and who teaches there may do so.

A command to a section is decided over its own stream, the diaries of its rooms and instructors, and the grants of its
people: all of it or none. Which those are is seen in the section before; if it moves meanwhile, it is looked at again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from application.access import Granting, granting, withdrawing
from application.do import AnyStream
from application.ledger import Conflict
from application.permissions import ASSISTANT, INSTRUCTOR
from application.standing import Principal
from domain.access.events import Scope
from domain.catalog.course import COURSE, Archived, Discarded, Unknown, archived, missing
from domain.catalog.diary import DIARY, Book, Free
from domain.catalog.section import (
    SECTION,
    Closed,
    Command,
    Engagement,
    Open,
    OpenSection,
    Role,
    State,
    engagements,
    staff,
)
from domain.catalog.section import missing as no_section
from domain.kernel import CourseId, Rejected, SectionId

ROLES = {"teaches": INSTRUCTOR, "assists": ASSISTANT}


class _Moves(NamedTuple):
    """What follows for others from what happens to a section."""

    freed: tuple[Engagement, ...]
    booked: tuple[Engagement, ...]
    left: tuple[Role, ...]
    joined: tuple[Role, ...]


def of_section(by: Principal, course: CourseId, section: SectionId, seen: State, command: Command) -> Granting:
    """A command to a section of a course, given how the section was `seen`."""
    stream, of_course = SECTION.at(section), COURSE.at(course)
    try:
        moves = _moves(seen, SECTION.fold(_events(course, seen, command), seen))
    except Rejected:
        moves = _Moves((), (), (), ())
    granted = tuple(_granted(by, section, moves))
    needed = (
        stream,
        *((of_course,) if isinstance(command, OpenSection) else ()),
        *(DIARY.at(one.kind, one.key) for one in (*moves.freed, *moves.booked)),
        *(each for one in granted for each in one.streams),
    )
    streams: Mapping[str, AnyStream] = {one.name: one for one in needed}
    places = {name: place for place, name in enumerate(streams)}

    def decide(*states: Any) -> Iterator[tuple[int, Any]]:
        now = dict(zip(streams, states, strict=True))
        if isinstance(command, OpenSection):
            _check_course(now[of_course.name])
        events = tuple(_events(course, states[0], command))
        if _moves(states[0], SECTION.fold(events, states[0])) != moves:
            raise Conflict(f"{stream.name} moved")
        yield from ((0, event) for event in events)
        for name, event in _booked(section, moves, now):
            yield places[name], event
        for one in granted:
            for _, event in one.decide(*(now[each.name] for each in one.streams)):
                yield places[one.streams[0].name], event

    return Granting(tuple(streams.values()), decide, command)


def _events(course: CourseId, state: State, command: Command) -> Iterator[Any]:
    """What happens to the section, if it is one of this course."""
    if isinstance(state, Open | Closed) and state.course != course and not isinstance(command, OpenSection):
        raise no_section()
    return iter(tuple(SECTION.decide(state, command)))


def _check_course(course: object) -> None:
    if isinstance(course, Unknown | Discarded):
        raise missing()
    if isinstance(course, Archived):
        raise archived()


def _moves(before: State, after: State) -> _Moves:
    there, then = engagements(before), engagements(after)
    kept = {one[:3] for one in then}
    freed = (one for one in there - then if one[:3] not in kept)
    left, joined = staff(before) - staff(after), staff(after) - staff(before)
    return _Moves(
        tuple(sorted(freed, key=repr)),
        tuple(sorted(then - there, key=repr)),
        tuple(sorted(left)),
        tuple(sorted(joined)),
    )


def _booked(section: SectionId, moves: _Moves, now: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """What is freed and booked in diaries, each as the one before has left it."""
    diaries = dict(now)
    freed = [(one, Free(section, one.meeting)) for one in moves.freed]
    booked = [(one, Book(section, one.meeting, one.timing, one.kind)) for one in moves.booked]
    steps: list[tuple[Engagement, Book | Free]] = [*freed, *booked]
    for one, command in steps:
        name = DIARY.at(one.kind, one.key).name
        for event in DIARY.decide(diaries[name], command):
            diaries[name] = DIARY.evolve(diaries[name], event)
            yield name, event


def _granted(by: Principal, section: SectionId, moves: _Moves) -> Iterator[Granting]:
    scope = Scope(f"section:{section}")
    for role in moves.left:
        yield withdrawing(by, role.person, ROLES[role.part], scope)
    for role in moves.joined:
        yield granting(by, role.person, ROLES[role.part], scope)
