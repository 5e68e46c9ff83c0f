"""One learner on one course, from enrolling to graduating."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, assert_never

from domain.enrollments.events import (
    CourseCompleted,
    EnrollmentExpired,
    EnrollmentPromoted,
    EnrollmentReturned,
    Event,
    LearnerEnrolled,
    LearnerWithdrew,
    LessonCompleted,
)
from domain.kernel import CourseId, Decider, LearnerId, LessonId, Moment, Rejected, Track, Value, name

Standing = Literal["main", "beta", "promoted"]
"""Where it is. What was promoted is on main, and may be returned."""


class Enroll(Value):
    course: CourseId
    learner: LearnerId
    lessons: tuple[LessonId, ...]
    until: Moment | None = None
    track: Track = "main"


class CompleteLesson(Value):
    lesson: LessonId


class Withdraw(Value):
    reason: str


class Promote(Value):
    """Move it from beta to main, with all that has happened in it."""


class Return(Value):
    """Move it back to beta, from where it was promoted."""


class Expire(Value):
    """The enrolment that was to end at `due` has come to its end."""

    due: Moment


class Graduate(Value):
    """All that the course requires is done, as those know who count it."""


Command = Enroll | CompleteLesson | Graduate | Withdraw | Expire | Promote | Return


class Outside(Value, tag=True):
    """Never enrolled, withdrew, or ran out of time."""


class Learning(Value, tag=True):
    left: frozenset[LessonId]
    done: frozenset[LessonId] = frozenset()
    until: Moment | None = None
    stands: Standing = "main"


class Graduated(Value, tag=True):
    """Nothing is left to learn."""

    stands: Standing = "main"


State = Outside | Learning | Graduated


def decide(state: State, command: Command) -> Iterator[Event]:
    match state, command:
        case Outside(), Enroll(course, learner, lessons, until, track) if lessons:
            yield LearnerEnrolled(course, learner, lessons, until, track)
        case Learning(left), CompleteLesson(lesson) if lesson in left:
            yield LessonCompleted(lesson)
            if len(left) == 1:
                yield CourseCompleted()
        case Learning(), Withdraw(reason):
            yield LearnerWithdrew(reason)
        case Learning(), Graduate():
            yield CourseCompleted()
        case Learning(until=until), Expire(due) if until == due:
            yield EnrollmentExpired(due)
        case Learning(stands="beta") | Graduated(stands="beta"), Promote():
            yield EnrollmentPromoted()
        case Learning(stands="promoted") | Graduated(stands="promoted"), Return():
            yield EnrollmentReturned()
        case Learning(stands="main") | Graduated(stands="main"), Return():
            raise Rejected("enrollment.never_on_beta", "what was not promoted cannot be returned")
        case Learning(stands=stands) | Graduated(stands), Enroll(track=track) if track != _track(stands):
            raise Rejected("enrollment.on_other_track", f"the learner is on this course already, on {_track(stands)}")
        case Learning() | Graduated(), Promote() | Return():
            return  # It is where it is to be.
        case Graduated(), Graduate():
            return
        case Outside(), Enroll():
            raise Rejected("enrollment.nothing_to_learn", "a course needs at least one lesson to enrol on")
        case Learning(done=done), CompleteLesson(lesson) if lesson not in done:
            raise Rejected("enrollment.unknown_lesson", f"lesson {lesson} is not part of this enrolment")
        case (Learning() | Graduated(), Enroll() | CompleteLesson()) | (Outside(), Withdraw()) | (_, Expire()):
            return  # Already so. Saying it twice changes nothing.
        case _:
            raise Rejected("enrollment.not_possible", f"cannot {name(command)} when {name(state)}")


def _track(stands: Standing) -> Track:
    return "beta" if stands == "beta" else "main"


def evolve(state: State, event: Event) -> State:
    match event:
        case LearnerEnrolled(lessons=lessons, until=until, track=track):
            return Learning(frozenset(lessons), until=until, stands=track)
        case LessonCompleted(lesson):
            if not isinstance(state, Learning):
                return state
            return Learning(state.left - {lesson}, state.done | {lesson}, state.until, state.stands)
        case CourseCompleted():
            return Graduated("main" if isinstance(state, Outside) else state.stands)
        case EnrollmentPromoted():
            return _moved(state, "promoted")
        case EnrollmentReturned():
            return _moved(state, "beta")
        case LearnerWithdrew() | EnrollmentExpired():
            return Outside()
        case _:
            assert_never(event)


def _moved(state: State, stands: Standing) -> State:
    match state:
        case Learning(left, done, until):
            return Learning(left, done, until, stands)
        case Graduated():
            return Graduated(stands)
        case Outside():
            return state


ENROLLMENT = Decider[State, Command, Event]("enrollment", Outside(), decide, evolve)
