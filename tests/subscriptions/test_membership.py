"""Every row of the table that decides what somebody's subscriptions open."""

from __future__ import annotations

from domain.kernel import CourseId
from domain.subscriptions.events import (
    CourseJoined,
    CourseRested,
    CourseResumed,
    MembershipClosed,
    MembershipOpened,
    PlanId,
    PlanTaken,
    SubscriptionId,
)
from domain.subscriptions.membership import MEMBERSHIP, Close, Held, Join, Membership, Open, Rest, Resume, Take
from tests.given import about
from tests.proves import proves

given = about(MEMBERSHIP)

ONE, TWO = SubscriptionId("one"), SubscriptionId("two")
GOLD, SILVER = PlanId("gold"), PlanId("silver")
STARS, MOON = CourseId("stars"), CourseId("moon")

taken = PlanTaken(ONE, GOLD, trial=True)
opened = MembershipOpened(ONE, GOLD, (STARS,))
closed = MembershipClosed(ONE)
joined = (taken, opened, CourseJoined(STARS))
rested = (*joined, closed, CourseRested(STARS))


@proves("pay.subscription_create")
def test_a_plan_is_had_once_at_a_time_and_tried_once() -> None:
    given().when(Take(ONE, GOLD, trial=True)).then(taken)
    given(taken).when(Take(ONE, GOLD, trial=True)).then()
    given(taken).when(Take(TWO, GOLD, trial=True)).refused("subscription.exists_already")
    given(taken).when(Take(TWO, SILVER, trial=True)).then(PlanTaken(TWO, SILVER, trial=True))
    given(taken, closed).when(Take(TWO, GOLD, trial=True)).then(PlanTaken(TWO, GOLD, trial=False))
    given(taken, closed).when(Take(ONE, GOLD, trial=True)).then()


@proves("pay.subscription_create", "pay.subscription_cancel")
def test_what_a_subscription_opens_is_open_until_it_is_closed() -> None:
    given(taken).when(Open(ONE, GOLD, (STARS,))).then(opened)
    given(taken, opened).when(Open(ONE, GOLD, (STARS,))).then()
    given(taken, opened).when(Open(ONE, GOLD, None)).then(MembershipOpened(ONE, GOLD, None))
    given(taken, opened).when(Open(ONE, SILVER, (MOON,))).then(MembershipOpened(ONE, SILVER, (MOON,)))
    given(taken, opened).when(Close(ONE)).then(closed)
    given(taken, opened, closed).when(Close(ONE)).then()
    given(taken, opened, closed).when(Open(ONE, GOLD, (STARS,))).then()
    given(taken).when(Close(ONE)).then(closed)


@proves("pay.subscription_create")
def test_a_course_is_joined_that_is_open() -> None:
    given(taken, opened).when(Join(STARS)).then(CourseJoined(STARS))
    given(*joined).when(Join(STARS)).then()
    given(taken, opened).when(Join(MOON)).refused("membership.not_open")
    given(taken).when(Join(STARS)).refused("membership.not_open")
    given(taken, MembershipOpened(ONE, GOLD, None)).when(Join(MOON)).then(CourseJoined(MOON))
    given(*rested, MembershipOpened(TWO, GOLD, None)).when(Join(STARS)).then(CourseResumed(STARS))


@proves("pay.subscription_cancel")
def test_a_course_rests_that_nothing_opens_any_more_and_resumes_when_something_does() -> None:
    given(*joined).when(Rest(STARS)).then()
    given(*joined, closed).when(Rest(STARS)).then(CourseRested(STARS))
    given(*rested).when(Rest(STARS)).then()
    given(*joined, closed).when(Rest(MOON)).then()
    another = MembershipOpened(TWO, SILVER, (STARS, MOON))
    given(*joined, another, closed).when(Rest(STARS)).then()
    given(*rested).when(Resume(STARS)).then()
    given(*rested, another).when(Resume(STARS)).then(CourseResumed(STARS))
    given(*rested, another).when(Resume(MOON)).then()
    given(*joined).when(Resume(STARS)).then()


def test_what_a_membership_is() -> None:
    state = given(*rested).state
    assert state == Membership((), frozenset({ONE}), frozenset({GOLD}), (STARS,), frozenset({STARS}))
    assert not state.goes_on(STARS)
    again = given(*rested, MembershipOpened(TWO, SILVER, None), CourseResumed(STARS)).state
    assert again.goes_on(STARS)
    assert again.of(TWO) == Held(TWO, SILVER, open=True, courses=None)
    assert again.has(SILVER, but=ONE)
    assert not again.has(SILVER, but=TWO)
