"""What happened to courses, outlines and sections. These words are public: facts are kept in them for ever."""

from __future__ import annotations

from typing import Literal

from domain.catalog import terms
from domain.kernel import AssessmentId, CourseId, FileId, ItemId, Moment, PersonId, SectionId, Value

# What facts are told in is published with them.
ModuleId = terms.ModuleId
MeetingId = terms.MeetingId
RoomId = terms.RoomId
Price = terms.Price
ModuleOrder = terms.ModuleOrder
Timing = terms.Timing

Level = Literal["introductory", "intermediate", "advanced"]
ItemKind = Literal["text", "file", "video", "link", "test", "assignment"]

# --- courses: `course:{course}` -------------------------------------------------------------------


class CourseDrafted(Value):
    title: str
    summary: str
    department: str
    level: Level


class CourseRevised(Value):
    title: str
    summary: str
    department: str
    level: Level


class CoursePriced(Value):
    """Without a price it is free, as every course is at first."""

    price: Price | None


class CoursePublished(Value):
    """Students see it, and may enrol."""


class CourseArchived(Value):
    """Who is on it goes on; nobody enrols any more."""


class CourseDiscarded(Value):
    """A draft that nobody was ever shown, given up."""


CourseEvent = CourseDrafted | CourseRevised | CoursePriced | CoursePublished | CourseArchived | CourseDiscarded

# --- outlines: `outline:{course}` -----------------------------------------------------------------


class ModuleAdded(Value):
    module: ModuleId
    title: str


class ModuleRenamed(Value):
    module: ModuleId
    title: str


class ModuleRemoved(Value):
    module: ModuleId


class ItemAdded(Value):
    """At the end of its module. `content` is the text itself, or where it is found."""

    item: ItemId
    module: ModuleId
    kind: ItemKind
    title: str
    required: bool
    content: str = ""
    release: Moment | None = None
    prerequisites: tuple[ItemId, ...] = ()


class ItemRevised(Value):
    item: ItemId
    title: str
    content: str


class ItemMarkedRequired(Value):
    item: ItemId


class ItemMarkedOptional(Value):
    item: ItemId


class ItemReleaseSet(Value):
    """Students see it from then on; at once, if nothing is said."""

    item: ItemId
    release: Moment | None


class ItemPrerequisitesSet(Value):
    """Students see it when they have completed all of these."""

    item: ItemId
    prerequisites: tuple[ItemId, ...]


class ItemFileLinked(Value):
    """What it is, is in this file, instead of any before it."""

    item: ItemId
    file: FileId


class ItemFileUnlinked(Value):
    item: ItemId
    file: FileId


class AssessmentLinked(Value):
    """It is done by who passes this assessment, instead of any before it."""

    item: ItemId
    assessment: AssessmentId


class AssessmentUnlinked(Value):
    item: ItemId
    assessment: AssessmentId


class ItemRemoved(Value):
    item: ItemId


class ItemsReordered(Value):
    """The whole outline in its new order: modules, and the items within them."""

    order: tuple[ModuleOrder, ...]


OutlineEvent = (
    ModuleAdded
    | ModuleRenamed
    | ModuleRemoved
    | ItemAdded
    | ItemRevised
    | ItemMarkedRequired
    | ItemMarkedOptional
    | ItemReleaseSet
    | ItemPrerequisitesSet
    | ItemFileLinked
    | ItemFileUnlinked
    | AssessmentLinked
    | AssessmentUnlinked
    | ItemRemoved
    | ItemsReordered
)

# --- sections: `section:{section}` ----------------------------------------------------------------


class SectionOpened(Value):
    course: CourseId
    capacity: int
    starts: Moment | None = None
    ends: Moment | None = None
    instructor: PersonId | None = None
    term: str = ""
    batch: str = ""


class SectionRevised(Value):
    starts: Moment | None
    ends: Moment | None
    term: str
    batch: str


class SectionCapacitySet(Value):
    capacity: int


class SectionClosed(Value):
    """It takes nobody any more, and has no more meetings."""


class InstructorAssigned(Value):
    """Instead of whoever it was."""

    person: PersonId


class CoInstructorAdded(Value):
    person: PersonId


class CoInstructorRemoved(Value):
    person: PersonId


class AssistantAdded(Value):
    person: PersonId


class AssistantRemoved(Value):
    person: PersonId


class MeetingScheduled(Value):
    meeting: MeetingId
    timing: Timing
    room: RoomId | None = None


class MeetingMoved(Value):
    """To another time, or another room."""

    meeting: MeetingId
    timing: Timing
    room: RoomId | None = None


class MeetingCancelled(Value):
    meeting: MeetingId


SectionEvent = (
    SectionOpened
    | SectionRevised
    | SectionCapacitySet
    | SectionClosed
    | InstructorAssigned
    | CoInstructorAdded
    | CoInstructorRemoved
    | AssistantAdded
    | AssistantRemoved
    | MeetingScheduled
    | MeetingMoved
    | MeetingCancelled
)

# --- diaries: `diary:room:{room}`, `diary:instructor:{person}` ------------------------------------


class TimeBooked(Value):
    """A meeting of a section takes this time, instead of what it took before."""

    section: SectionId
    meeting: MeetingId
    timing: Timing


class TimeFreed(Value):
    section: SectionId
    meeting: MeetingId


DiaryEvent = TimeBooked | TimeFreed

Event = CourseEvent | OutlineEvent | SectionEvent | DiaryEvent
