"""The days on which a learner studied, the courses they completed, and the milestones they have reached by that."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import date, timedelta
from types import MappingProxyType
from typing import assert_never

from domain.kernel import CourseId, Decider, Value
from domain.progress.events import CourseCounted, Milestone, MilestoneReached, StudyDayCounted
from domain.progress.events import StreakEvent as Event

DAYS: Mapping[int, Milestone] = MappingProxyType(
    {7: "streak_of_7_days", 30: "streak_of_30_days", 100: "streak_of_100_days"}
)
COURSES: Mapping[int, Milestone] = MappingProxyType({1: "first_course", 5: "five_courses", 10: "ten_courses"})

ONE_DAY = timedelta(days=1)


class Study(Value):
    """Something was done on this day of the learner's own calendar."""

    day: date


class CountCourse(Value):
    course: CourseId


Command = Study | CountCourse


class Studied(Value):
    days: frozenset[date] = frozenset()
    courses: frozenset[CourseId] = frozenset()
    reached: frozenset[Milestone] = frozenset()


State = Studied


def decide(state: State, command: Command) -> Iterator[Event]:
    match state, command:
        case Studied(days, reached=reached), Study(day) if day not in days:
            yield StudyDayCounted(day)
            yield from _reached(DAYS, streak(days | {day}, day), reached)
        case Studied(courses=courses, reached=reached), CountCourse(course) if course not in courses:
            yield CourseCounted(course)
            yield from _reached(COURSES, len(courses) + 1, reached)
        case _:
            return  # It was counted before.


def streak(days: Collection[date], day: date) -> int:
    """How many days in a row are among these, with this one in the row."""
    first = last = day
    while first > date.min and first - ONE_DAY in days:
        first -= ONE_DAY
    while last < date.max and last + ONE_DAY in days:
        last += ONE_DAY
    return (last - first).days + 1


def _reached(stones: Mapping[int, Milestone], count: int, before: Collection[Milestone]) -> Iterator[Event]:
    for needed, milestone in stones.items():
        if count >= needed and milestone not in before:
            yield MilestoneReached(milestone)


def evolve(state: State, event: Event) -> State:
    match event:
        case StudyDayCounted(day):
            return Studied(state.days | {day}, state.courses, state.reached)
        case CourseCounted(course):
            return Studied(state.days, state.courses | {course}, state.reached)
        case MilestoneReached(milestone):
            return Studied(state.days, state.courses, state.reached.union((milestone,)))
        case _:
            assert_never(event)


STREAK = Decider[State, Command, Event]("streak", Studied(), decide, evolve, state=Studied, snapshot_every=100)
