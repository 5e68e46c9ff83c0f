"""Who learns what."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from api.http.queries import Asking, Cursor, Limit, Position, query
from domain.kernel import ID, CourseId, LearnerId, PersonId, SectionId
from projections.enrollments import my_courses as mine
from projections.enrollments import roster as course_roster
from projections.enrollments.entitlements import Entitlement, may_open
from projections.enrollments.my_courses import MyCourse
from projections.enrollments.roster import OnCourse
from projections.model import Page

Course = Annotated[CourseId, ID]
Learner = Annotated[LearnerId, ID]
Section = Annotated[SectionId, ID]
Person = Annotated[PersonId, ID]

ON_COURSE = {
    "learner": "ada",
    "status": "learning",
    "lessons": 3,
    "done": 1,
    "enrolled_at": "2026-11-02T08:00:00Z",
    "until": None,
    "ended_at": None,
    "section": "evening-watch",
}
MINE = {
    "course": "celestial-navigation",
    "status": "learning",
    "lessons": ["stars", "sextant", "almanac"],
    "done": ["stars"],
    "enrolled_at": "2026-11-02T08:00:00Z",
    "until": None,
    "section": "evening-watch",
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
    section: Section | None = None,
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
        section=section,
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
    section: Section | None = None,
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
        section=section,
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


@query(
    "/api/courses/{course}/access/{person}",
    requires="enrollments.read",
    scope={"course": "course", "person": "person"},
    limit="query",
    refuses=["position.not_reached", "position.unknown"],
    example={"open": True, "why": "learning", "until": None, "position": 42},
)
async def access(asking: Asking, course: Course, person: Person, min_position: Position = 0) -> Entitlement:
    """May this person open this course?"""
    return await may_open(asking.ask, asking.tenant, person, course, datetime.now(UTC), min_position=min_position)
