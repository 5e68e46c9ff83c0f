"""One learner on one course, from enrolling to graduating."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from domain.enrollments.events import (
    CourseCompleted,
    EnrollmentExpired,
    Event,
    LearnerEnrolled,
    LearnerWithdrew,
    LessonCompleted,
)
from domain.kernel import CourseId, Decider, LearnerId, LessonId, Moment, Rejected, Value, name


class Enroll(Value):
    course: CourseId
    learner: LearnerId
    lessons: tuple[LessonId, ...]
    until: Moment | None = None


class CompleteLesson(Value):
    lesson: LessonId


class Withdraw(Value):
    reason: str


class Expire(Value):
    """The enrolment that was to end at `due` has come to its end."""

    due: Moment


Command = Enroll | CompleteLesson | Withdraw | Expire


class Outside(Value, tag=True):
    """Never enrolled, withdrew, or ran out of time."""


class Learning(Value, tag=True):
    left: frozenset[LessonId]
    done: frozenset[LessonId] = frozenset()
    until: Moment | None = None


class Graduated(Value, tag=True):
    """Nothing is left to learn."""


State = Outside | Learning | Graduated


def decide(state: State, command: Command) -> Iterator[Event]:
    match state, command:
        case Outside(), Enroll(course, learner, lessons, until) if lessons:
            yield LearnerEnrolled(course, learner, lessons, until)
        case Learning(left), CompleteLesson(lesson) if lesson in left:
            yield LessonCompleted(lesson)
            if len(left) == 1:
                yield CourseCompleted()
        case Learning(), Withdraw(reason):
            yield LearnerWithdrew(reason)
        case Learning(until=until), Expire(due) if until == due:
            yield EnrollmentExpired(due)
        case Outside(), Enroll():
            raise Rejected("enrollment.nothing_to_learn", "a course needs at least one lesson to enrol on")
        case Learning(done=done), CompleteLesson(lesson) if lesson not in done:
            raise Rejected("enrollment.unknown_lesson", f"lesson {lesson} is not part of this enrolment")
        case (Learning() | Graduated(), Enroll() | CompleteLesson()) | (Outside(), Withdraw()) | (_, Expire()):
            return  # Already so. Saying it twice changes nothing.
        case _:
            raise Rejected("enrollment.not_possible", f"cannot {name(command)} when {name(state)}")


def evolve(state: State, event: Event) -> State:
    match event:
        case LearnerEnrolled(lessons=lessons, until=until):
            return Learning(frozenset(lessons), until=until)
        case LessonCompleted(lesson):
            if not isinstance(state, Learning):
                return state
            return Learning(state.left - {lesson}, state.done | {lesson}, state.until)
        case CourseCompleted():
            return Graduated()
        case LearnerWithdrew() | EnrollmentExpired():
            return Outside()
        case _:
            assert_never(event)


ENROLLMENT = Decider[State, Command, Event]("enrollment", Outside(), decide, evolve)
