"""What happened while learning. These words are public: facts are kept in them for ever."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

import msgspec

from domain.kernel import AssessmentId, CourseId, ItemId, Value

Percent = Annotated[int, msgspec.Meta(ge=0, le=100)]
Milestone = Literal[
    "first_course",
    "five_courses",
    "ten_courses",
    "streak_of_7_days",
    "streak_of_30_days",
    "streak_of_100_days",
]

# --- progress: `progress:{course}:{learner}` ------------------------------------------------------


class Reached(Value):
    """How far one has come in an item. At `position`, a second or a page; `seconds` are of the sitting."""

    percent: Percent
    position: int
    sitting: str
    seconds: int


class ItemStarted(Value):
    item: ItemId
    reach: Reached


class ItemProgressed(Value):
    item: ItemId
    reach: Reached


class ItemCompleted(Value):
    item: ItemId


class CourseItemsCompleted(Value):
    """Every item that was required then is done."""


ProgressEvent = ItemStarted | ItemProgressed | ItemCompleted | CourseItemsCompleted

# --- what there is to do: `syllabus:{course}` -----------------------------------------------------


Proof = Literal["word", "evidence"]
"""What completes an item: the word of who learns, or only evidence that somebody else gives."""


class ItemEnteredSyllabus(Value):
    item: ItemId
    required: bool
    proof: Proof = "word"


class ItemBecameRequired(Value):
    item: ItemId


class ItemBecameOptional(Value):
    item: ItemId


class ItemLeftSyllabus(Value):
    item: ItemId


class ItemTiedToAssessment(Value):
    """Whoever passes it has done this item."""

    item: ItemId
    assessment: AssessmentId


class ItemUntiedFromAssessment(Value):
    item: ItemId


SyllabusEvent = (
    ItemEnteredSyllabus
    | ItemBecameRequired
    | ItemBecameOptional
    | ItemLeftSyllabus
    | ItemTiedToAssessment
    | ItemUntiedFromAssessment
)

# --- days and milestones: `streak:{learner}` ------------------------------------------------------


class StudyDayCounted(Value):
    """A day of the learner's own calendar."""

    day: date


class CourseCounted(Value):
    course: CourseId


class MilestoneReached(Value):
    milestone: Milestone


StreakEvent = StudyDayCounted | CourseCounted | MilestoneReached

Event = ProgressEvent | SyllabusEvent | StreakEvent
