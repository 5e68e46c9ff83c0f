"""Every row of the table that decides about a course."""

from __future__ import annotations

from domain.catalog.course import (
    COURSE,
    About,
    ArchiveCourse,
    DiscardCourse,
    DraftCourse,
    PriceCourse,
    PublishCourse,
    ReviseCourse,
)
from domain.catalog.events import (
    CourseArchived,
    CourseDiscarded,
    CourseDrafted,
    CoursePriced,
    CoursePublished,
    CourseRevised,
    Price,
)
from tests.given import about

given = about(COURSE)

stars = About("Stars", "How to find them.", "Seafaring", "introductory")
more_stars = About("More stars", "How to find them.", "Seafaring", "advanced")
drafted = CourseDrafted("Stars", "How to find them.", "Seafaring", "introductory")
revised = CourseRevised("More stars", "How to find them.", "Seafaring", "advanced")
published, archived, discarded = CoursePublished(), CourseArchived(), CourseDiscarded()
price = Price(4900, "EUR")


def test_a_course_is_drafted_once() -> None:
    given().when(DraftCourse(stars)).then(drafted)
    given(drafted).when(DraftCourse(stars)).then()
    given(drafted).when(DraftCourse(more_stars)).refused("course.exists")


def test_it_is_revised_and_priced_before_it_is_archived() -> None:
    given(drafted).when(ReviseCourse(more_stars)).then(revised)
    given(drafted, published).when(ReviseCourse(more_stars)).then(revised)
    given(drafted, revised).when(ReviseCourse(more_stars)).then()
    given(drafted).when(PriceCourse(price)).then(CoursePriced(price))
    given(drafted, CoursePriced(price)).when(PriceCourse(price)).then()
    given(drafted, CoursePriced(price), published).when(PriceCourse(None)).then(CoursePriced(None))
    given(drafted, published, archived).when(ReviseCourse(more_stars)).refused("course.archived")
    given(drafted, published, archived).when(PriceCourse(price)).refused("course.archived")


def test_only_what_has_something_in_it_is_published() -> None:
    given(drafted).when(PublishCourse(0)).refused("course.empty")
    given(drafted).when(PublishCourse(1)).then(published)
    given(drafted, published).when(PublishCourse(1)).then()


def test_what_is_published_is_archived_and_may_come_back() -> None:
    given(drafted).when(ArchiveCourse()).refused("course.not_published")
    given(drafted, published).when(ArchiveCourse()).then(archived)
    given(drafted, published, archived).when(ArchiveCourse()).then()
    given(drafted, published, archived).when(PublishCourse(2)).then(published)


def test_only_a_draft_is_given_up_and_then_for_ever() -> None:
    given(drafted).when(DiscardCourse()).then(discarded)
    given(drafted, discarded).when(DiscardCourse()).then()
    given(drafted, discarded).when(DraftCourse(stars)).refused("course.discarded")
    given(drafted, discarded).when(PublishCourse(1)).refused("course.not_found")
    given(drafted, published).when(DiscardCourse()).refused("course.was_published")


def test_nothing_is_done_to_a_course_that_is_not_there() -> None:
    for command in (ReviseCourse(stars), PriceCourse(price), PublishCourse(1), ArchiveCourse(), DiscardCourse()):
        given().when(command).refused("course.not_found")
