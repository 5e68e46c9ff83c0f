"""One course, from its draft to the archive."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from domain.catalog.events import (
    CourseArchived,
    CourseDiscarded,
    CourseDrafted,
    CoursePriced,
    CoursePublished,
    CourseRevised,
    Level,
    Price,
)
from domain.catalog.events import CourseEvent as Event
from domain.kernel import Decider, Rejected, Value, name


class About(Value):
    """What a course says of itself."""

    title: str
    summary: str
    department: str
    level: Level


class DraftCourse(Value):
    about: About


class ReviseCourse(Value):
    about: About


class PriceCourse(Value):
    price: Price | None


class PublishCourse(Value):
    """`items` is how many there are in its outline."""

    items: int


class ArchiveCourse(Value):
    """Let nobody enrol any more."""


class DiscardCourse(Value):
    """Give a draft up, for ever."""


Command = DraftCourse | ReviseCourse | PriceCourse | PublishCourse | ArchiveCourse | DiscardCourse


class Unknown(Value, tag=True):
    """Never drafted."""


class Draft(Value, tag=True):
    about: About
    price: Price | None = None


class Published(Value, tag=True):
    about: About
    price: Price | None = None


class Archived(Value, tag=True):
    about: About
    price: Price | None = None


class Discarded(Value, tag=True):
    """It was never more than a draft, and its id is not used again."""


State = Unknown | Draft | Published | Archived | Discarded


def decide(state: State, command: Command) -> Iterator[Event]:
    match state, command:
        case Unknown(), DraftCourse(about):
            yield CourseDrafted(about.title, about.summary, about.department, about.level)
        case ((Draft(now) | Published(now) | Archived(now)), DraftCourse(about)) if about != now:
            raise Rejected("course.exists", "there is a course with this id, and it is another")
        case ((Draft(now) | Published(now)), ReviseCourse(about)) if about != now:
            yield CourseRevised(about.title, about.summary, about.department, about.level)
        case ((Draft(price=now) | Published(price=now)), PriceCourse(price)) if price != now:
            yield CoursePriced(price)
        case Archived(), ReviseCourse() | PriceCourse():
            raise archived()
        case ((Draft() | Archived()), PublishCourse(items)) if items < 1:
            raise Rejected("course.empty", "a course is published when there is something in it")
        case ((Draft() | Archived()), PublishCourse()):
            yield CoursePublished()
        case Published(), ArchiveCourse():
            yield CourseArchived()
        case Draft(), DiscardCourse():
            yield CourseDiscarded()
        case Draft(), ArchiveCourse():
            raise Rejected("course.not_published", f"cannot {name(command)}: nobody was ever shown it")
        case ((Published() | Archived()), DiscardCourse()):
            raise Rejected("course.was_published", "what was published is archived, and kept")
        case Discarded(), DraftCourse():
            raise Rejected("course.discarded", "a course of this id was given up; choose another")
        case (Discarded(), DiscardCourse()) | ((Draft() | Published() | Archived()), _):
            return  # Already so. Saying it twice changes nothing.
        case _:
            raise missing()


def missing() -> Rejected:
    """No, because there is nothing to speak of."""
    return Rejected("course.not_found", "there is no such course")


def archived() -> Rejected:
    """No, because it is over."""
    return Rejected("course.archived", "the course is archived; publish it again first")


def evolve(state: State, event: Event) -> State:
    match event:
        case CourseDrafted(title, summary, department, level):
            return Draft(About(title, summary, department, level))
        case CourseRevised(title, summary, department, level):
            return _with(state, About(title, summary, department, level))
        case CoursePriced(price):
            match state:
                case Draft(about):
                    return Draft(about, price)
                case Published(about):
                    return Published(about, price)
                case _:
                    return state
        case CoursePublished():
            return Published(state.about, state.price) if isinstance(state, Draft | Archived) else state
        case CourseArchived():
            return Archived(state.about, state.price) if isinstance(state, Published) else state
        case CourseDiscarded():
            return Discarded()
        case _:
            assert_never(event)


def _with(state: State, about: About) -> State:
    match state:
        case Draft(price=price):
            return Draft(about, price)
        case Published(price=price):
            return Published(about, price)
        case _:
            return state


COURSE = Decider[State, Command, Event]("course", Unknown(), decide, evolve)
