"""Every row of the table that decides on what terms one enrols."""

from __future__ import annotations

from domain.enrollments.events import EnrollingPriced, EnrollingResumed, EnrollingStopped, PrerequisitesSet
from domain.enrollments.terms import TERMS, Require, ResumeEnrolling, SetPriced, StopEnrolling, Terms
from domain.kernel import CourseId
from tests.given import about

given = about(TERMS)

art, ink, oil = CourseId("art"), CourseId("ink"), CourseId("oil")


def test_a_course_costs_something_or_nothing() -> None:
    given().when(SetPriced(priced=True)).then(EnrollingPriced(priced=True))
    given().when(SetPriced(priced=False)).then()
    given(EnrollingPriced(priced=True)).when(SetPriced(priced=False)).then(EnrollingPriced(priced=False))


def test_a_course_requires_others_but_not_itself() -> None:
    given().when(Require(art, (oil, ink, oil))).then(PrerequisitesSet((ink, oil)))
    given(PrerequisitesSet((ink, oil))).when(Require(art, (oil, ink))).then()
    given().when(Require(art, (ink, art))).refused("terms.circular")


def test_enrolling_is_stopped_and_resumed() -> None:
    given().when(StopEnrolling()).then(EnrollingStopped())
    given(EnrollingStopped()).when(StopEnrolling()).then()
    given(EnrollingStopped()).when(ResumeEnrolling()).then(EnrollingResumed())
    given().when(ResumeEnrolling()).then()
    assert given(EnrollingStopped(), PrerequisitesSet((ink,))).state == Terms(prerequisites=(ink,), stopped=True)
