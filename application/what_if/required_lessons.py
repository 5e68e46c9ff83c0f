"""What if other lessons of a course were needed to complete it?"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from application.what_if import Retell, Rule
from domain.enrollments.enrollment import ENROLLMENT, CompleteLesson, State, decide
from domain.enrollments.events import (
    CourseCompleted,
    EnrollmentEvent,
    EnrollmentHeldForPayment,
    LearnerEnrolled,
    LearnerWaitlisted,
    LessonCompleted,
)
from domain.kernel import LessonId, Rejected


def under(value: str) -> Retell:
    lessons = tuple(LessonId(lesson) for lesson in value.split(",") if lesson)
    if not lessons:
        raise Rejected("what_if.value", "at least one lesson is needed, with commas between them")

    def retell(state: State, event: EnrollmentEvent) -> Iterator[EnrollmentEvent]:
        match event:
            case LearnerEnrolled(done=done):
                yield replace(event, lessons=lessons, done=tuple(one for one in done if one in lessons))
            case LearnerWaitlisted() | EnrollmentHeldForPayment():
                yield replace(event, lessons=lessons)
            case LessonCompleted(lesson):
                yield from decide(state, CompleteLesson(lesson))
            case CourseCompleted():
                return  # It follows from the last lesson, whichever that would be.
            case _:
                yield event

    return retell


RULE = Rule("required-lessons", "the lessons that are needed, with commas between", ENROLLMENT, EnrollmentEvent, under)
