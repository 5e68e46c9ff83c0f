"""What an assessment owes the items it is linked to, and those who are on its course: they are decided together."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from application.do import AnyStream
from application.outlines import Decision
from domain.assessment.assessment import ASSESSMENT, Published, Unknown, missing
from domain.assessment.assessment import State as Assessment
from domain.assessment.result import RESULT, Record
from domain.catalog.outline import OUTLINE, LinkAssessment, Outline
from domain.enrollments.enrollment import ENROLLMENT, Graduated, Learning
from domain.kernel import AssessmentId, CourseId, ItemId, LearnerId, Rejected


def linking_assessment(
    course: CourseId, item: ItemId, assessment: AssessmentId
) -> tuple[Decision, tuple[AnyStream, ...]]:
    """To let an item be done by who passes an assessment, which is of the same course, and published."""
    command = LinkAssessment(item, assessment)

    def decide(outline: Outline, linked: Assessment) -> Iterator[tuple[int, Any]]:
        if isinstance(linked, Unknown) or linked.course != course:
            raise missing()
        if not isinstance(linked, Published):
            raise Rejected("assessment.not_published", "nobody could pass it: publish it first")
        yield from ((0, event) for event in OUTLINE.decide(outline, command))

    return Decision((OUTLINE.at(course),), decide, command), (ASSESSMENT.at(assessment),)


def recording(
    course: CourseId, assessment: AssessmentId, learner: LearnerId, points: int
) -> tuple[Decision, tuple[AnyStream, ...]]:
    """To record what somebody on the course reached."""

    def decide(result: Any, asked: Assessment, enrolment: Any) -> Iterator[tuple[int, Any]]:
        if not isinstance(enrolment, Learning | Graduated):
            raise Rejected("enrollment.needed", "who is not on the course has no results there")
        yield from ((0, event) for event in RESULT.decide(result, Record(course, points, asked)))

    beside = (ASSESSMENT.at(assessment), ENROLLMENT.at(course, learner))
    return Decision((RESULT.at(assessment, learner),), decide, Record(course, points, Unknown())), beside
