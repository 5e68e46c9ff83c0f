"""What requests about plans and subscriptions say."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from api.http.payments import Amount, Method
from api.http.values import Called
from domain.kernel import ID, CourseId, Value
from domain.money import Currency, Money
from domain.subscriptions.events import Interval, PlanId, SubscriptionId
from domain.subscriptions.plan import Price

Plan = Annotated[PlanId, ID]
Subscription = Annotated[SubscriptionId, ID]
Courses = Annotated[tuple[Annotated[CourseId, ID], ...], msgspec.Meta(max_length=200, description="What it opens.")]
Version = Annotated[int, msgspec.Meta(ge=1, le=100_000, description="The version of the plan that was seen.")]
TrialDays = Annotated[int, msgspec.Meta(ge=0, le=730, description="For how many days one tries it for nothing.")]


class PriceBody(Value, forbid_unknown_fields=True):
    """What a period costs, and how long it is."""

    amount: Amount
    currency: Currency
    interval: Interval
    trial_days: TrialDays = 0

    @property
    def price(self) -> Price:
        return Price(Money(self.amount, self.currency), self.interval, self.trial_days)


class PlanBody(PriceBody, forbid_unknown_fields=True, kw_only=True):
    """What is offered. Where no courses are named, it opens every course."""

    plan: Plan
    name: Called
    courses: Courses | None = None


class NameBody(Value, forbid_unknown_fields=True):
    name: Called


class CoursesBody(Value, forbid_unknown_fields=True):
    """Where no courses are named, it opens every course."""

    courses: Courses | None = None


class MethodBody(Value, forbid_unknown_fields=True):
    """What one pays with from now on."""

    method: Method


class SubscribeBody(MethodBody, forbid_unknown_fields=True, kw_only=True):
    """Which version of the plan one has seen, and what one pays with, now and at each renewal."""

    version: Version


class SwitchBody(Value, forbid_unknown_fields=True):
    plan: Plan
    version: Version


class CancelBody(Value, forbid_unknown_fields=True):
    """When it ends."""

    when: Literal["now", "period_end"] = "period_end"
