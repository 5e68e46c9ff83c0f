"""How subscriptions move on: each step is one decision over the subscription and what it moves with it.

An invoice is raised in the append in which its payment is initiated. So a period is asked to be paid once, and what is
captured is for the invoice that waits for it, or is given back.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from msgspec.structs import replace

from application.do import AnyStream
from application.enrolling import Deciding
from application.paying import check_method
from application.policies import Bound
from domain.enrollments.enrollment import ENROLLMENT, RecordPayment, Refund, Reinstate, Suspend
from domain.enrollments.enrollment import State as Enrollment
from domain.enrollments.enrollment import Suspended as Resting
from domain.enrollments.enrollment import Unpaid as Awaiting
from domain.kernel import CourseId, LearnerId, Moment, PaymentId, PersonId, Rejected
from domain.money import Money
from domain.payments.customer import CUSTOMER, Opened
from domain.payments.events import ForPlan, PaymentCaptured, PaymentInitiated, RefundId
from domain.payments.payment import PAYMENT, AskRefund, Captured, Initiate, Unstarted
from domain.payments.payment import State as Payment
from domain.subscriptions.calendar import days_after
from domain.subscriptions.events import (
    Agreement,
    InvoiceRaised,
    PlanId,
    PlanSwitchAsked,
    SubscriptionId,
)
from domain.subscriptions.membership import MEMBERSHIP, Join, Membership, Rest, Resume, Take
from domain.subscriptions.periods import Kept
from domain.subscriptions.plan import PLAN, Offer, Published, Unknown
from domain.subscriptions.plan import State as Plan
from domain.subscriptions.subscription import (
    SUBSCRIPTION,
    Absent,
    Bill,
    Renewing,
    ReplaceMethod,
    Settle,
    Start,
    State,
    Switch,
)

PAY_WITHIN = timedelta(days=1)
"""What a gateway has not settled by then has failed."""
BY_SUBSCRIPTION = PaymentId("subscription")
"""What an enrolment is paid with that a subscription opens."""
NOT_OWED = RefundId("not-owed")
"""The refund of what was captured when nothing was to be paid with it any more."""
UNUSED = RefundId("unused")
"""The refund of the days that were left of what was cancelled at once."""


def payment_for(subscription: SubscriptionId, number: int, attempt: int) -> PaymentId:
    """What the payment is called with which a period is asked to be paid."""
    return PaymentId(f"{subscription}.{number}.{attempt}")


def subscribing(subscription: SubscriptionId, wish: Agreement, version: int, at: Moment) -> Deciding:
    """Somebody subscribes to a plan, in the version that they have seen."""
    check_method(wish.method)
    payment = payment_for(subscription, 0, 1)

    def decide(state: State, membership: Membership, paid: Payment, plan: Plan) -> Iterator[tuple[int, Any]]:
        if not isinstance(state, Absent):
            return
        terms = _offered(plan, version).terms
        taken = tuple(MEMBERSHIP.decide(membership, Take(subscription, wish.plan, terms.trial_days > 0)))
        tries = any(event.trial for event in taken)  # type: ignore[union-attr]
        until = days_after(at, wish.zone, terms.trial_days) if tries else None
        agreement = replace(wish, terms=terms)
        yield from ((1, event) for event in taken)
        yield from _with_payment(
            SUBSCRIPTION.decide(state, Start(agreement, at, payment, until)), 2, paid, agreement, subscription, at
        )

    streams = (SUBSCRIPTION.at(subscription), MEMBERSHIP.at(wish.subscriber), PAYMENT.at(payment))
    return Deciding(streams, decide, Take(subscription, wish.plan, trial=False), (PLAN.at(wish.plan),))


def repaying(method: str) -> ReplaceMethod:
    """Somebody pays with something else from now on. The gateway is to keep it when it is paid with."""
    check_method(method)
    return ReplaceMethod(method)


def _offered(plan: Plan, version: int) -> Offer:
    if isinstance(plan, Unknown):
        raise Rejected("plan.not_found", "there is no such plan")
    if not isinstance(plan, Published):
        raise Rejected("plan.not_published", "nobody subscribes to this plan now")
    if plan.offer.terms.version != version:
        raise Rejected("plan.other_version", f"this plan is offered in version {plan.offer.terms.version}")
    return plan.offer


def billing(subscription: SubscriptionId, due: tuple[int, int], plan: PlanId, at: Moment) -> Deciding:
    """A period that is due is invoiced, on the terms that its plan has for whoever has theirs."""
    number, attempt = due
    payment = payment_for(subscription, number, attempt)

    def decide(state: State, paid: Payment, offered: Plan) -> Iterator[tuple[int, Any]]:
        if not isinstance(state, Renewing):
            return
        terms = state.agreement.terms
        if attempt == 1 and state.agreement.plan == plan and not isinstance(offered, Unknown):
            terms = offered.offer.since(terms.version)
        bill = Bill(number, attempt, payment, terms)
        yield from _with_payment(SUBSCRIPTION.decide(state, bill), 1, paid, state.agreement, subscription, at)

    streams = (SUBSCRIPTION.at(subscription), PAYMENT.at(payment))
    return Deciding(streams, decide, Settle(payment), (PLAN.at(plan),))


def switching(  # noqa: PLR0913, PLR0917 — what a switch stands on
    subscription: SubscriptionId, person: PersonId, plan: PlanId, version: int, payment: PaymentId, at: Moment
) -> Deciding:
    """A subscription goes on as another plan, once what it costs more is paid."""

    def decide(state: State, paid: Payment, offered: Plan, membership: Membership) -> Iterator[tuple[int, Any]]:
        terms = _offered(offered, version).terms
        if membership.has(plan, but=subscription):
            raise Rejected("subscription.exists_already", "there is a subscription of theirs to this plan")
        events = tuple(SUBSCRIPTION.decide(state, Switch(plan, terms, payment, at)))
        if isinstance(state, Absent):
            return
        agreement = replace(state.agreement, plan=plan, terms=terms)
        yield from _with_payment(events, 1, paid, agreement, subscription, at)

    beside = (PLAN.at(plan), MEMBERSHIP.at(person))
    return Deciding((SUBSCRIPTION.at(subscription), PAYMENT.at(payment)), decide, Settle(payment), beside)


def _with_payment(  # noqa: PLR0913, PLR0917 — what a payment is asked for with
    events: Any, place: int, paid: Payment, agreement: Agreement, subscription: SubscriptionId, at: Moment
) -> Iterator[tuple[int, Any]]:
    """What happens to a subscription, and beside an invoice its payment."""
    for event in events:
        yield 0, event
        if isinstance(event, InvoiceRaised | PlanSwitchAsked):
            money, purpose = event.invoice.money, ForPlan(agreement.plan, subscription)
            paying = (agreement.gateway, agreement.method, at + PAY_WITHIN)
            # Who switches is there to be asked. So is who just subscribed; who has another method, or whose trial
            # has ended, is written to.
            who = None if isinstance(event, PlanSwitchAsked) else agreement.customer
            ask = Initiate(agreement.subscriber, purpose, money, *paying, customer=who, keep=who is None)
            yield from ((place, initiated) for initiated in PAYMENT.decide(paid, ask))


def settling_period(subscription: SubscriptionId, payment: PaymentId, kept: Kept | None = None) -> Deciding:
    """What was captured pays for the invoice that waits for it; where none does, it is given back."""
    settle = Settle(payment, kept)

    def decide(state: State, paid: Payment) -> Iterator[tuple[int, Any]]:
        try:
            yield from [(0, event) for event in SUBSCRIPTION.decide(state, settle)]
        except Rejected as no:
            if isinstance(paid, Captured) and paid.left > 0:
                back = AskRefund(NOT_OWED, None, no.detail)
                yield from ((1, event) for event in PAYMENT.decide(paid, back))

    return Deciding((SUBSCRIPTION.at(subscription), PAYMENT.at(payment)), decide, settle)


def paid_with(payment: PaymentId) -> AnyStream:
    """Where it is kept what became of a payment."""
    return PAYMENT.at(payment)


async def kept_of(captured: PaymentCaptured, paid: Payment, do: Bound) -> Kept | None:
    """What a payment was made with, where the gateway keeps it for the payer from now on."""
    if captured.kept is None or isinstance(paid, Unstarted) or not paid.about.keep:
        return None
    customer = await do.look(CUSTOMER.at(paid.about.gateway, paid.about.payer))
    return Kept(paid.about.method, captured.kept, customer.customer) if isinstance(customer, Opened) else None


def about_of(paid: Payment) -> PaymentInitiated | None:
    """What was asked to be paid; nothing, where nothing was."""
    return None if isinstance(paid, Unstarted) else paid.about


def unused_of(paid: Payment, unused: Money) -> AskRefund | None:
    """What is given back of a payment for days that are left, as far as that is still there."""
    back = min(unused.amount, paid.left) if isinstance(paid, Captured) else 0
    return AskRefund(UNUSED, Money(back, unused.currency), "unused days") if back > 0 else None


def joining(course: CourseId, learner: LearnerId) -> Deciding:
    """An enrolment that waits to be paid for begins, as a subscription of theirs opens the course."""
    paid = RecordPayment(BY_SUBSCRIPTION)

    def decide(enrollment: Enrollment, membership: Membership) -> Iterator[tuple[int, Any]]:
        if not membership.opens(course):
            raise Rejected("membership.not_open", "no subscription of theirs opens this course")
        if not isinstance(enrollment, Awaiting):
            raise Rejected("membership.nothing_waits", "no enrolment on it waits to be paid for")
        yield from ((0, event) for event in ENROLLMENT.decide(enrollment, paid))
        yield from ((1, event) for event in MEMBERSHIP.decide(membership, Join(course)))

    return Deciding((ENROLLMENT.at(course, learner), MEMBERSHIP.at(learner)), decide, Join(course))


def resting(course: CourseId, learner: LearnerId) -> Deciding:
    """An enrolment rests that nothing opens any more. One that rests for another reason is left to that."""
    steps = (Suspend("subscription_ended"), Refund(BY_SUBSCRIPTION))

    def decide(enrollment: Enrollment, membership: Membership) -> Iterator[tuple[int, Any]]:
        if not membership.goes_on(course) or membership.opens(course):
            return
        state = enrollment
        for step in steps:
            for event in ENROLLMENT.decide(state, step) if _may(state, step) else ():
                state = ENROLLMENT.evolve(state, event)
                yield 0, event
        if isinstance(state, Resting) and not isinstance(enrollment, Resting):
            yield from ((1, event) for event in MEMBERSHIP.decide(membership, Rest(course)))

    return Deciding((ENROLLMENT.at(course, learner), MEMBERSHIP.at(learner)), decide, Rest(course))


def _may(state: Enrollment, step: Refund | Suspend) -> bool:
    try:
        tuple(ENROLLMENT.decide(state, step))
    except Rejected:
        return False
    return True


def resuming(course: CourseId, learner: LearnerId) -> Deciding:
    """An enrolment goes on that rested for want of a subscription."""

    def decide(enrollment: Enrollment, membership: Membership) -> Iterator[tuple[int, Any]]:
        resumed = tuple(MEMBERSHIP.decide(membership, Resume(course)))
        if resumed and isinstance(enrollment, Resting):
            yield from ((0, event) for event in ENROLLMENT.decide(enrollment, Reinstate()))
        yield from ((1, event) for event in resumed)

    return Deciding((ENROLLMENT.at(course, learner), MEMBERSHIP.at(learner)), decide, Resume(course))
