"""What happened to plans, to subscriptions to them, to what somebody's subscriptions open. These words are public:
facts are kept in them for ever.
"""

from __future__ import annotations

from typing import Literal

from domain.kernel import CourseId, Moment, PaymentId, Value
from domain.money import Money
from domain.subscriptions import terms

# What facts are told in is published with them.
PlanId = terms.PlanId
SubscriptionId = terms.SubscriptionId
Interval = terms.Interval
Number = terms.Number
Attempt = terms.Attempt
Terms = terms.Terms
Agreement = terms.Agreement
Invoice = terms.Invoice
Period = terms.Period

# --- plans: `plan:{plan}` -------------------------------------------------------------------------


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


class SubscriptionStarted(Value):
    """Its first period is paid for first, or tried for nothing until then."""

    agreement: Agreement
    trial_until: Moment | None = None


class TrialEndAnnounced(Value):
    """They are told that it costs from then on."""

    until: Moment


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
    """They pay with this from now on. `customer` is for whom the gateway keeps it, once it was paid with."""

    method: str
    customer: str | None


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
    | TrialEndAnnounced
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
