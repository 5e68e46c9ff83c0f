"""Drafting and publishing assessments, linking them to items, and recording results."""

from __future__ import annotations

from typing import Annotated

import msgspec

from api.http.commands import Doing, command
from api.http.courses import Course, Item
from api.http.values import Called
from application.assessing import linking_assessment, recording
from application.ledger import Receipt
from application.outlines import arranging
from domain.assessment.assessment import ASSESSMENT, Draft, Publish, Revise, Terms, Withdraw
from domain.catalog.outline import UnlinkAssessment
from domain.kernel import ID, AssessmentId, LearnerId, Value

POINTS_MAX = 100_000

Assessment = Annotated[AssessmentId, ID]
Learner = Annotated[LearnerId, ID]
Points = Annotated[int, msgspec.Meta(ge=0, le=POINTS_MAX)]
SomePoints = Annotated[int, msgspec.Meta(ge=1, le=POINTS_MAX)]

MANAGE = "assessment.manage"
NONE = "assessment.not_found"
NEVER_PASSED = "assessment.never_passed"


class TermsBody(Value, forbid_unknown_fields=True):
    """What it is called, how many points there are to reach, and how many are enough to pass."""

    title: Called
    points: SomePoints
    enough: SomePoints

    @property
    def terms(self) -> Terms:
        return Terms(self.title, self.points, self.enough)


class AssessmentBody(TermsBody, forbid_unknown_fields=True, kw_only=True):
    """A new assessment, and the id by which it is known from now on."""

    assessment: Assessment


class ResultBody(Value, forbid_unknown_fields=True):
    """So many points, by this learner."""

    learner: Learner
    points: Points


class AssessmentLinkBody(Value, forbid_unknown_fields=True):
    """Which assessment it is."""

    assessment: Assessment


@command(
    "/api/courses/{course}/assessments",
    requires=MANAGE,
    scope="course",
    limit="command",
    refuses=["assessment.exists", NEVER_PASSED],
    example={"assessment": "midterm", "title": "Midterm", "points": 60, "enough": 30},
)
async def draft_assessment(course: Course, body: AssessmentBody, do: Doing) -> Receipt:
    """Draft an assessment for a course."""
    return await do(ASSESSMENT.at(body.assessment), Draft(course, body.terms))


@command(
    "/api/courses/{course}/assessments/{assessment}/revise",
    requires=MANAGE,
    scope="course",
    limit="command",
    refuses=[NONE, NEVER_PASSED, "assessment.published"],
    example={"title": "Midterm", "points": 60, "enough": 36},
)
async def revise_assessment(course: Course, assessment: Assessment, body: TermsBody, do: Doing) -> Receipt:
    """Call an assessment otherwise, or ask for other points, while it is not published."""
    return await do(ASSESSMENT.at(assessment), Revise(course, body.terms))


@command(
    "/api/courses/{course}/assessments/{assessment}/publish",
    requires=MANAGE,
    scope="course",
    limit="command",
    refuses=[NONE],
)
async def publish_assessment(course: Course, assessment: Assessment, do: Doing) -> Receipt:
    """Let results be recorded of an assessment, and items be linked to it."""
    return await do(ASSESSMENT.at(assessment), Publish(course))


@command(
    "/api/courses/{course}/assessments/{assessment}/withdraw",
    requires=MANAGE,
    scope="course",
    limit="command",
    refuses=[NONE],
)
async def withdraw_assessment(course: Course, assessment: Assessment, do: Doing) -> Receipt:
    """Let no results be recorded until it is published again. What was recorded stays."""
    return await do(ASSESSMENT.at(assessment), Withdraw(course))


@command(
    "/api/courses/{course}/assessments/{assessment}/results",
    requires="assessment.grade",
    scope="course",
    limit="command",
    refuses=[NONE, "assessment.not_published", "assessment.points", "enrollment.needed"],
    example={"learner": "ada", "points": 48},
)
async def record_result(course: Course, assessment: Assessment, body: ResultBody, do: Doing) -> Receipt:
    """Record what a learner reached, in place of any result before.

    Whoever passes completes the items that are linked to it. What was completed so stays, also when a later result is
    worse.
    """
    decision, beside = recording(course, assessment, body.learner, body.points)
    return await do.across(*decision, beside)


@command(
    "/api/courses/{course}/items/{item}/assessment/link",
    requires="assessment.link",
    scope="course",
    limit="command",
    refuses=["item.not_found", "item.is_no_test", NONE, "assessment.not_published"],
    example={"assessment": "midterm"},
)
async def link_assessment(course: Course, item: Item, body: AssessmentLinkBody, do: Doing) -> Receipt:
    """Let an item of the kind `test` be done by who passes this, from now on, instead of any before it."""
    decision, beside = linking_assessment(course, item, body.assessment)
    return await do.across(*decision, beside)


@command(
    "/api/courses/{course}/items/{item}/assessment/unlink",
    requires="assessment.link",
    scope="course",
    limit="command",
    refuses=["course.not_found"],
    example={"assessment": "midterm"},
)
async def unlink_assessment(course: Course, item: Item, body: AssessmentLinkBody, do: Doing) -> Receipt:
    """Let an item be done by who passes this no longer."""
    return await do.across(*arranging(course, UnlinkAssessment(item, body.assessment)))
