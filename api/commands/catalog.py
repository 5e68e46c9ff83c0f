"""Building courses, and saying who teaches them, when and where."""

from __future__ import annotations

from api.http import courses
from api.http.commands import Doing, command
from api.http.courses import ABOUT, SPAN, TIMING, Course, Item, Meeting, Module, Section
from application.ledger import Receipt
from application.outlines import arranging, publishing
from application.sections import of_section
from domain.catalog import outline
from domain.catalog.course import COURSE, ArchiveCourse, DiscardCourse, DraftCourse, PriceCourse, ReviseCourse
from domain.catalog.section import (
    SECTION,
    CancelMeeting,
    CloseSection,
    Command,
    MoveMeeting,
    OpenSection,
    Remove,
    ReviseSection,
    ScheduleMeeting,
    SetCapacity,
)

EDIT = "catalog.edit"
PUBLISH = "catalog.publish"
SECTIONS = "catalog.sections"
SCHEDULE = "catalog.schedule"
TAUGHT = {"course": "course", "section": "section"}
NO_COURSE = "course.not_found"
NO_ITEM = "item.not_found"
OF_SECTION = ("section.not_found", "section.closed")
OF_MEETINGS = (*OF_SECTION, "meeting.malformed", "meeting.clash")


async def _arrange(do: Doing, course: Course, command: outline.Command) -> Receipt:
    return await do.across(*arranging(course, command))


async def _of_section(do: Doing, course: Course, id_: Section, command: Command) -> Receipt:
    seen = await do.look(SECTION.at(id_))
    return await do.across(*of_section(do.principal, course, id_, seen, command))


# --- courses --------------------------------------------------------------------------------------


@command(
    "/api/courses",
    requires=EDIT,
    scope="course",
    limit="command",
    refuses=["course.exists", "course.discarded"],
    example={"course": "celestial-navigation", **ABOUT},
)
async def draft_course(body: courses.DraftBody, do: Doing) -> Receipt:
    """Draft a course. Students do not see it."""
    return await do(COURSE.at(body.course), DraftCourse(body.about))


@command(
    "/api/courses/{course}/revise",
    requires=EDIT,
    scope="course",
    limit="command",
    refuses=[NO_COURSE, "course.archived"],
    example=ABOUT,
)
async def revise_course(course: Course, body: courses.AboutBody, do: Doing) -> Receipt:
    """Let a course say something else of itself."""
    return await do(COURSE.at(course), ReviseCourse(body.about))


@command(
    "/api/courses/{course}/price",
    requires=EDIT,
    scope="course",
    limit="command",
    refuses=[NO_COURSE, "course.archived"],
    example={"amount": 4900, "currency": "EUR"},
)
async def price_course(course: Course, body: courses.PriceBody, do: Doing) -> Receipt:
    """Say what a course costs. What has no price is free."""
    return await do(COURSE.at(course), PriceCourse(body.price))


@command(
    "/api/courses/{course}/publish",
    requires=PUBLISH,
    scope="course",
    limit="command",
    refuses=[NO_COURSE, "course.empty"],
)
async def publish_course(course: Course, do: Doing) -> Receipt:
    """Show a course to students. There has to be something in it."""
    return await do.across(*publishing(course))


@command(
    "/api/courses/{course}/archive",
    requires=PUBLISH,
    scope="course",
    limit="command",
    refuses=[NO_COURSE, "course.not_published"],
)
async def archive_course(course: Course, do: Doing) -> Receipt:
    """Let nobody enrol on a course any more. Who is on it goes on."""
    return await do(COURSE.at(course), ArchiveCourse())


@command(
    "/api/courses/{course}/discard",
    requires=PUBLISH,
    scope="course",
    limit="command",
    refuses=[NO_COURSE, "course.was_published"],
)
async def discard_course(course: Course, do: Doing) -> Receipt:
    """Give up a draft, for ever. What was published is archived instead."""
    return await do(COURSE.at(course), DiscardCourse())


# --- outlines -------------------------------------------------------------------------------------


@command(
    "/api/courses/{course}/modules",
    requires=EDIT,
    scope="course",
    limit="command",
    refuses=[NO_COURSE, "module.exists"],
    example={"module": "night", "title": "The night sky"},
)
async def add_module(course: Course, body: courses.ModuleBody, do: Doing) -> Receipt:
    """Add a module at the end of a course."""
    return await _arrange(do, course, outline.AddModule(body.module, body.title))


@command(
    "/api/courses/{course}/modules/{module}/rename",
    requires=EDIT,
    scope="course",
    limit="command",
    refuses=[NO_COURSE, "module.not_found"],
    example={"title": "The sky at night"},
)
async def rename_module(course: Course, module: Module, body: courses.TitleBody, do: Doing) -> Receipt:
    """Call a module otherwise."""
    return await _arrange(do, course, outline.RenameModule(module, body.title))


@command(
    "/api/courses/{course}/items",
    requires=EDIT,
    scope="course",
    limit="command",
    refuses=[
        *(NO_COURSE, "module.not_found", "item.exists"),
        *("item.unknown_prerequisite", "item.prerequisite_of_itself"),
    ],
    example={"item": "stars", "module": "night", "kind": "video", "title": "Stars", "content": "https://a.example/1"},
)
async def add_item(course: Course, body: courses.ItemBody, do: Doing) -> Receipt:
    """Add an item at the end of a module."""
    return await _arrange(do, course, outline.AddItem(body.item, body.module, body.described))


@command(
    "/api/courses/{course}/items/{item}/revise",
    requires=EDIT,
    scope="course",
    limit="command",
    refuses=[NO_COURSE, NO_ITEM],
    example={"title": "The brightest stars", "content": "https://a.example/2"},
)
async def revise_item(course: Course, item: Item, body: courses.ReviseItemBody, do: Doing) -> Receipt:
    """Call an item otherwise, or let it be something else."""
    return await _arrange(do, course, outline.ReviseItem(item, body.title, body.content))


@command(
    "/api/courses/{course}/items/{item}/require",
    requires=EDIT,
    scope="course",
    limit="command",
    refuses=[NO_COURSE, NO_ITEM],
)
async def require_item(course: Course, item: Item, do: Doing) -> Receipt:
    """Let an item be needed to complete the course."""
    return await _arrange(do, course, outline.MarkRequired(item))


@command(
    "/api/courses/{course}/items/{item}/make-optional",
    requires=EDIT,
    scope="course",
    limit="command",
    refuses=[NO_COURSE, NO_ITEM],
)
async def make_item_optional(course: Course, item: Item, do: Doing) -> Receipt:
    """Let the course be completed without an item."""
    return await _arrange(do, course, outline.MarkOptional(item))


@command(
    "/api/courses/{course}/items/{item}/release",
    requires=EDIT,
    scope="course",
    limit="command",
    refuses=[NO_COURSE, NO_ITEM],
    example={"release": "2027-03-01T08:00:00Z"},
)
async def release_item(course: Course, item: Item, body: courses.ReleaseBody, do: Doing) -> Receipt:
    """Say from when on students see an item."""
    return await _arrange(do, course, outline.SetRelease(item, body.release))


@command(
    "/api/courses/{course}/items/{item}/prerequisites",
    requires=EDIT,
    scope="course",
    limit="command",
    refuses=[NO_COURSE, NO_ITEM, "item.unknown_prerequisite", "item.prerequisite_of_itself"],
    example={"prerequisites": []},
)
async def set_prerequisites(course: Course, item: Item, body: courses.PrerequisitesBody, do: Doing) -> Receipt:
    """Say what has to be completed before an item is seen."""
    return await _arrange(do, course, outline.SetPrerequisites(item, body.prerequisites))


@command(
    "/api/courses/{course}/outline/reorder",
    requires=EDIT,
    scope="course",
    limit="command",
    refuses=[NO_COURSE, "outline.incomplete"],
    example={"order": [{"module": "night", "items": ["stars"]}]},
)
async def reorder_outline(course: Course, body: courses.OrderBody, do: Doing) -> Receipt:
    """Put the whole outline in a new order at once, perhaps with items in other modules than before."""
    return await _arrange(do, course, outline.Reorder(body.whole))


@command(
    "/api/courses/{course}/modules/{module}/remove",
    requires=EDIT,
    scope="course",
    limit="command",
    refuses=[NO_COURSE, "module.not_empty"],
)
async def remove_module(course: Course, module: Module, do: Doing) -> Receipt:
    """Take an empty module away."""
    return await _arrange(do, course, outline.RemoveModule(module))


@command(
    "/api/courses/{course}/items/{item}/remove",
    requires=EDIT,
    scope="course",
    limit="command",
    refuses=[NO_COURSE, "item.needed", "course.empty"],
)
async def remove_item(course: Course, item: Item, do: Doing) -> Receipt:
    """Take an item away. What is published keeps at least one."""
    return await _arrange(do, course, outline.RemoveItem(item, keep_one=True))


# --- sections -------------------------------------------------------------------------------------


@command(
    "/api/courses/{course}/sections",
    requires=SECTIONS,
    scope="course",
    limit="command",
    refuses=[
        NO_COURSE,
        "course.archived",
        "section.exists",
        "section.closed",
        "section.malformed",
        "permission.not_held",
    ],
    example={"section": "spring", "capacity": 30, "instructor": "grace", **SPAN},
)
async def open_section(course: Course, body: courses.OpenBody, do: Doing) -> Receipt:
    """Open a section of a course. Its instructor may teach there from that moment."""
    return await _of_section(do, course, body.section, OpenSection(course, body.capacity, body.span, body.instructor))


@command(
    "/api/courses/{course}/sections/{section}/revise",
    requires=SECTIONS,
    scope=TAUGHT,
    limit="command",
    refuses=[*OF_SECTION, "section.malformed"],
    example=SPAN,
)
async def revise_section(course: Course, section: Section, body: courses.SpanBody, do: Doing) -> Receipt:
    """Say otherwise when a section is, or in which term."""
    return await _of_section(do, course, section, ReviseSection(body.span))


@command(
    "/api/courses/{course}/sections/{section}/capacity",
    requires=SECTIONS,
    scope=TAUGHT,
    limit="command",
    refuses=OF_SECTION,
    example={"capacity": 25},
)
async def set_capacity(course: Course, section: Section, body: courses.CapacityBody, do: Doing) -> Receipt:
    """Say how many may come."""
    return await _of_section(do, course, section, SetCapacity(body.capacity))


@command(
    "/api/courses/{course}/sections/{section}/close",
    requires=SECTIONS,
    scope=TAUGHT,
    limit="command",
    refuses=[*OF_SECTION, "permission.not_held"],
)
async def close_section(course: Course, section: Section, do: Doing) -> Receipt:
    """Close a section, for ever. Nobody teaches there any more, and its rooms are free."""
    return await _of_section(do, course, section, CloseSection())


@command(
    "/api/courses/{course}/sections/{section}/staff",
    requires=SECTIONS,
    scope=TAUGHT,
    limit="command",
    refuses=[*OF_SECTION, "section.staffed_already", "permission.not_held", "meeting.clash"],
    example={"person": "grace", "part": "instructor"},
)
async def staff_section(course: Course, section: Section, body: courses.StaffBody, do: Doing) -> Receipt:
    """Let somebody teach a section or assist there, from this moment. An instructor comes instead of whoever it was.

    Who assists may mark, but not publish.
    """
    return await _of_section(do, course, section, body.command)


@command(
    "/api/courses/{course}/sections/{section}/staff/{person}/remove",
    requires=SECTIONS,
    scope=TAUGHT,
    limit="command",
    refuses=[*OF_SECTION, "section.needs_instructor", "permission.not_held"],
)
async def remove_from_section(course: Course, section: Section, person: courses.Person, do: Doing) -> Receipt:
    """Let somebody teach a section, or assist there, no longer. Its instructor is replaced instead."""
    return await _of_section(do, course, section, Remove(person))


@command(
    "/api/courses/{course}/sections/{section}/meetings",
    requires=SCHEDULE,
    scope=TAUGHT,
    limit="command",
    refuses=[*OF_MEETINGS, "meeting.exists"],
    example={"meeting": "lecture", **TIMING},
)
async def schedule_meeting(course: Course, section: Section, body: courses.MeetingBody, do: Doing) -> Receipt:
    """Schedule a meeting of a section, once or every week. Its room and its instructors must be free."""
    return await _of_section(do, course, section, ScheduleMeeting(body.meeting, body.timing, body.room))


@command(
    "/api/courses/{course}/sections/{section}/meetings/{meeting}/move",
    requires=SCHEDULE,
    scope=TAUGHT,
    limit="command",
    refuses=[*OF_MEETINGS, "meeting.not_found"],
    example=TIMING,
)
async def move_meeting(
    course: Course, section: Section, meeting: Meeting, body: courses.TimingBody, do: Doing
) -> Receipt:
    """Move a meeting to another time or another room, or leave some of its days out."""
    return await _of_section(do, course, section, MoveMeeting(meeting, body.timing, body.room))


@command(
    "/api/courses/{course}/sections/{section}/meetings/{meeting}/cancel",
    requires=SCHEDULE,
    scope=TAUGHT,
    limit="command",
    refuses=OF_SECTION,
)
async def cancel_meeting(course: Course, section: Section, meeting: Meeting, do: Doing) -> Receipt:
    """Cancel a meeting, every time that it is."""
    return await _of_section(do, course, section, CancelMeeting(meeting))
