"""What happened to plans, to subscriptions to them, to what somebody's subscriptions open. These words are public:
facts are kept in them for ever.
"""

from __future__ import annotations

from typing import Annotated, Literal, NewType

import msgspec

from domain.kernel import CourseId, Moment, PersonId, Value
from domain.money import Money
from domain.payments.events import PaymentId

PlanId = NewType("PlanId", str)
SubscriptionId = NewType("SubscriptionId", str)

Interval = Literal["week", "month", "year"]
Number = Annotated[int, msgspec.Meta(ge=0, le=100_000)]
"""Which period it is, counted from 0."""
Attempt = Annotated[int, msgspec.Meta(ge=1, le=100)]
"""The how manieth time it is that a period is asked to be paid for."""

# --- plans: `plan:{plan}` -------------------------------------------------------------------------


class Terms(Value):
    """What a period costs, how long it is, and for how many days one tries it first. They never change."""

    version: Annotated[int, msgspec.Meta(ge=1, le=100_000)]
    price: Money
    interval: Interval
    trial_days: Annotated[int, msgspec.Meta(ge=0, le=730)] = 0


class PlanDrafted(Value):
    """It opens these courses, or every course where there are none to name."""

    name: str
    terms: Terms
    courses: tuple[CourseId, ...] | None = None


class PlanPriced(Value):
    """Who subscribes from now on does so on these terms."""

    terms: Terms


class PlanNamed(Value):
    name: str


class PlanCoursesSet(Value):
    """What it opens from each subscriber's next period on; every course, where none is named."""

    courses: tuple[CourseId, ...] | None


class PlanPublished(Value):
    """One may subscribe to it."""


class PlanRetired(Value):
    """Nobody subscribes to it any more. Who did goes on."""


class SubscribersMoved(Value):
    """Whoever has an older version has this one from their next period on."""

    version: int


PlanEvent = PlanDrafted | PlanPriced | PlanNamed | PlanCoursesSet | PlanPublished | PlanRetired | SubscribersMoved

# --- subscriptions: `subscription:{subscription}` -------------------------------------------------


class Agreement(Value):
    """Who subscribed to what, and how they pay: `method` and `customer` are what the gateway calls them."""

    subscriber: PersonId
    plan: PlanId
    terms: Terms
    method: str
    customer: str
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


class SubscriptionStarted(Value):
    """Its first period is paid for first, or tried for nothing until then."""

    agreement: Agreement
    trial_until: Moment | None = None


class TrialEnded(Value):
    """From here on it costs."""


class InvoiceDue(Value):
    """The period begins, and is to be paid for."""

    number: Number
    attempt: Attempt


class InvoiceRaised(Value):
    invoice: Invoice


class PeriodPaid(Value):
    """So long it goes on."""

    period: Period


class RenewalFailed(Value):
    """It was not paid. It is tried again then, or never."""

    invoice: Invoice
    reason: str
    retry_at: Moment | None = None


class TermsMoved(Value):
    """It goes on on other terms of its plan. Periods are counted from `anchor`, which begins that of number `first`."""

    terms: Terms
    anchor: Moment
    first: Number


class PlanSwitchAsked(Value):
    """It goes on as this plan once the difference is paid."""

    plan: PlanId
    invoice: Invoice


class PlanSwitched(Value):
    plan: PlanId
    terms: Terms
    anchor: Moment
    first: Number


class PlanSwitchFailed(Value):
    """The difference was not paid: it goes on as it was."""

    reason: str


class MethodReplaced(Value):
    method: str
    customer: str


class CancellationScheduled(Value):
    """It ends then, and is open until then."""

    ends: Moment


class SubscriptionReactivated(Value):
    """It does not end."""


class SubscriptionEnded(Value):
    """Nothing more is invoiced. `unused` is what is given back of the period's payment."""

    reason: Literal["cancelled", "unpaid", "refunded"]
    unused: Money | None = None
    payment: PaymentId | None = None


SubscriptionEvent = (
    SubscriptionStarted
    | TrialEnded
    | InvoiceDue
    | InvoiceRaised
    | PeriodPaid
    | RenewalFailed
    | TermsMoved
    | PlanSwitchAsked
    | PlanSwitched
    | PlanSwitchFailed
    | MethodReplaced
    | CancellationScheduled
    | SubscriptionReactivated
    | SubscriptionEnded
)

# --- memberships: `membership:{person}` -----------------------------------------------------------


class PlanTaken(Value):
    """They subscribed to it, and perhaps try it first."""

    subscription: SubscriptionId
    plan: PlanId
    trial: bool


class MembershipOpened(Value):
    """A subscription opens these courses, or every course."""

    subscription: SubscriptionId
    plan: PlanId
    courses: tuple[CourseId, ...] | None


class MembershipClosed(Value):
    """A subscription opens nothing any more."""

    subscription: SubscriptionId


class CourseJoined(Value):
    """An enrolment began that nothing else was paid for."""

    course: CourseId


class CourseRested(Value):
    """No subscription opens it any more: the enrolment was suspended."""

    course: CourseId


class CourseResumed(Value):
    """A subscription opens it again: the enrolment was reinstated."""

    course: CourseId


MembershipEvent = PlanTaken | MembershipOpened | MembershipClosed | CourseJoined | CourseRested | CourseResumed

Event = PlanEvent | SubscriptionEvent | MembershipEvent
