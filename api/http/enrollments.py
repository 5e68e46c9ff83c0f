"""What is sent to enrol somebody, or many."""

from __future__ import annotations

from typing import Annotated

import msgspec

from api.http.values import Text
from domain.kernel import ID, CourseId, LearnerId, LessonId, Moment, PaymentId, SectionId, Value

Course = Annotated[CourseId, ID]
Learner = Annotated[LearnerId, ID]
Lesson = Annotated[LessonId, ID]
Section = Annotated[SectionId, ID]
Group = Annotated[str, ID]
Seats = Annotated[int, msgspec.Meta(ge=1, le=100_000, description="How many may take part.")]

LESSONS_MAX = 1_000
CHOSEN_MAX = 100
PEOPLE_MAX = 20_000
MEMBERS_MAX = 1_000


class EnrollBody(Value, forbid_unknown_fields=True):
    """Who enrols on which course, what has to be learned there, in which section, and until when."""

    course: Course
    learner: Learner
    lessons: Annotated[tuple[Lesson, ...], msgspec.Meta(max_length=LESSONS_MAX)] = ()
    until: Moment | None = None
    section: Section | None = None


class BulkBody(Value, forbid_unknown_fields=True):
    """Who is to be enrolled: people by their ids, or a CSV file, and in what.

    The file is sent as base64. Its first line names its columns: `learner`, `address` or `username`.
    """

    course: Course
    section: Section | None = None
    lessons: Annotated[tuple[Lesson, ...], msgspec.Meta(max_length=LESSONS_MAX)] = ()
    until: Moment | None = None
    people: Annotated[tuple[Learner, ...], msgspec.Meta(max_length=PEOPLE_MAX)] = ()
    file: bytes = b""


class MembersBody(Value, forbid_unknown_fields=True):
    """Who is in a group from now on."""

    members: Annotated[tuple[Learner, ...], msgspec.Meta(min_length=1, max_length=MEMBERS_MAX)]


class GroupBody(Value, forbid_unknown_fields=True):
    """On what a group is enrolled, and whether whoever joins later follows."""

    course: Course
    lessons: Annotated[tuple[Lesson, ...], msgspec.Meta(max_length=LESSONS_MAX)] = ()
    section: Section | None = None
    until: Moment | None = None
    standing: bool = False


class ReasonBody(Value, forbid_unknown_fields=True):
    """Why a learner leaves a course, or is kept from it."""

    reason: Text


class PaymentBody(Value, forbid_unknown_fields=True):
    """Which payment it is about."""

    payment: Annotated[PaymentId, ID]


class OfferBody(Value, forbid_unknown_fields=True):
    """A section: of which course it is, how many may take part, and until when one may enrol."""

    section: Section
    course: Course
    capacity: Seats
    ends: Moment | None = None


class ResizeBody(Value, forbid_unknown_fields=True):
    """How many may take part."""

    capacity: Seats


class RequireBody(Value, forbid_unknown_fields=True):
    """The courses that one has to have graduated from."""

    courses: Annotated[tuple[Course, ...], msgspec.Meta(max_length=20)]


class Chosen(Value, forbid_unknown_fields=True):
    """One enrolment."""

    course: Course
    learner: Learner


class ChosenBody(Value, forbid_unknown_fields=True):
    """The enrolments that are to be moved."""

    enrollments: Annotated[tuple[Chosen, ...], msgspec.Meta(min_length=1, max_length=CHOSEN_MAX)]
