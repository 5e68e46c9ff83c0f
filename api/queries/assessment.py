"""Which assessments there are, and what was reached in them."""

from __future__ import annotations

from typing import Annotated, Literal

from api.http.courses import Course
from api.http.queries import Asking, Cursor, Limit, Position, query
from domain.kernel import ID, AssessmentId, LearnerId
from projections.assessment import assessments
from projections.assessment.assessments import Assessment, Result, Status
from projections.model import Page

OfAssessment = Annotated[AssessmentId, ID]
Learner = Annotated[LearnerId, ID]
Outcome = Literal["passed", "failed"]

REFUSES = ("position.not_reached", "position.unknown", "cursor.malformed")

MIDTERM = {
    "assessment": "midterm",
    "course": "celestial-navigation",
    "title": "Midterm",
    "points": 60,
    "enough": 30,
    "status": "published",
    "version": 2,
}
REACHED = {
    "assessment": "midterm",
    "learner": "ada",
    "course": "celestial-navigation",
    "title": "Midterm",
    "points": 48,
    "of": 60,
    "passed": True,
    "recorded_at": "2026-11-20T10:00:00Z",
}


@query(
    "/api/courses/{course}/assessments",
    requires="assessment.read",
    scope="course",
    limit="query",
    refuses=REFUSES,
    example={"rows": [MIDTERM], "position": 42, "cursor": None},
)
async def assessments_of(  # noqa: PLR0913, PLR0917 — what may be asked for
    asking: Asking,
    course: Course,
    status: Status | None = None,
    cursor: Cursor | None = None,
    limit: Limit | None = None,
    min_position: Position = 0,
) -> Page[Assessment]:
    """Which assessments does this course have, or which with a status?"""
    return await assessments.assessments_of(
        *(asking.ask, asking.tenant, course),
        status=status,
        cursor=cursor,
        limit=asking.rows(limit),
        min_position=min_position,
    )


@query(
    "/api/courses/{course}/assessments/{assessment}/results",
    requires="assessment.read",
    scope="course",
    limit="query",
    refuses=REFUSES,
    example={"rows": [REACHED], "position": 42, "cursor": None},
)
async def results_in(  # noqa: PLR0913, PLR0917 — what may be asked for
    asking: Asking,
    course: Course,
    assessment: OfAssessment,
    outcome: Outcome | None = None,
    cursor: Cursor | None = None,
    limit: Limit | None = None,
    min_position: Position = 0,
) -> Page[Result]:
    """What did learners reach in this assessment: all, or those who passed, or those who did not?"""
    return await assessments.results_in(
        *(asking.ask, asking.tenant, course, assessment),
        passed=None if outcome is None else outcome == "passed",
        cursor=cursor,
        limit=asking.rows(limit),
        min_position=min_position,
    )


@query(
    "/api/learners/{learner}/results",
    requires="assessment.results",
    scope={"person": "learner"},
    limit="query",
    refuses=REFUSES,
    example={"rows": [REACHED], "position": 42, "cursor": None},
)
async def results_of(
    asking: Asking,
    learner: Learner,
    cursor: Cursor | None = None,
    limit: Limit | None = None,
    min_position: Position = 0,
) -> Page[Result]:
    """What did this learner reach in assessments? The newest first."""
    return await assessments.results_of(
        asking.ask, asking.tenant, learner, cursor=cursor, limit=asking.rows(limit), min_position=min_position
    )
