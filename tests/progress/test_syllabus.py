"""Every row of the table that decides about a syllabus."""

from __future__ import annotations

from domain.kernel import AssessmentId, ItemId
from domain.progress.events import (
    ItemBecameOptional,
    ItemBecameRequired,
    ItemEnteredSyllabus,
    ItemLeftSyllabus,
    ItemTiedToAssessment,
    ItemUntiedFromAssessment,
)
from domain.progress.syllabus import SYLLABUS, AddItem, MakeOptional, RemoveItem, Require, Syllabus, Tie, Untie
from tests.given import about
from tests.proves import proves

given = about(SYLLABUS)

one, two = ItemId("one"), ItemId("two")
required, optional = ItemEnteredSyllabus(one, required=True), ItemEnteredSyllabus(one, required=False)


def test_an_item_enters_the_syllabus_once() -> None:
    given().when(AddItem(one, required=True)).then(required)
    given(required).when(AddItem(one, required=False)).then()


@proves("progress.required_items")
def test_an_item_becomes_required_and_optional_again() -> None:
    given(optional).when(Require(one)).then(ItemBecameRequired(one))
    given(required).when(Require(one)).then()
    given(required).when(MakeOptional(one)).then(ItemBecameOptional(one))
    given(optional).when(MakeOptional(one)).then()


def test_an_item_leaves_the_syllabus() -> None:
    given(required).when(RemoveItem(one)).then(ItemLeftSyllabus(one))
    given(required, ItemLeftSyllabus(one)).when(RemoveItem(one)).then()
    given(required, ItemLeftSyllabus(one)).when(Require(one)).then()


def test_an_item_is_tied_to_one_assessment_at_a_time() -> None:
    midterm, final = AssessmentId("midterm"), AssessmentId("final")
    tied = ItemTiedToAssessment(one, midterm)
    given(required).when(Tie(one, midterm)).then(tied)
    given(required, tied).when(Tie(one, midterm)).then()
    given(required, tied).when(Tie(one, final)).then(ItemTiedToAssessment(one, final))
    given().when(Tie(one, midterm)).then()
    given(required, tied).when(Untie(one, midterm)).then(ItemUntiedFromAssessment(one))
    given(required, tied).when(Untie(one, final)).then()
    assert given(required, tied).state.tested_by(midterm) == (one,)
    for gone in (ItemUntiedFromAssessment(one), ItemLeftSyllabus(one)):
        assert given(required, tied, gone).state.tested_by(midterm) == ()


def test_the_states_of_a_syllabus() -> None:
    assert given(required, ItemEnteredSyllabus(two, required=False)).state == Syllabus(
        frozenset({one, two}), frozenset({one})
    )
    proven = ItemEnteredSyllabus(one, required=True, proof="evidence")
    given().when(AddItem(one, required=True, proof="evidence")).then(proven)
    assert given(proven).state.proven == {one}
    assert given(proven, ItemBecameOptional(one)).state.proven == {one}
    assert given(proven, ItemLeftSyllabus(one)).state == Syllabus()
