"""What is next on a path: every sentence of the rule in docs/adaptive-paths.md."""

from __future__ import annotations

from application.adapting import Evidence, mastery_of
from domain.kernel import CourseId
from domain.paths.adapting import Ahead, Next, next_step
from tests.proves import proves

a, b, c, d, r = (CourseId(name) for name in "abcdr")
steps = (Ahead(a), Ahead(b), Ahead(c, after=(b,)), Ahead(d))


def after(*of: Ahead, done: tuple[CourseId, ...] = (), **mastery: int) -> Next:
    """What is next for who has done and masters so much."""
    known = {CourseId(course): percent for course, percent in mastery.items()}
    return next_step(of or steps, done, known, completed=False)


@proves("path.adaptive")
def test_it_is_the_first_that_is_open_and_not_done() -> None:
    assert after() == Next(a, "in_order")
    assert after(done=(a,)) == Next(b, "in_order")
    assert after(done=(a, b)) == Next(c, "in_order")
    assert after(Ahead(a, resting=True), Ahead(b, after=(a,))) == Next(b, "in_order")
    assert after(Ahead(a, after=(b,)), Ahead(b, resting=True, after=(a,)), done=(a,)) == Next(None, "nothing_open")
    assert next_step(steps, (a,), {}, completed=True) == Next(None, "completed")


@proves("path.adaptive")
def test_what_is_mastered_is_passed_over_until_nothing_else_is_left() -> None:
    assert after(a=80) == Next(b, "in_order", None, (a,))
    assert after(done=(b, c, d), a=100) == Next(a, "passed_over_before")
    # Passing over is no completing: what comes after it waits.
    assert after(done=(a, d), b=90) == Next(b, "passed_over_before")


@proves("path.adaptive")
def test_the_best_mastered_comes_first_and_of_those_that_are_alike_the_first() -> None:
    assert after(d=70, b=60) == Next(d, "best_mastered")
    assert after(a=60, d=60) == Next(a, "in_order")
    assert after(a=20) == Next(b, "best_mastered")


@proves("path.adaptive")
def test_a_remedy_comes_before_what_is_hard() -> None:
    hard = (Ahead(a, remedy=r),)
    assert after(*hard, a=29) == Next(r, "remedy", a)
    assert after(*hard, a=30) == Next(a, "in_order")
    assert after(*hard, a=29, r=80) == Next(a, "in_order")
    assert after(Ahead(a), a=5) == Next(a, "in_order")


@proves("path.adaptive")
def test_a_locked_step_keeps_its_place() -> None:
    locked = (Ahead(a), Ahead(b, locked=True, remedy=r), Ahead(c))
    assert after(*locked, c=75) == Next(a, "in_order")
    assert after(*locked, done=(a,), b=95, c=75) == Next(b, "locked")
    assert after(*locked, done=(a,), b=5) == Next(b, "locked")
    assert after(*locked, a=85, c=75) == Next(b, "locked", None, (a,))


@proves("path.adaptive")
def test_mastery_follows_from_progress_and_little_evidence_says_little() -> None:
    art = CourseId("art")
    assert mastery_of(Evidence(art, completed=True, required=9, begun=0, done=0)) == 100
    assert mastery_of(Evidence(art, completed=False, required=0, begun=0, done=0)) == 50
    assert mastery_of(Evidence(art, completed=False, required=9, begun=0, done=0)) == 50
    assert mastery_of(Evidence(art, completed=False, required=9, begun=5, done=0)) == 27
    assert mastery_of(Evidence(art, completed=False, required=9, begun=8, done=8)) == 86
    assert mastery_of(Evidence(art, completed=False, required=1, begun=1, done=0)) == 33
