"""What one learner reached, told as stories."""

from __future__ import annotations

import pytest

from domain.assessment.assessment import Drafted, Published, Terms, Unknown
from domain.assessment.events import ResultRecorded
from domain.assessment.result import RESULT, Marked, Record, Unmarked
from domain.kernel import CourseId
from tests.given import about

given = about(RESULT)

stars, seas = CourseId("stars"), CourseId("seas")
terms = Terms("Midterm", 60, 30)
open_ = Published(stars, terms)


@pytest.mark.parametrize(("points", "passed"), [(0, False), (29, False), (30, True), (60, True)])
def test_who_reaches_enough_passes(points: int, passed: bool) -> None:  # noqa: FBT001
    given().when(Record(stars, points, open_)).then(ResultRecorded(stars, points, 60, passed))


def test_a_later_result_stands_in_place_of_the_one_before() -> None:
    failed = ResultRecorded(stars, 20, 60, passed=False)
    given(failed).when(Record(stars, 20, open_)).then()
    given(failed).when(Record(stars, 40, open_)).then(ResultRecorded(stars, 40, 60, passed=True))
    harder = Published(stars, Terms("Midterm", 60, 50))
    passed = ResultRecorded(stars, 40, 60, passed=True)
    given(failed, passed).when(Record(stars, 40, harder)).then(ResultRecorded(stars, 40, 60, passed=False))
    assert given(failed, passed).state == Marked(40, 60, passed=True)
    assert given().state == Unmarked()


def test_what_cannot_be_is_not_recorded() -> None:
    given().when(Record(stars, 61, open_)).refused("assessment.points")
    given().when(Record(stars, -1, open_)).refused("assessment.points")
    given().when(Record(stars, 40, Drafted(stars, terms))).refused("assessment.not_published")
    given().when(Record(stars, 40, Unknown())).refused("assessment.not_found")
    given().when(Record(seas, 40, open_)).refused("assessment.not_found")
