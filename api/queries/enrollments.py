"""Who learns what."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from api.http.feed import Listening
from api.http.queries import Asking, Cursor, Limit, Position, query
from api.http.reply import Reply
from domain.enrollments.events import Outcome
from domain.kernel import ID, CourseId, LearnerId, PersonId, Rejected, SectionId
from projections.enrollments import my_courses as mine
from projections.enrollments import roster as course_roster
from projections.enrollments.bulk_enrollments import BulkEnrollment, RowOutcome, how_far, what_became_of
from projections.enrollments.entitlements import Entitlement, may_open
from projections.enrollments.my_courses import MyCourse
from projections.enrollments.roster import OnCourse
from projections.model import Page

Course = Annotated[CourseId, ID]
Learner = Annotated[LearnerId, ID]
Section = Annotated[SectionId, ID]
Person = Annotated[PersonId, ID]
Bulk = Annotated[str, ID]

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

BULK_ENROLLMENT = {
    "bulk": "0198c0de-da7a-7000-8000-00000000b01c",
    "course": "celestial-navigation",
    "section": None,
    "ordered_by": "grace",
    "ordered_at": "2026-11-02T08:00:00Z",
    "finished_at": "2026-11-02T08:00:02Z",
    "rows": 200,
    "refused": 1,
    "errors": None,
    "position": 42,
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


@query(
    "/api/bulk/enrollments/{bulk}",
    requires="enrollments.enroll",
    limit="query",
    refuses=["not_found", "position.not_reached", "position.unknown"],
    example=BULK_ENROLLMENT,
)
async def bulk_enrollment(asking: Asking, bulk: Bulk, min_position: Position = 0) -> BulkEnrollment:
    """How far is this list of people to be enrolled?"""
    return await _bulk(asking, bulk, min_position)


@query(
    "/api/bulk/enrollments/{bulk}/rows",
    requires="enrollments.enroll",
    limit="query",
    refuses=["position.not_reached", "position.unknown", "cursor.malformed"],
    example={
        "rows": [{"line": 7, "outcome": "refused", "learner": None, "code": "person.unknown"}],
        "position": 42,
        "cursor": None,
    },
)
async def bulk_rows(  # noqa: PLR0913, PLR0917 — what may be asked for
    asking: Asking,
    bulk: Bulk,
    outcome: Outcome | None = None,
    cursor: Cursor | None = None,
    limit: Limit | None = None,
    min_position: Position = 0,
) -> Page[RowOutcome]:
    """What became of each row of the list?"""
    return await what_became_of(
        asking.ask,
        asking.tenant,
        bulk,
        outcome=outcome,
        cursor=cursor,
        limit=asking.rows(limit),
        min_position=min_position,
    )


@query(
    "/api/bulk/enrollments/{bulk}/errors",
    requires="enrollments.enroll",
    limit="query",
    refuses=["not_found", "position.not_reached", "position.unknown"],
    answer=str,
    media_type="text/csv",
    example="address;error\r\nada@school.exmaple;person.unknown\r\n",
)
async def bulk_errors(asking: Asking, bulk: Bulk, min_position: Position = 0) -> Reply:
    """Which rows were refused, as a file that can be put right and sent again?"""
    found = await _bulk(asking, bulk, min_position)
    file = None if found.errors is None else await asking.kept(str(found.errors))
    if file is None:
        raise Rejected("not_found", "no row of this list was refused, or it is not through")
    return Reply(200, file, ((b"content-disposition", b'attachment; filename="errors.csv"'),), b"text/csv")


@query(
    "/api/bulk/enrollments/{bulk}/live",
    requires="enrollments.enroll",
    limit="feed",
    refuses=["feed.full"],
    answer=str,
    media_type="text/event-stream",
    example='id: 1\nevent: enrollments.BulkRowsHandled\ndata: {"position": 1}\n\n',
)
async def bulk_live(asking: Asking, bulk: Bulk, after: Position = 0) -> Listening:
    """How is this list going, as it goes?

    Server-sent events: each says what became of some rows more, the last that there are no more.
    """
    told = ["enrollments.BulkRowsHandled", "enrollments.BulkEnrollmentFinished"]
    return await asking.feed.listen(asking.principal, after, told, f"bulk:{bulk}")


async def _bulk(asking: Asking, bulk: str, min_position: int) -> BulkEnrollment:
    found = await how_far(asking.ask, asking.tenant, bulk, min_position=min_position)
    if found is None:
        raise Rejected("not_found", "no such list was sent")
    return found
