"""Every row of the table that decides about a path."""

from __future__ import annotations

from domain.kernel import CourseId
from domain.paths.events import (
    PathDrafted,
    PathPublished,
    PathRenamed,
    PathRetired,
    RuleSet,
    StepPlaced,
    StepsReordered,
    StepTaken,
)
from domain.paths.path import (
    PATH,
    Draft,
    PlaceStep,
    Publish,
    Published,
    Rename,
    Reorder,
    Retire,
    SetRule,
    Step,
    TakeStep,
)
from tests.given import about
from tests.proves import proves

given = about(PATH)

a, b, c = CourseId("a"), CourseId("b"), CourseId("c")
drafted, published = PathDrafted("Navigator"), PathPublished()
steps = (drafted, StepPlaced(a), StepPlaced(b, (a,)))


@proves("path.manage")
def test_a_path_is_drafted_renamed_published_and_retired() -> None:
    given().when(Draft("Navigator")).then(drafted)
    given(drafted).when(Draft("Navigator")).then()
    given(drafted).when(Draft("Pilot")).refused("path.exists")
    given(drafted).when(Rename("Pilot")).then(PathRenamed("Pilot"))
    given(drafted).when(Publish()).refused("path.too_short")
    given(*steps).when(Publish()).then(published)
    given(*steps, published).when(Publish()).then()
    given(*steps, published).when(Retire()).then(PathRetired())
    given(*steps, published, PathRetired()).when(Retire()).then()
    given(*steps, published, PathRetired()).when(Publish()).refused("path.not_possible")
    given().when(Publish()).refused("path.not_possible")


@proves("path.manage")
def test_steps_are_placed_with_what_comes_first() -> None:
    given(drafted).when(PlaceStep(a)).then(StepPlaced(a))
    given(*steps).when(PlaceStep(b, (a,))).then()
    given(*steps).when(PlaceStep(c, (CourseId("z"),))).refused("path.unknown_step")


@proves("path.manage")
def test_prerequisites_go_round_in_no_circle() -> None:
    given(*steps, StepPlaced(c, (b,))).when(PlaceStep(a, (c,))).refused("path.circle")
    given(*steps).when(PlaceStep(a, (a,))).refused("path.circle")
    given(*steps).when(PlaceStep(c, (c,))).refused("path.circle")


@proves("path.manage")
def test_a_number_of_steps_is_enough_where_there_are_so_many() -> None:
    given(*steps).when(SetRule(1)).then(RuleSet(1))
    given(*steps, RuleSet(1)).when(SetRule(1)).then()
    given(*steps, RuleSet(1)).when(SetRule(None)).then(RuleSet(None))
    given(*steps).when(SetRule(3)).refused("path.rule_unreachable")
    given(*steps, RuleSet(2)).when(TakeStep(b)).refused("path.too_short")


@proves("path.manage")
def test_a_step_is_taken_and_comes_before_nothing_any_more() -> None:
    given(*steps).when(TakeStep(a)).then(StepTaken(a))
    given(*steps, StepTaken(a)).when(TakeStep(a)).then()
    assert given(*steps, published, StepTaken(a)).state == Published("Navigator", {b: Step()})
    given(*steps, published, StepTaken(a)).when(TakeStep(b)).refused("path.too_short")


@proves("path.manage")
def test_steps_are_reordered_all_at_once() -> None:
    given(*steps).when(Reorder((b, a))).then(StepsReordered((b, a)))
    given(*steps).when(Reorder((a, b))).then()
    given(*steps).when(Reorder((a,))).refused("path.order_malformed")
    given(*steps).when(Reorder((a, a, b))).refused("path.order_malformed")
