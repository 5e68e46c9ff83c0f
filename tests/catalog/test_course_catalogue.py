"""Which courses are there to take, and in which sections?"""

from __future__ import annotations

import pytest

from adapters.postgres.followers.projector import Projector
from application.ledger import Receipt
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
from domain.catalog.events import Price
from domain.catalog.section import (
    SECTION,
    AddAssistant,
    AddCoInstructor,
    AssignInstructor,
    CloseSection,
    OpenSection,
    Remove,
    ReviseSection,
    SetCapacity,
    Span,
)
from domain.kernel import CourseId, PersonId, Rejected
from projections.catalog import course_catalogue
from projections.catalog.course_catalogue import Filters, course, courses
from tests.followers.running import TENANT, asking, caller, following, make_models, writing
from tests.servers import Database

stars, sails, knots = CourseId("stars"), CourseId("sails"), CourseId("knots")
grace, ben, cy = PersonId("grace"), PersonId("ben"), PersonId("cy")


async def test_it_shows_the_courses_that_are_asked_for(database: Database) -> None:
    await make_models(database)
    async with (
        writing(database) as do,
        following(database, Projector(course_catalogue.MODEL)),
        asking(database) as ask,
    ):
        await do(COURSE.at(stars), DraftCourse(About("Stars", "How to find 100%.", "Sky", "introductory")), caller())
        await do(COURSE.at(sails), DraftCourse(About("Sails", "By wind.", "Sea", "advanced")), caller())
        await do(COURSE.at(knots), DraftCourse(About("Knots", "By hand.", "Sea", "introductory")), caller())
        await do(COURSE.at(sails), PriceCourse(Price(4900, "EUR")), caller())
        for one in (stars, sails, knots):
            await do(COURSE.at(one), PublishCourse(1), caller())
        await do(SECTION.at("s1"), OpenSection(stars, 3, Span(term="Spring")), caller())
        await do(SECTION.at("s2"), OpenSection(sails, 3, Span(term="Spring")), caller())
        receipt = await do(SECTION.at("s2"), CloseSection(), caller())

        async def found(filters: Filters, position: int = receipt.position) -> list[str]:
            return [row.course for row in (await courses(ask, TENANT, filters, min_position=position)).rows]

        assert await found(Filters("published")) == [knots, sails, stars]
        assert await found(Filters("draft")) == []
        assert await found(Filters(department="Sea")) == [knots, sails]
        assert await found(Filters(level="introductory")) == [knots, stars]
        assert await found(Filters(amount=0)) == [knots, stars]
        assert await found(Filters(amount=4900)) == [knots, sails, stars]
        assert await found(Filters(term="Spring")) == [stars]
        assert await found(Filters(text="BY wind")) == [sails]
        assert await found(Filters(text="100%")) == [stars]
        assert await found(Filters(text="1_0")) == []
        assert await found(Filters(text=" ")) == [knots, sails, stars]
        assert await found(Filters(department="Sea", level="advanced", text="sails")) == [sails]

        await do(COURSE.at(stars), ReviseCourse(About("A sky", "", "Sky", "advanced")), caller())
        receipt = await do(COURSE.at(knots), ArchiveCourse(), caller())
        assert await found(Filters(), receipt.position) == [stars, knots, sails]
        assert await found(Filters("published"), receipt.position) == [stars, sails]

        first = await courses(ask, TENANT, Filters(), limit=2)
        rest = await courses(ask, TENANT, Filters(), limit=2, cursor=first.cursor)
        assert [row.course for row in (*first.rows, *rest.rows)] == [stars, knots, sails]
        assert rest.cursor is None


async def test_a_course_tells_its_sections_and_who_teaches_them(database: Database) -> None:
    await make_models(database)
    async with (
        writing(database) as do,
        following(database, Projector(course_catalogue.MODEL)),
        asking(database) as ask,
    ):
        receipt: Receipt = await do(COURSE.at(stars), DraftCourse(About("Stars", "", "", "introductory")), caller())
        with pytest.raises(Rejected, match="no such course"):
            await course(ask, TENANT, stars, drafts=False, min_position=receipt.position)
        await do(COURSE.at(stars), PublishCourse(1), caller())
        section = SECTION.at("s1")
        for command in (
            OpenSection(stars, 3, Span(term="Spring"), grace),
            AddCoInstructor(ben),
            AddAssistant(cy),
            ReviseSection(Span(term="Autumn", batch="B")),
            SetCapacity(9),
            AssignInstructor(PersonId("dora")),
            Remove(cy),
        ):
            receipt = await do(section, command, caller())
        told, _ = await course(ask, TENANT, stars, drafts=False, min_position=receipt.position)
        (one,) = told.sections
        assert (one.section, one.status, one.capacity, one.term, one.batch) == ("s1", "open", 9, "Autumn", "B")
        assert [(who.person, who.part) for who in one.staff] == [("ben", "co-instructor"), ("dora", "instructor")]
        assert (told.version, one.version) == (2, receipt.version)


async def test_a_draft_that_was_given_up_is_gone(database: Database) -> None:
    await make_models(database)
    async with (
        writing(database) as do,
        following(database, Projector(course_catalogue.MODEL)),
        asking(database) as ask,
    ):
        await do(COURSE.at(stars), DraftCourse(About("Stars", "", "", "introductory")), caller())
        receipt = await do(COURSE.at(stars), DiscardCourse(), caller())
        with pytest.raises(Rejected, match="no such course"):
            await course(ask, TENANT, stars, drafts=True, min_position=receipt.position)
