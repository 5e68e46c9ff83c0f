"""Every row of the table that decides about a learner on their paths."""

from __future__ import annotations

from msgspec.structs import replace

from domain.kernel import CourseId, PathId
from domain.paths.events import (
    PathBegun,
    PathCompleted,
    PathLeft,
    StepCompleted,
    StepOpened,
)
from domain.paths.journey import JOURNEY, Arrived, Assess, Begin, Gone, LeavePath, OpenStep, Plan
from tests.given import about
from tests.proves import proves

given = about(JOURNEY)

a, b, c = CourseId("a"), CourseId("b"), CourseId("c")
pilot, sailor = PathId("pilot"), PathId("sailor")
plan = Plan(pilot, (a, b))
begun, left = PathBegun(pilot), PathLeft(pilot, "time")
done_a, done_b = StepCompleted(pilot, a), StepCompleted(pilot, b)


@proves("path.course_sync")
def test_a_path_is_begun_left_and_begun_again() -> None:
    given().when(Begin(plan)).then(begun)
    given(begun).when(Begin(plan)).then()
    given().when(Begin(replace(plan, may_begin=False))).refused("path.not_open")
    given(begun).when(Begin(replace(plan, may_begin=False))).then()
    given(begun).when(LeavePath(pilot, "time")).then(left)
    given(begun, left).when(LeavePath(pilot, "time")).then()
    given().when(LeavePath(pilot, "time")).refused("path.not_begun")
    given(begun, done_a, left).when(Begin(plan)).then(begun)
    assert given(begun, done_a, left).state.walks == {pilot: Gone(done=frozenset({a}))}
    given(begun, done_a, left, begun).when(Assess((plan,), frozenset({b}))).then(done_b, PathCompleted(pilot))


@proves("path.course_sync")
def test_a_step_is_opened_once_for_who_is_on_the_path() -> None:
    opened = StepOpened(pilot, a)
    given(begun).when(OpenStep(pilot, a)).then(opened)
    given(begun, opened).when(OpenStep(pilot, a)).then()
    given(begun, left).when(OpenStep(pilot, a)).then()


@proves("path.progress")
def test_a_course_counts_on_all_paths_and_each_is_completed_once() -> None:
    other = Plan(sailor, (a,), certified=True)
    both = (begun, PathBegun(sailor))
    assess = Assess((plan, other), frozenset({a}))
    arrived = (done_a, StepCompleted(sailor, a), PathCompleted(sailor, certified=True))
    given(*both).when(assess).then(*arrived)
    given(*both, *arrived).when(assess).then()
    given(*both, *arrived).when(Begin(other)).then()
    assert given(*both, *arrived).state.walks[sailor] == Arrived()
    given().when(Begin(plan, frozenset({a, b}))).then(begun, done_a, done_b, PathCompleted(pilot))


@proves("path.progress", "path.course_sync")
def test_so_many_steps_are_needed_as_the_rule_says_and_none_that_rests() -> None:
    of_three = Plan(pilot, (a, b, c), needed=2)
    given(begun, done_a).when(Assess((of_three,))).then()
    given(begun, done_a).when(Assess((of_three,), frozenset({c}))).then(StepCompleted(pilot, c), PathCompleted(pilot))
    given(begun, done_a).when(Assess((replace(plan, resting=frozenset({b})),))).then(PathCompleted(pilot))
    # What was done before it rests counts, and a path on which everything rests is completed by nobody.
    given(begun, done_b).when(Assess((replace(plan, resting=frozenset({b})),))).then()
    given(begun).when(Assess((replace(plan, resting=frozenset({a, b})),))).then()
    given(begun).when(Assess((Plan(pilot, ()),))).then()
