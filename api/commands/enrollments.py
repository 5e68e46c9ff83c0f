"""Enrolling, learning, leaving."""

from __future__ import annotations

from typing import Annotated

import msgspec

from api.http.commands import Doing, command
from api.http.values import Text
from application.ledger import Receipt
from domain.enrollments.enrollment import ENROLLMENT, CompleteLesson, Enroll, Promote, Return, Withdraw
from domain.kernel import ID, CourseId, LearnerId, LessonId, Moment, Value

Course = Annotated[CourseId, ID]
Learner = Annotated[LearnerId, ID]
Lesson = Annotated[LessonId, ID]

LESSONS_MAX = 1_000
CHOSEN_MAX = 100


class EnrollBody(Value, forbid_unknown_fields=True):
    """Who enrols on which course, what has to be learned there, and until when."""

    course: Course
    learner: Learner
    lessons: Annotated[tuple[Lesson, ...], msgspec.Meta(max_length=LESSONS_MAX)]
    until: Moment | None = None


class WithdrawBody(Value, forbid_unknown_fields=True):
    """Why a learner leaves a course."""

    reason: Text


class Chosen(Value, forbid_unknown_fields=True):
    """One enrolment."""

    course: Course
    learner: Learner


class ChosenBody(Value, forbid_unknown_fields=True):
    """The enrolments that are to be moved."""

    enrollments: Annotated[tuple[Chosen, ...], msgspec.Meta(min_length=1, max_length=CHOSEN_MAX)]


@command(
    "/api/enrollments",
    requires="enrollments.enroll",
    scope="course",
    limit="command",
    refuses=["enrollment.nothing_to_learn", "enrollment.on_other_track"],
    example={"course": "celestial-navigation", "learner": "ada", "lessons": ["stars", "sextant", "almanac"]},
)
async def enroll(body: EnrollBody, do: Doing) -> Receipt:
    """Enrol a learner on a course."""
    return await do(
        ENROLLMENT.at(body.course, body.learner), Enroll(body.course, body.learner, body.lessons, body.until)
    )


@command(
    "/api/beta/enrollments",
    requires="enrollments.enroll",
    scope="course",
    limit="command",
    refuses=["enrollment.nothing_to_learn", "enrollment.on_other_track"],
    needs_feature="beta.program",
    example={"course": "celestial-navigation", "learner": "grace", "lessons": ["stars", "sextant", "almanac"]},
)
async def enroll_on_beta(body: EnrollBody, do: Doing) -> Receipt:
    """Enrol a learner on a course as it is tried on beta. No list of main's shows it."""
    enroll_there = Enroll(body.course, body.learner, body.lessons, body.until, "beta")
    return await do(ENROLLMENT.at(body.course, body.learner), enroll_there)


@command(
    "/api/beta/promote",
    requires="enrollments.promote",
    limit="command",
    refuses=["enrollment.not_possible"],
    needs_feature="beta.program",
    example={"enrollments": [{"course": "celestial-navigation", "learner": "grace"}]},
)
async def promote_to_main(body: ChosenBody, do: Doing) -> Receipt:
    """Move enrolments from beta to main, with all that has happened in them: all of them or none."""
    return await do.together(*((ENROLLMENT.at(one.course, one.learner), Promote()) for one in body.enrollments))


@command(
    "/api/beta/return",
    requires="enrollments.promote",
    limit="command",
    refuses=["enrollment.not_possible", "enrollment.never_on_beta"],
    needs_feature="beta.program",
    example={"enrollments": [{"course": "celestial-navigation", "learner": "grace"}]},
)
async def return_to_beta(body: ChosenBody, do: Doing) -> Receipt:
    """Move enrolments that were promoted back to beta: all of them or none."""
    return await do.together(*((ENROLLMENT.at(one.course, one.learner), Return()) for one in body.enrollments))


@command(
    "/api/enrollments/{course}/{learner}/lessons/{lesson}/complete",
    requires="enrollments.learn",
    scope={"course": "course", "person": "learner"},
    limit="command",
    refuses=["enrollment.unknown_lesson", "enrollment.not_possible"],
)
async def complete_lesson(course: Course, learner: Learner, lesson: Lesson, do: Doing) -> Receipt:
    """Say that a lesson is done.

    With the last one the course is completed.
    """
    return await do(ENROLLMENT.at(course, learner), CompleteLesson(lesson))


@command(
    "/api/enrollments/{course}/{learner}/withdraw",
    requires="enrollments.enroll",
    scope={"course": "course", "person": "learner"},
    limit="command",
    refuses=["enrollment.not_possible"],
    needs_feature="enrollments.withdrawal",
    example={"reason": "no time this winter"},
)
async def withdraw(course: Course, learner: Learner, body: WithdrawBody, do: Doing) -> Receipt:
    """Take a learner off a course, at their own wish."""
    return await do(ENROLLMENT.at(course, learner), Withdraw(body.reason))
