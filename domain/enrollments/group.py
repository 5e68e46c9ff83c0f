"""A group of learners: who is in it, and on what whoever joins is enrolled."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from msgspec.structs import replace

from domain.enrollments.events import (
    GroupEnrolled,
    GroupJoined,
    GroupLeft,
    LaterMemberFollowed,
    StandingEnrollmentEnded,
)
from domain.enrollments.events import GroupEvent as Event
from domain.kernel import CourseId, Decider, LearnerId, LessonId, Moment, Rejected, SectionId, Value


class Join(Value):
    members: tuple[LearnerId, ...]


class Leave(Value):
    member: LearnerId


class EnrollGroup(Value):
    """Enrol all who are in it; where `standing`, also whoever joins later."""

    course: CourseId
    lessons: tuple[LessonId, ...] = ()
    section: SectionId | None = None
    until: Moment | None = None
    standing: bool = False


class EndStanding(Value):
    """Let whoever joins from now on not follow."""

    course: CourseId


Command = Join | Leave | EnrollGroup | EndStanding


class Group(Value):
    """Nobody, at first. `standing` are the enrolments that whoever joins follows, one a course."""

    members: frozenset[LearnerId] = frozenset()
    enrolled: tuple[GroupEnrolled, ...] = ()

    @property
    def standing(self) -> tuple[GroupEnrolled, ...]:
        return tuple(one for one in self.enrolled if one.standing)


State = Group


def decide(state: State, command: Command) -> Iterator[Event]:
    match state, command:
        case Group(members=members), Join(joining):
            for member in dict.fromkeys(one for one in joining if one not in members):
                yield GroupJoined(member)
                yield from (LaterMemberFollowed(member, enrolled) for enrolled in state.standing)
        case Group(members=members), Leave(member) if member in members:
            yield GroupLeft(member)
        case Group(members=members), EnrollGroup() if not members:
            raise Rejected("group.empty", "nobody is in this group")
        case Group(enrolled=enrolled), EnrollGroup(course, lessons, section, until, standing):
            now = GroupEnrolled(course, lessons, section, until, standing)
            if now not in enrolled:
                yield now
        case Group(), EndStanding(course) if any(one.course == course for one in state.standing):
            yield StandingEnrollmentEnded(course)
        case _:
            return  # It is so already.


def evolve(state: State, event: Event) -> State:
    match event:
        case GroupJoined(member):
            return replace(state, members=state.members | {member})
        case GroupLeft(member):
            return replace(state, members=state.members - {member})
        case GroupEnrolled():
            return replace(state, enrolled=(*_without(state.enrolled, event.course), event))
        case StandingEnrollmentEnded(course):
            return replace(state, enrolled=_without(state.enrolled, course))
        case LaterMemberFollowed():
            return state  # It is for the enrolments to follow.
        case _:
            assert_never(event)


def _without(enrolled: tuple[GroupEnrolled, ...], course: CourseId) -> tuple[GroupEnrolled, ...]:
    return tuple(one for one in enrolled if one.course != course)


GROUP = Decider[State, Command, Event]("group", Group(), decide, evolve)
