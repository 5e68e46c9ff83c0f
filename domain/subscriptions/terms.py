"""What the facts of subscriptions are told in."""

from __future__ import annotations

from typing import Annotated, Literal, NewType

import msgspec

from domain.kernel import Moment, PaymentId, PersonId, Value
from domain.money import Money

PlanId = NewType("PlanId", str)
SubscriptionId = NewType("SubscriptionId", str)

Interval = Literal["week", "month", "year"]
Number = Annotated[int, msgspec.Meta(ge=0, le=100_000)]
"""Which period it is, counted from 0."""
Attempt = Annotated[int, msgspec.Meta(ge=1, le=100)]
"""The how manieth time it is that a period is asked to be paid for."""


class Terms(Value):
    """What a period costs, how long it is, and for how many days one tries it first. They never change."""

    version: Annotated[int, msgspec.Meta(ge=1, le=100_000)]
    price: Money
    interval: Interval
    trial_days: Annotated[int, msgspec.Meta(ge=0, le=730)] = 0


class Agreement(Value):
    """Who subscribed to what, and how they pay: `method` and `customer` are what the gateway calls them.

    Without a customer the gateway keeps nothing yet: it is asked to with the next payment, and their bank may ask them.
    """

    subscriber: PersonId
    plan: PlanId
    terms: Terms
    method: str
    customer: str | None
    gateway: str
    zone: str | None = None


class Invoice(Value):
    """What is to be paid for a period. `credit` is what is left of what was paid too much, once it is paid."""

    number: Number
    attempt: Attempt
    payment: PaymentId
    money: Money
    begins: Moment
    ends: Moment
    terms: Terms
    credit: Money


class Period(Value):
    """What was paid for. Where credit was enough there is no payment."""

    number: Number
    begins: Moment
    ends: Moment
    terms: Terms
    money: Money
    credit: Money
    payment: PaymentId | None = None
