"""Every row of the table that says of which paths a course is a step."""

from __future__ import annotations

from domain.kernel import PathId
from domain.paths.events import CourseBecameStep, CourseCeasedToBeStep
from domain.paths.uses import USES, BecomeStep, CeaseToBeStep
from tests.given import about
from tests.proves import proves

given = about(USES)

pilot = PathId("pilot")


@proves("path.course_sync")
def test_a_course_is_known_to_be_a_step_of_paths() -> None:
    given().when(BecomeStep(pilot)).then(CourseBecameStep(pilot))
    given(CourseBecameStep(pilot)).when(BecomeStep(pilot)).then()
    given(CourseBecameStep(pilot)).when(CeaseToBeStep(pilot)).then(CourseCeasedToBeStep(pilot))
    given().when(CeaseToBeStep(pilot)).then()
