"""What happened to an enrolment. These words are public: facts are kept in them for ever."""

from __future__ import annotations

from domain.kernel import CourseId, LearnerId, LessonId, Moment, Track, Value


class LearnerEnrolled(Value):
    course: CourseId
    learner: LearnerId
    lessons: tuple[LessonId, ...]
    until: Moment | None = None
    track: Track = "main"


class LessonCompleted(Value):
    lesson: LessonId


class CourseCompleted(Value):
    """Every required lesson is done."""


class LearnerWithdrew(Value):
    reason: str


class EnrollmentExpired(Value):
    """Its time ran out before the course was completed."""

    due: Moment


class EnrollmentPromoted(Value):
    """It was on beta and is on main, with all that has happened in it."""


class EnrollmentReturned(Value):
    """It had been promoted and is on beta again."""


Event = (
    LearnerEnrolled
    | LessonCompleted
    | CourseCompleted
    | LearnerWithdrew
    | EnrollmentExpired
    | EnrollmentPromoted
    | EnrollmentReturned
)
