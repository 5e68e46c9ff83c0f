"""What is taught, by whom, when and where."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

import msgspec

from api.http.queries import Asking, Cursor, Limit, Position, query
from api.http.reply import Reply
from domain.catalog.events import Level
from domain.kernel import ID, CourseId, LearnerId, PersonId, SectionId, Value
from projections.catalog import course_catalogue, timetable
from projections.catalog import outline as outlines
from projections.catalog.course_catalogue import Course as OneCourse
from projections.catalog.course_catalogue import CourseInSections, Filters
from projections.catalog.outline import Outline
from projections.catalog.timetable import Days, Timetable
from projections.model import Page

Course = Annotated[CourseId, ID]
Learner = Annotated[LearnerId, ID]
Person = Annotated[PersonId, ID]
Section = Annotated[SectionId, ID]
Words = Annotated[str, msgspec.Meta(max_length=80, pattern=r"^[^\x00]*$", description="At most 80 characters.")]
Amount = Annotated[int, msgspec.Meta(ge=0, le=10**9, description="In the smallest unit of a currency; 0 is free.")]

LATE = ("position.not_reached", "position.unknown")
NO_COURSE = (*LATE, "course.not_found")
NO_SECTION = (*LATE, "section.not_found")
TAUGHT = {"course": "course", "section": "section"}
CALENDAR = "text/calendar"

ABOUT = {
    "course": "celestial-navigation",
    "title": "Celestial navigation",
    "place": "celestial navigation",
    "summary": "By stars.",
    "department": "Seafaring",
    "level": "introductory",
    "amount": 4900,
    "currency": "EUR",
    "status": "published",
    "version": 3,
}
SECTION = {
    "section": "spring",
    "status": "open",
    "capacity": 30,
    "starts": "2027-03-01T00:00:00Z",
    "ends": None,
    "term": "Spring 2027",
    "batch": "A",
    "version": 1,
    "staff": [{"person": "grace", "part": "instructor"}],
}
ITEM: dict[str, Any] = {
    "item": "stars",
    "kind": "video",
    "title": "Stars",
    "required": True,
    "release": None,
    "prerequisites": [],
    "content": None,
}
OUTLINE = {
    "course": "celestial-navigation",
    "status": "published",
    "version": 2,
    "modules": [{"module": "night", "title": "The night sky", "items": [ITEM]}],
}
MEETING = {
    "course": "celestial-navigation",
    "section": "spring",
    "meeting": "lecture",
    "room": "aula",
    "begins": "2027-03-01T09:00:00+01:00",
    "ends": "2027-03-01T10:30:00+01:00",
}
FED = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nEND:VCALENDAR\r\n"


class ShownCourse(Value):
    """A course with its sections."""

    course: CourseInSections
    position: int


class ShownOutline(Value):
    """What is in a course."""

    outline: Outline
    position: int


@query(
    "/api/offered/courses",
    requires="catalog.browse",
    limit="query",
    refuses=[*LATE, "cursor.malformed"],
    example={"rows": [ABOUT], "position": 42, "cursor": None},
)
async def browse(  # noqa: PLR0913, PLR0917 — what may be asked for
    asking: Asking,
    department: Words | None = None,
    term: Words | None = None,
    level: Level | None = None,
    amount: Amount | None = None,
    text: Words | None = None,
    cursor: Cursor | None = None,
    limit: Limit | None = None,
    min_position: Position = 0,
) -> Page[OneCourse]:
    """Which courses are there to take?

    Those that are published, by title: of a department, with a section open in a term, of a level, costing at most
    `amount`, with all the words of `text` in title or summary.
    """
    return await course_catalogue.courses(
        asking.ask,
        asking.tenant,
        Filters("published", department, term, level, amount, text),
        cursor=cursor,
        limit=asking.rows(limit),
        min_position=min_position,
    )


@query(
    "/api/offered/courses/{course}",
    requires="catalog.browse",
    limit="query",
    refuses=NO_COURSE,
    example={"course": {**ABOUT, "sections": [SECTION]}, "position": 42},
)
async def shown_course(asking: Asking, course: Course, min_position: Position = 0) -> ShownCourse:
    """What is this course, and in which sections may one take it? A draft is not there."""
    found = await course_catalogue.course(asking.ask, asking.tenant, course, drafts=False, min_position=min_position)
    return ShownCourse(*found)


@query(
    "/api/courses",
    requires="catalog.read",
    limit="query",
    refuses=[*LATE, "cursor.malformed"],
    example={"rows": [ABOUT], "position": 42, "cursor": None},
)
async def all_courses(  # noqa: PLR0913, PLR0917 — what may be asked for
    asking: Asking,
    status: course_catalogue.Status | None = None,
    department: Words | None = None,
    text: Words | None = None,
    cursor: Cursor | None = None,
    limit: Limit | None = None,
    min_position: Position = 0,
) -> Page[OneCourse]:
    """Which courses are there at all, drafts and archived ones too?"""
    return await course_catalogue.courses(
        asking.ask,
        asking.tenant,
        Filters(status, department, text=text),
        cursor=cursor,
        limit=asking.rows(limit),
        min_position=min_position,
    )


@query(
    "/api/courses/{course}",
    requires="catalog.read",
    scope="course",
    limit="query",
    refuses=NO_COURSE,
    example={"course": {**ABOUT, "sections": [SECTION]}, "position": 42},
)
async def one_course(asking: Asking, course: Course, min_position: Position = 0) -> ShownCourse:
    """How does this course stand, and who teaches its sections?"""
    found = await course_catalogue.course(asking.ask, asking.tenant, course, drafts=True, min_position=min_position)
    return ShownCourse(*found)


@query(
    "/api/courses/{course}/outline",
    requires="catalog.read",
    scope="course",
    limit="query",
    refuses=NO_COURSE,
    example={"outline": OUTLINE, "position": 42},
)
async def whole_outline(asking: Asking, course: Course, min_position: Position = 0) -> ShownOutline:
    """What is in this course, whether it is shown yet or not?"""
    return ShownOutline(*await outlines.outline(asking.ask, asking.tenant, course, min_position=min_position))


@query(
    "/api/learners/{learner}/courses/{course}/outline",
    requires="catalog.learn",
    scope={"person": "learner", "course": "course"},
    limit="query",
    refuses=NO_COURSE,
    example={"outline": OUTLINE, "position": 42},
)
async def shown_outline(asking: Asking, learner: Learner, course: Course, min_position: Position = 0) -> ShownOutline:
    """What is in this course for this learner now?

    An item before its release, or whose prerequisites they have not completed, is not there.
    """
    return ShownOutline(*await outlines.outline(asking.ask, asking.tenant, course, learner, min_position=min_position))


@query(
    "/api/courses/{course}/sections/{section}/timetable",
    requires="catalog.read",
    scope=TAUGHT,
    limit="query",
    refuses=NO_SECTION,
    example={"meetings": [MEETING], "position": 42},
)
async def section_timetable(  # noqa: PLR0913, PLR0917 — what may be asked for
    asking: Asking,
    course: Course,
    section: Section,
    since: date | None = None,
    until: date | None = None,
    min_position: Position = 0,
) -> Timetable:
    """When and where does this section meet, shown or not?"""
    return await timetable.of_section(
        asking.ask, asking.tenant, course, section, Days(since, until), shown=False, min_position=min_position
    )


@query(
    "/api/offered/courses/{course}/sections/{section}/timetable",
    requires="catalog.browse",
    limit="query",
    refuses=NO_SECTION,
    example={"meetings": [MEETING], "position": 42},
)
async def shown_timetable(  # noqa: PLR0913, PLR0917 — what may be asked for
    asking: Asking,
    course: Course,
    section: Section,
    since: date | None = None,
    until: date | None = None,
    min_position: Position = 0,
) -> Timetable:
    """When and where does this section of a published course meet?"""
    return await timetable.of_section(
        asking.ask, asking.tenant, course, section, Days(since, until), shown=True, min_position=min_position
    )


@query(
    "/api/offered/courses/{course}/sections/{section}/calendar",
    requires="catalog.browse",
    limit="query",
    refuses=NO_SECTION,
    answer=str,
    media_type=CALENDAR,
    example=FED,
)
async def section_calendar(asking: Asking, course: Course, section: Section, min_position: Position = 0) -> Reply:
    """The same, for a calendar to be fed with (RFC 5545)."""
    fed = await timetable.feed_of_section(asking.ask, asking.tenant, course, section, min_position=min_position)
    return Reply(200, fed, (), CALENDAR.encode())


@query(
    "/api/people/{person}/timetable",
    requires="catalog.diary",
    scope={"person": "person"},
    limit="query",
    refuses=LATE,
    example={"meetings": [MEETING], "position": 42},
)
async def my_timetable(
    asking: Asking,
    person: Person,
    since: date | None = None,
    until: date | None = None,
    min_position: Position = 0,
) -> Timetable:
    """When and where does somebody teach, or assist?"""
    days = Days(since, until)
    return await timetable.of_person(asking.ask, asking.tenant, person, days, min_position=min_position)


@query(
    "/api/people/{person}/calendar",
    requires="catalog.diary",
    scope={"person": "person"},
    limit="query",
    refuses=LATE,
    answer=str,
    media_type=CALENDAR,
    example=FED,
)
async def my_calendar(asking: Asking, person: Person, min_position: Position = 0) -> Reply:
    """The same, for their calendar to be fed with (RFC 5545)."""
    fed = await timetable.feed_of_person(asking.ask, asking.tenant, person, min_position=min_position)
    return Reply(200, fed, (), CALENDAR.encode())


@query(
    "/api/learners/{learner}/timetable",
    requires="catalog.learn",
    scope={"person": "learner"},
    limit="query",
    refuses=LATE,
    example={"meetings": [MEETING], "position": 42},
)
async def learners_timetable(
    asking: Asking,
    learner: Learner,
    since: date | None = None,
    until: date | None = None,
    min_position: Position = 0,
) -> Timetable:
    """When and where do all the sections meet in which this learner is?"""
    days = Days(since, until)
    return await timetable.of_learner(asking.ask, asking.tenant, learner, days, min_position=min_position)


@query(
    "/api/learners/{learner}/calendar",
    requires="catalog.learn",
    scope={"person": "learner"},
    limit="query",
    refuses=LATE,
    answer=str,
    media_type=CALENDAR,
    example=FED,
)
async def learners_calendar(asking: Asking, learner: Learner, min_position: Position = 0) -> Reply:
    """The same, for their calendar to be fed with (RFC 5545)."""
    fed = await timetable.feed_of_learner(asking.ask, asking.tenant, learner, min_position=min_position)
    return Reply(200, fed, (), CALENDAR.encode())
