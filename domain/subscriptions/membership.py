"""What the subscriptions of one person open, and the courses they joined because of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from msgspec.structs import replace

from domain.kernel import CourseId, Decider, Rejected, Value
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
from domain.subscriptions.events import MembershipEvent as Event


class Take(Value):
    """Subscribe to a plan, and try it first where that is wanted."""

    subscription: SubscriptionId
    plan: PlanId
    trial: bool


class Open(Value):
    """A subscription opens these courses, or every course."""

    subscription: SubscriptionId
    plan: PlanId
    courses: tuple[CourseId, ...] | None


class Close(Value):
    """A subscription opens nothing any more."""

    subscription: SubscriptionId


class Join(Value):
    """The enrolment begins because of what is open."""

    course: CourseId


class Rest(Value):
    """The enrolment was suspended, as nothing opens the course any more."""

    course: CourseId


class Resume(Value):
    """The enrolment was reinstated, as something opens the course again."""

    course: CourseId


Command = Take | Open | Close | Join | Rest | Resume


class Held(Value):
    """One subscription of theirs: what it opens, if it opens anything yet."""

    subscription: SubscriptionId
    plan: PlanId
    open: bool = False
    courses: tuple[CourseId, ...] | None = ()


class Membership(Value):
    """`tried` are the plans that were had for nothing once; `joined` are courses in the order in which they were.

    Of those, `rested` are the ones that rest now.
    """

    held: tuple[Held, ...] = ()
    ended: frozenset[SubscriptionId] = frozenset()
    tried: frozenset[PlanId] = frozenset()
    joined: tuple[CourseId, ...] = ()
    rested: frozenset[CourseId] = frozenset()

    def goes_on(self, course: CourseId) -> bool:
        """Whether they joined it, and it does not rest."""
        return course in self.joined and course not in self.rested

    def opens(self, course: CourseId) -> bool:
        return any(one.open and (one.courses is None or course in one.courses) for one in self.held)

    def of(self, subscription: SubscriptionId) -> Held | None:
        return next((one for one in self.held if one.subscription == subscription), None)

    def has(self, plan: PlanId, *, but: SubscriptionId) -> bool:
        """Whether they have another subscription to this plan."""
        return any(one.plan == plan and one.subscription != but for one in self.held)


State = Membership


def decide(state: State, command: Command) -> Iterator[Event]:
    match state, command:
        case _, Take(subscription) | Open(subscription) if subscription in state.ended:
            return  # It was closed before this was heard.
        case _, Take(subscription) if state.of(subscription) is not None:
            return
        case _, Take(subscription, plan) if state.has(plan, but=subscription):
            raise Rejected("subscription.exists_already", "there is a subscription of theirs to this plan")
        case _, Take(subscription, plan, trial):
            yield PlanTaken(subscription, plan, trial and plan not in state.tried)
        case _, Open(subscription, plan, courses):
            if state.of(subscription) != Held(subscription, plan, open=True, courses=courses):
                yield MembershipOpened(subscription, plan, courses)
        case _, Close(subscription) if subscription not in state.ended:
            yield MembershipClosed(subscription)
        case _, Join(course) if not state.goes_on(course):
            if not state.opens(course):
                raise Rejected("membership.not_open", "no subscription of theirs opens this course")
            yield CourseResumed(course) if course in state.rested else CourseJoined(course)
        case _, Rest(course) if state.goes_on(course) and not state.opens(course):
            yield CourseRested(course)
        case _, Resume(course) if course in state.rested and state.opens(course):
            yield CourseResumed(course)
        case _:
            return


def evolve(state: State, event: Event) -> State:
    match event:
        case PlanTaken(subscription, plan, trial):
            tried = state.tried | {plan} if trial else state.tried
            return replace(state, held=(*_others(state, subscription), Held(subscription, plan)), tried=tried)
        case MembershipOpened(subscription, plan, courses):
            opened = Held(subscription, plan, open=True, courses=courses)
            return replace(state, held=(*_others(state, subscription), opened))
        case MembershipClosed(subscription):
            return replace(state, held=_others(state, subscription), ended=state.ended | {subscription})
        case CourseJoined(course):
            return replace(state, joined=state.joined if course in state.joined else (*state.joined, course))
        case CourseRested(course):
            return replace(state, rested=state.rested | {course})
        case CourseResumed(course):
            return replace(state, rested=state.rested - {course})
        case _:
            assert_never(event)


def _others(state: State, subscription: SubscriptionId) -> tuple[Held, ...]:
    return tuple(one for one in state.held if one.subscription != subscription)


MEMBERSHIP = Decider[State, Command, Event]("membership", Membership(), decide, evolve)
