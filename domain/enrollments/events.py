"""What happened to an enrolment. These words are public: facts are kept in them for ever."""

from __future__ import annotations

from domain.kernel import CourseId, LearnerId, LessonId, Moment, Value


class LearnerEnrolled(Value):
    course: CourseId
    learner: LearnerId
    lessons: tuple[LessonId, ...]
    until: Moment | None = None


class LessonCompleted(Value):
    lesson: LessonId


class CourseCompleted(Value):
    """Every required lesson is done."""


class LearnerWithdrew(Value):
    reason: str


class EnrollmentExpired(Value):
    """Its time ran out before the course was completed."""

    due: Moment


Event = LearnerEnrolled | LessonCompleted | CourseCompleted | LearnerWithdrew | EnrollmentExpired
