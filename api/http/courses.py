"""In which words courses, outlines and sections are spoken of: the bodies of their commands."""

from __future__ import annotations

from datetime import date, time
from typing import Annotated, Literal

import msgspec

from api.http.values import Called
from domain.catalog.course import About
from domain.catalog.events import ItemKind, Level, MeetingId, ModuleId, ModuleOrder, Price, RoomId, Timing
from domain.catalog.outline import Item as ItemOfOutline
from domain.catalog.section import AddAssistant, AddCoInstructor, AssignInstructor, Span
from domain.kernel import ID, CourseId, ItemId, Moment, PersonId, SectionId, Value

ITEMS_MAX = 1_000
CAPACITY_MAX = 100_000
CONTENT_MAX = 100_000

Course = Annotated[CourseId, ID]
Module = Annotated[ModuleId, ID]
Item = Annotated[ItemId, ID]
Section = Annotated[SectionId, ID]
Person = Annotated[PersonId, ID]
Meeting = Annotated[MeetingId, ID]
Room = Annotated[RoomId, ID]

Capacity = Annotated[int, msgspec.Meta(ge=1, le=CAPACITY_MAX)]
Words = Annotated[str, msgspec.Meta(max_length=80, pattern=r"^[^\x00-\x1f\x7f]*$(?!\n)")]
Summary = Annotated[str, msgspec.Meta(max_length=2_000, pattern=r"^[^\x00]*$")]
Content = Annotated[
    str,
    msgspec.Meta(max_length=CONTENT_MAX, pattern=r"^[^\x00]*$", description="The text itself, or where it is found."),
]
Prerequisites = Annotated[tuple[Item, ...], msgspec.Meta(max_length=ITEMS_MAX)]
Zone = Annotated[
    str, msgspec.Meta(max_length=64, pattern=r"^[A-Za-z][A-Za-z0-9_+/-]*$(?!\n)", description="As in `Europe/Berlin`.")
]
Minutes = Annotated[int, msgspec.Meta(ge=1, le=24 * 60)]
Weekday = Annotated[int, msgspec.Meta(ge=1, le=7, description="1 is Monday.")]


class AboutBody(Value, forbid_unknown_fields=True):
    """What a course says of itself."""

    title: Called
    level: Level
    summary: Summary = ""
    department: Words = ""

    @property
    def about(self) -> About:
        return About(self.title, self.summary, self.department, self.level)


class DraftBody(AboutBody, forbid_unknown_fields=True, kw_only=True):
    """A new course, and the id by which it is known from now on."""

    course: Course


class PriceBody(Value, forbid_unknown_fields=True):
    """What it costs in the smallest unit of a currency; nothing, if no amount is said."""

    amount: Annotated[int, msgspec.Meta(ge=1, le=10**9)] | None = None
    currency: Annotated[str, msgspec.Meta(pattern=r"^[A-Z]{3}$(?!\n)", description="As in ISO 4217.")] = "EUR"

    @property
    def price(self) -> Price | None:
        return None if self.amount is None else Price(self.amount, self.currency)


class TitleBody(Value, forbid_unknown_fields=True):
    """What it is called from now on."""

    title: Called


class ModuleBody(Value, forbid_unknown_fields=True):
    """A new module, at the end of its course."""

    module: Module
    title: Called


class ItemBody(Value, forbid_unknown_fields=True):
    """A new item, at the end of its module."""

    item: Item
    module: Module
    kind: ItemKind
    title: Called
    required: bool = True
    content: Content = ""
    release: Moment | None = None
    prerequisites: Prerequisites = ()

    @property
    def described(self) -> ItemOfOutline:
        return ItemOfOutline(self.kind, self.title, self.required, self.content, self.release, self.prerequisites)


class ReviseItemBody(Value, forbid_unknown_fields=True):
    """What an item is called, and what it is, from now on."""

    title: Called
    content: Content = ""


class ReleaseBody(Value, forbid_unknown_fields=True):
    """From when on students see it: at once, if no time is said."""

    release: Moment | None = None


class PrerequisitesBody(Value, forbid_unknown_fields=True):
    """What has to be completed before it is seen."""

    prerequisites: Prerequisites


class ModuleOrderBody(Value, forbid_unknown_fields=True):
    """A module and its items in order."""

    module: Module
    items: Annotated[tuple[Item, ...], msgspec.Meta(max_length=ITEMS_MAX)]


class OrderBody(Value, forbid_unknown_fields=True):
    """Every module and every item of the course, each once, in their new order."""

    order: Annotated[tuple[ModuleOrderBody, ...], msgspec.Meta(max_length=ITEMS_MAX)]

    @property
    def whole(self) -> tuple[ModuleOrder, ...]:
        return tuple(ModuleOrder(one.module, one.items) for one in self.order)


class SpanBody(Value, forbid_unknown_fields=True):
    """When a section is, and in the school's own words for that."""

    starts: Moment | None = None
    ends: Moment | None = None
    term: Words = ""
    batch: Words = ""

    @property
    def span(self) -> Span:
        return Span(self.starts, self.ends, self.term, self.batch)


class OpenBody(SpanBody, forbid_unknown_fields=True, kw_only=True):
    """A new section, and how many may come."""

    section: Section
    capacity: Capacity
    instructor: Person | None = None


class StaffBody(Value, forbid_unknown_fields=True):
    """Who, and as what."""

    person: Person
    part: Literal["instructor", "co-instructor", "assistant"]

    @property
    def command(self) -> AssignInstructor | AddCoInstructor | AddAssistant:
        match self.part:
            case "instructor":
                return AssignInstructor(self.person)
            case "co-instructor":
                return AddCoInstructor(self.person)
            case "assistant":
                return AddAssistant(self.person)


class CapacityBody(Value, forbid_unknown_fields=True):
    """How many may come."""

    capacity: Capacity


class TimingBody(Value, forbid_unknown_fields=True):
    """When it is, on a wall clock of its zone: on one day, or on some days of every week until a last day."""

    first: date
    begins: time
    minutes: Minutes
    zone: Zone
    weekdays: Annotated[tuple[Weekday, ...], msgspec.Meta(max_length=7)] = ()
    last: date | None = None
    left_out: Annotated[tuple[date, ...], msgspec.Meta(max_length=400)] = ()
    room: Room | None = None

    @property
    def timing(self) -> Timing:
        return Timing(self.first, self.begins, self.minutes, self.zone, self.weekdays, self.last, self.left_out)


class MeetingBody(TimingBody, forbid_unknown_fields=True, kw_only=True):
    """A new meeting of a section."""

    meeting: Meeting


ABOUT = {"title": "Celestial navigation", "level": "introductory", "summary": "By stars.", "department": "Seafaring"}
TIMING = {
    "first": "2027-03-01",
    "begins": "09:00:00",
    "minutes": 90,
    "zone": "Europe/Berlin",
    "weekdays": [1, 3],
    "last": "2027-06-30",
    "left_out": ["2027-05-17"],
    "room": "aula",
}
SPAN = {"starts": "2027-03-01T00:00:00Z", "ends": "2027-07-01T00:00:00Z", "term": "Spring 2027", "batch": "A"}
"""What such a body looks like."""
