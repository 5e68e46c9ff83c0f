"""Who learns what."""

from __future__ import annotations

from typing import Annotated

from api.http.queries import Asking, Cursor, Limit, Position, query
from domain.kernel import ID, CourseId, LearnerId
from projections.enrollments import my_courses as mine
from projections.enrollments import roster as course_roster
from projections.enrollments.my_courses import MyCourse
from projections.enrollments.roster import OnCourse
from projections.model import Page

Course = Annotated[CourseId, ID]
Learner = Annotated[LearnerId, ID]

ON_COURSE = {
    "learner": "ada",
    "status": "learning",
    "lessons": 3,
    "done": 1,
    "enrolled_at": "2026-11-02T08:00:00Z",
    "until": None,
    "ended_at": None,
}
MINE = {
    "course": "celestial-navigation",
    "status": "learning",
    "lessons": ["stars", "sextant", "almanac"],
    "done": ["stars"],
    "enrolled_at": "2026-11-02T08:00:00Z",
    "until": None,
}


@query(
    "/api/courses/{course}/roster",
    requires="enrollments.read",
    scope="course",
    limit="query",
    refuses=["position.not_reached", "position.unknown", "cursor.malformed"],
    example={"rows": [ON_COURSE], "position": 42, "cursor": None},
)
async def roster(  # noqa: PLR0913, PLR0917 — what may be asked for
    asking: Asking,
    course: Course,
    status: course_roster.Status | None = None,
    sort: course_roster.Sort = "learner",
    cursor: Cursor | None = None,
    limit: Limit | None = None,
    min_position: Position = 0,
) -> Page[OnCourse]:
    """Who is on this course, and how far along are they?"""
    return await course_roster.who_is_on(
        asking.ask,
        asking.tenant,
        course,
        status=status,
        sort=sort,
        cursor=cursor,
        limit=asking.rows(limit),
        min_position=min_position,
    )


@query(
    "/api/beta/courses/{course}/roster",
    requires="enrollments.read",
    scope="course",
    limit="query",
    refuses=["position.not_reached", "position.unknown", "cursor.malformed"],
    needs_feature="beta.program",
    example={"rows": [ON_COURSE], "position": 42, "cursor": None},
)
async def beta_roster(  # noqa: PLR0913, PLR0917 — what may be asked for
    asking: Asking,
    course: Course,
    status: course_roster.Status | None = None,
    sort: course_roster.Sort = "learner",
    cursor: Cursor | None = None,
    limit: Limit | None = None,
    min_position: Position = 0,
) -> Page[OnCourse]:
    """Who is on this course on beta, and how far along are they?"""
    return await course_roster.who_is_on(
        asking.ask,
        asking.tenant,
        course,
        track="beta",
        status=status,
        sort=sort,
        cursor=cursor,
        limit=asking.rows(limit),
        min_position=min_position,
    )


@query(
    "/api/learners/{learner}/courses",
    requires="enrollments.read",
    scope={"person": "learner"},
    limit="query",
    refuses=["position.not_reached", "position.unknown", "cursor.malformed"],
    example={"rows": [MINE], "position": 42, "cursor": None},
)
async def my_courses(  # noqa: PLR0913, PLR0917 — what may be asked for
    asking: Asking,
    learner: Learner,
    status: mine.Status | None = None,
    cursor: Cursor | None = None,
    limit: Limit | None = None,
    min_position: Position = 0,
) -> Page[MyCourse]:
    """Which courses does this learner take, and what is done of each?"""
    return await mine.my_courses(
        asking.ask,
        asking.tenant,
        learner,
        status=status,
        cursor=cursor,
        limit=asking.rows(limit),
        min_position=min_position,
    )


@query(
    "/api/beta/learners/{learner}/courses",
    requires="enrollments.read",
    scope={"person": "learner"},
    limit="query",
    refuses=["position.not_reached", "position.unknown", "cursor.malformed"],
    needs_feature="beta.program",
    example={"rows": [MINE], "position": 42, "cursor": None},
)
async def my_beta_courses(  # noqa: PLR0913, PLR0917 — what may be asked for
    asking: Asking,
    learner: Learner,
    status: mine.Status | None = None,
    cursor: Cursor | None = None,
    limit: Limit | None = None,
    min_position: Position = 0,
) -> Page[MyCourse]:
    """Which courses does this learner take on beta, and what is done of each?"""
    return await mine.my_courses(
        asking.ask,
        asking.tenant,
        learner,
        track="beta",
        status=status,
        cursor=cursor,
        limit=asking.rows(limit),
        min_position=min_position,
    )
