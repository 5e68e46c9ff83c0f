"""Every row of the table that decides about an outline, and what of it is shown to whom."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from adapters.postgres.followers.projector import Projector
from domain.catalog.course import COURSE, About, DiscardCourse, DraftCourse, PublishCourse
from domain.catalog.events import (
    AssessmentLinked,
    AssessmentUnlinked,
    ItemAdded,
    ItemMarkedOptional,
    ItemMarkedRequired,
    ItemPrerequisitesSet,
    ItemReleaseSet,
    ItemRemoved,
    ItemRevised,
    ItemsReordered,
    ModuleAdded,
    ModuleId,
    ModuleOrder,
    ModuleRemoved,
    ModuleRenamed,
)
from domain.catalog.outline import (
    OUTLINE,
    AddItem,
    AddModule,
    Item,
    LinkAssessment,
    MarkOptional,
    MarkRequired,
    RemoveItem,
    RemoveModule,
    RenameModule,
    Reorder,
    ReviseItem,
    SetPrerequisites,
    SetRelease,
    UnlinkAssessment,
)
from domain.enrollments.enrollment import ENROLLMENT, CompleteLesson
from domain.kernel import AssessmentId, ItemId, LearnerId, Rejected
from projections.catalog import outline as model
from projections.catalog.outline import Outline
from tests.followers.running import COURSE as ART
from tests.followers.running import LESSONS, TENANT, asking, caller, enroll, following, make_models, writing
from tests.given import about
from tests.servers import Database

given = about(OUTLINE)

night, day = ModuleId("night"), ModuleId("day")
stars, moon, sun = ItemId("stars"), ItemId("moon"), ItemId("sun")
soon = datetime(2027, 3, 1, tzinfo=UTC)
film = Item("video", "Stars", required=True, content="https://a.example/1")
added = ItemAdded(stars, night, "video", "Stars", required=True, content="https://a.example/1")
moon_after_stars = ItemAdded(moon, night, "text", "Moon", required=True, prerequisites=(stars,))
one_module = (ModuleAdded(night, "Night"), added)
whole = (*one_module, moon_after_stars, ModuleAdded(day, "Day"), ItemAdded(sun, day, "link", "Sun", required=False))


def test_modules_come_are_renamed_and_go_when_they_are_empty() -> None:
    given().when(AddModule(night, "Night")).then(ModuleAdded(night, "Night"))
    given(ModuleAdded(night, "Night")).when(AddModule(night, "Night")).then()
    given(ModuleAdded(night, "Night")).when(AddModule(night, "Day")).refused("module.exists")
    given(*one_module).when(RenameModule(night, "Nights")).then(ModuleRenamed(night, "Nights"))
    given(*one_module).when(RenameModule(night, "Night")).then()
    given().when(RenameModule(night, "Night")).refused("module.not_found")
    given(*one_module).when(RemoveModule(night)).refused("module.not_empty")
    given(ModuleAdded(night, "Night")).when(RemoveModule(night)).then(ModuleRemoved(night))
    given().when(RemoveModule(night)).then()


def test_items_are_added_once() -> None:
    given(ModuleAdded(night, "Night")).when(AddItem(stars, night, film)).then(added)
    given(*one_module).when(AddItem(stars, night, film)).then()
    given(*one_module).when(AddItem(stars, night, Item("text", "Stars", required=True))).refused("item.exists")
    given().when(AddItem(stars, night, film)).refused("module.not_found")


def test_items_are_revised_required_and_released() -> None:
    given(*one_module).when(ReviseItem(stars, "Stars", "text")).then(ItemRevised(stars, "Stars", "text"))
    given(*one_module).when(ReviseItem(stars, "Stars", "https://a.example/1")).then()
    given(*one_module).when(MarkRequired(stars)).then()
    given(*one_module).when(MarkOptional(stars)).then(ItemMarkedOptional(stars))
    given(*one_module, ItemMarkedOptional(stars)).when(MarkOptional(stars)).then()
    given(*one_module, ItemMarkedOptional(stars)).when(MarkRequired(stars)).then(ItemMarkedRequired(stars))
    given(*one_module).when(SetRelease(stars, soon)).then(ItemReleaseSet(stars, soon))
    given(*one_module, ItemReleaseSet(stars, soon)).when(SetRelease(stars, soon)).then()
    given().when(MarkRequired(stars)).refused("item.not_found")


def test_a_test_is_linked_to_one_assessment_at_a_time() -> None:
    midterm, final = AssessmentId("midterm"), AssessmentId("final")
    quiz = ItemAdded(sun, night, "test", "Quiz", required=True)
    linked = AssessmentLinked(sun, midterm)
    given(*one_module, quiz).when(LinkAssessment(sun, midterm)).then(linked)
    given(*one_module, quiz, linked).when(LinkAssessment(sun, midterm)).then()
    given(*one_module, quiz, linked).when(LinkAssessment(sun, final)).then(
        AssessmentUnlinked(sun, midterm), AssessmentLinked(sun, final)
    )
    given(*one_module).when(LinkAssessment(stars, midterm)).refused("item.is_no_test")
    given(*one_module).when(LinkAssessment(sun, midterm)).refused("item.not_found")
    given(*one_module, quiz, linked).when(UnlinkAssessment(sun, midterm)).then(AssessmentUnlinked(sun, midterm))
    given(*one_module, quiz, linked).when(UnlinkAssessment(sun, final)).then()
    given(*one_module, quiz, linked).when(RemoveItem(sun, keep_one=True)).then(
        AssessmentUnlinked(sun, midterm), ItemRemoved(sun)
    )


def test_nothing_comes_before_itself() -> None:
    given(*whole).when(SetPrerequisites(sun, (moon,))).then(ItemPrerequisitesSet(sun, (moon,)))
    given(*whole).when(SetPrerequisites(moon, (stars,))).then()
    given(*whole).when(SetPrerequisites(stars, (moon,))).refused("item.prerequisite_of_itself")
    given(*whole).when(SetPrerequisites(stars, (stars,))).refused("item.prerequisite_of_itself")
    given(*whole).when(SetPrerequisites(stars, (ItemId("mars"),))).refused("item.unknown_prerequisite")


def test_what_others_need_is_kept_and_so_is_the_last_of_what_is_published() -> None:
    given(*whole).when(RemoveItem(stars, keep_one=True)).refused("item.needed")
    given(*whole).when(RemoveItem(sun, keep_one=True)).then(ItemRemoved(sun))
    given(*one_module).when(RemoveItem(stars, keep_one=True)).refused("course.empty")
    given(*one_module).when(RemoveItem(stars, keep_one=False)).then(ItemRemoved(stars))
    given().when(RemoveItem(stars, keep_one=True)).then()


def test_an_order_is_of_everything_once() -> None:
    order = (ModuleOrder(day, (moon, sun)), ModuleOrder(night, (stars,)))
    given(*whole).when(Reorder(order)).then(ItemsReordered(order))
    given(*whole, ItemsReordered(order)).when(Reorder(order)).then()
    for wrong in (
        (ModuleOrder(day, (moon, sun)),),
        (ModuleOrder(day, (moon, sun)), ModuleOrder(night, ())),
        (ModuleOrder(day, (moon, sun)), ModuleOrder(night, (stars, moon))),
        (ModuleOrder(day, (moon, sun)), ModuleOrder(night, (stars, ItemId("mars")))),
    ):
        given(*whole).when(Reorder(wrong)).refused("outline.incomplete")


def shown(found: Outline) -> list[tuple[str, list[str]]]:
    return [(module.module, [item.item for item in module.items]) for module in found.modules]


async def test_a_learner_is_shown_what_is_released_and_what_they_have_come_to(database: Database) -> None:
    first, second = (ItemId(lesson) for lesson in LESSONS)
    later, hidden = ItemId("later"), ItemId("hidden")
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    ada, stream = LearnerId("ada"), OUTLINE.at(ART)
    await make_models(database)
    async with writing(database) as do, following(database, Projector(model.MODEL)), asking(database) as ask:
        await do(COURSE.at(ART), DraftCourse(About("Art", "", "", "introductory")), caller())
        await do(stream, AddModule(night, "Night"), caller())
        for item, what in (
            (first, Item("text", "First", required=True, content="Once upon a time")),
            (second, Item("text", "Second", required=True, prerequisites=(first,))),
            (later, Item("text", "Later", required=True, release=tomorrow)),
            (hidden, Item("text", "Hidden", required=False, prerequisites=(second,))),
        ):
            receipt = await do(stream, AddItem(item, night, what), caller())
        everything, _ = await model.outline(ask, TENANT, ART, min_position=receipt.position)
        assert shown(everything) == [("night", [first, second, later, hidden])]
        assert (everything.status, everything.version) == ("draft", receipt.version)
        assert everything.modules[0].items[0].content == "Once upon a time"

        await enroll(do, ada)
        receipt = await do(COURSE.at(ART), PublishCourse(4), caller())
        told, _ = await model.outline(ask, TENANT, ART, ada, min_position=receipt.position)
        assert shown(told) == [("night", [first])]
        assert told.modules[0].items[0].content is None
        receipt = await do(ENROLLMENT.at(ART, ada), CompleteLesson(LESSONS[0]), caller())
        told, _ = await model.outline(ask, TENANT, ART, ada, min_position=receipt.position)
        assert shown(told) == [("night", [first, second])]
        told, _ = await model.outline(ask, TENANT, ART, LearnerId("ben"), min_position=receipt.position)
        assert shown(told) == [("night", [first])]

        await do(stream, AddModule(day, "Day"), caller())
        order = (ModuleOrder(day, (later, second)), ModuleOrder(night, (hidden, first)))
        await do(stream, Reorder(order), caller())
        receipt = await do(stream, SetRelease(later, None), caller())
        told, _ = await model.outline(ask, TENANT, ART, ada, min_position=receipt.position)
        assert shown(told) == [("day", [later, second]), ("night", [first])]


async def test_a_course_that_was_given_up_has_no_outline(database: Database) -> None:
    await make_models(database)
    async with writing(database) as do, following(database, Projector(model.MODEL)), asking(database) as ask:
        await do(COURSE.at(ART), DraftCourse(About("Art", "", "", "introductory")), caller())
        receipt = await do(COURSE.at(ART), DiscardCourse(), caller())
        with pytest.raises(Rejected, match="no such course"):
            await model.outline(ask, TENANT, ART, min_position=receipt.position)
