"""What one may subscribe to, in the versions that there were."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, assert_never

import msgspec
from msgspec.structs import replace

from domain.kernel import CourseId, Decider, Rejected, Value
from domain.money import Money
from domain.subscriptions.events import (
    Interval,
    PlanCoursesSet,
    PlanDrafted,
    PlanNamed,
    PlanPriced,
    PlanPublished,
    PlanRetired,
    SubscribersMoved,
    Terms,
)
from domain.subscriptions.events import PlanEvent as Event


class Price(Value):
    """What a period of it costs, and how long it is."""

    price: Money
    interval: Interval
    trial_days: Annotated[int, msgspec.Meta(ge=0, le=730)] = 0


class Draft(Value):
    name: str
    price: Price
    courses: tuple[CourseId, ...] | None = None


class Rename(Value):
    name: str


class SetCourses(Value):
    """What it opens; every course, where none is named."""

    courses: tuple[CourseId, ...] | None


class Publish(Value):
    """Let people subscribe to it."""


class Retire(Value):
    """Let nobody subscribe to it any more."""


class MoveSubscribers(Value):
    """Let all who subscribed before go on on today's terms."""


Command = Draft | Price | Rename | SetCourses | Publish | Retire | MoveSubscribers


class Unknown(Value, tag=True):
    """There is no such plan."""


class Offer(Value):
    """What it is. `moved` is the version that nobody has less than, from their next period on."""

    name: str
    versions: tuple[Terms, ...]
    courses: tuple[CourseId, ...] | None
    moved: int = 1

    @property
    def terms(self) -> Terms:
        """Those of today."""
        return self.versions[-1]

    def since(self, version: int) -> Terms:
        """Those on which somebody goes on who has this version."""
        wanted = max(version, self.moved)
        return next((one for one in self.versions if one.version == wanted), self.terms)


class Drafted(Value, tag=True):
    offer: Offer


class Published(Value, tag=True):
    offer: Offer


class Retired(Value, tag=True):
    offer: Offer


State = Unknown | Drafted | Published | Retired


def decide(state: State, command: Command) -> Iterator[Event]:
    match state, command:
        case Unknown(), Draft(name, price, courses):
            yield PlanDrafted(name, _terms(1, price), courses)
        case Unknown(), _:
            raise Rejected("plan.not_found", "there is no such plan")
        case _, Draft(name, price) if (name, _terms(1, price)) != (state.offer.name, state.offer.versions[0]):
            raise Rejected("plan.exists_already", "there is another plan of this name")
        case _, Price() if _terms(state.offer.terms.version, command) != state.offer.terms:
            _check_currency(state.offer, command)
            yield PlanPriced(_terms(state.offer.terms.version + 1, command))
        case _, Rename(name) if name != state.offer.name:
            yield PlanNamed(name)
        case _, SetCourses(courses) if courses != state.offer.courses:
            yield PlanCoursesSet(courses)
        case Drafted() | Retired(), Publish():
            yield PlanPublished()
        case Drafted() | Published(), Retire():
            yield PlanRetired()
        case _, MoveSubscribers() if state.offer.moved != state.offer.terms.version:
            yield SubscribersMoved(state.offer.terms.version)
        case _:
            return  # It is so already.


def _terms(version: int, price: Price) -> Terms:
    if price.price.amount <= 0:
        raise Rejected("plan.costs_nothing", "a plan costs something")
    return Terms(version, price.price, price.interval, price.trial_days)


def _check_currency(offer: Offer, price: Price) -> None:
    if offer.terms.price.currency != price.price.currency:
        raise Rejected("plan.other_currency", f"this plan is paid for in {offer.terms.price.currency}")


def evolve(state: State, event: Event) -> State:
    match event:
        case PlanDrafted(name, terms, courses):
            return Drafted(Offer(name, (terms,), courses))
        case _ if isinstance(state, Unknown):
            return state
        case PlanPriced(terms):
            return replace(state, offer=replace(state.offer, versions=(*state.offer.versions, terms)))
        case PlanNamed(name):
            return replace(state, offer=replace(state.offer, name=name))
        case PlanCoursesSet(courses):
            return replace(state, offer=replace(state.offer, courses=courses))
        case PlanPublished():
            return Published(state.offer)
        case PlanRetired():
            return Retired(state.offer)
        case SubscribersMoved(version):
            return replace(state, offer=replace(state.offer, moved=version))
        case _:
            assert_never(event)


PLAN = Decider[State, Command, Event]("plan", Unknown(), decide, evolve)
