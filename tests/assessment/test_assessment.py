"""One assessment, told as stories."""

from __future__ import annotations

import pytest

from domain.assessment.assessment import (
    ASSESSMENT,
    Draft,
    Drafted,
    Publish,
    Published,
    Revise,
    Terms,
    Unknown,
    Withdraw,
)
from domain.assessment.events import AssessmentDrafted, AssessmentPublished, AssessmentRevised, AssessmentWithdrawn
from domain.kernel import CourseId
from tests.given import about

given = about(ASSESSMENT)

stars, seas = CourseId("stars"), CourseId("seas")
terms, harder = Terms("Midterm", 60, 30), Terms("Midterm", 60, 36)
drafted, published = AssessmentDrafted(stars, "Midterm", 60, 30), AssessmentPublished()


def test_it_is_drafted_once() -> None:
    given().when(Draft(stars, terms)).then(drafted)
    given(drafted).when(Draft(stars, terms)).then()
    given(drafted).when(Draft(stars, harder)).refused("assessment.exists")
    given(drafted, published).when(Draft(seas, terms)).refused("assessment.exists")


@pytest.mark.parametrize("enough", [0, 61])
def test_what_nobody_or_everybody_passes_is_no_assessment(enough: int) -> None:
    given().when(Draft(stars, Terms("Midterm", 60, enough))).refused("assessment.never_passed")
    given(drafted).when(Revise(stars, Terms("Midterm", 60, enough))).refused("assessment.never_passed")


def test_it_is_revised_while_nobody_sits_it() -> None:
    given(drafted).when(Revise(stars, harder)).then(AssessmentRevised("Midterm", 60, 36))
    given(drafted).when(Revise(stars, terms)).then()
    given(drafted, published).when(Revise(stars, harder)).refused("assessment.published")
    given(drafted, published).when(Revise(stars, terms)).then()
    withdrawn = (drafted, published, AssessmentWithdrawn())
    given(*withdrawn).when(Revise(stars, harder)).then(AssessmentRevised("Midterm", 60, 36))


def test_it_is_published_and_withdrawn() -> None:
    given(drafted).when(Publish(stars)).then(published)
    given(drafted, published).when(Publish(stars)).then()
    given(drafted, published).when(Withdraw(stars)).then(AssessmentWithdrawn())
    given(drafted).when(Withdraw(stars)).then()


def test_what_is_not_there_and_what_is_another_courses_are_told_apart_by_nobody() -> None:
    for command in (Revise(seas, terms), Publish(seas), Withdraw(seas)):
        given().when(command).refused("assessment.not_found")
        given(drafted).when(command).refused("assessment.not_found")
        given(drafted, published).when(command).refused("assessment.not_found")


def test_the_states_of_an_assessment() -> None:
    assert given().state == Unknown()
    assert given(drafted, AssessmentRevised("Midterm", 60, 36)).state == Drafted(stars, harder)
    assert given(drafted, published).state == Published(stars, terms)
    assert given(published).state == Unknown()
