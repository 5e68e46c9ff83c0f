"""What we do about subscriptions: we bill them when they are due, retry what failed, and open what they pay for."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import Any

from application.belonging import OfPeople
from application.jobs import Errand, job
from application.ledger import Recorded
from application.mail import RETRIES, Mailer, People, letter
from application.permissions import ANALYST, AUDITOR, EVERYONE, STAFF, Permission
from application.policies import Bound
from application.settling import payment_of, settling
from application.subscribing import (
    about_of,
    billing,
    joining,
    kept_of,
    paid_with,
    resting,
    resuming,
    settling_period,
    unused_of,
)
from domain.enrollments.events import EnrollmentHeldForPayment, EnrollmentReinstated
from domain.kernel import CourseId, LearnerId, Moment, PersonId, Rejected, Value
from domain.payments.events import (
    DisputeLost,
    ForPlan,
    PaymentActionNeeded,
    PaymentCaptured,
    PaymentFailed,
    PaymentRefunded,
    PaymentVoided,
    Purpose,
)
from domain.subscriptions.events import (
    InvoiceDue,
    MembershipClosed,
    MembershipOpened,
    PeriodPaid,
    PlanId,
    PlanSwitched,
    RenewalFailed,
    SubscriptionEnded,
    SubscriptionId,
    SubscriptionStarted,
    TrialEndAnnounced,
)
from domain.subscriptions.membership import MEMBERSHIP, Close, Open
from domain.subscriptions.plan import PLAN
from domain.subscriptions.plan import Unknown as NoPlan
from domain.subscriptions.subscription import (
    SUBSCRIPTION,
    Absent,
    AnnounceTrialEnd,
    Ended,
    FailPayment,
    FallDue,
    Renewing,
    Retry,
    Revoke,
)

ANNOUNCED_BEFORE = timedelta(days=3)
"""So long before a trial ends it is said that it does; of a short one, when half of it is over."""

PERMISSIONS = (
    Permission("subscriptions.hold", "Subscribe oneself, and see and end what one subscribed to.", (EVERYONE,)),
    Permission("subscriptions.join", "Begin what a subscription opens.", (STAFF,), own=(EVERYONE,)),
    Permission("subscriptions.manage", "Make plans, and act on everyone's subscriptions.", (STAFF,)),
    Permission("subscriptions.read", "See who subscribed to what.", (STAFF, ANALYST, AUDITOR), watched=True),
    Permission("subscriptions.revenue", "See what is earned, month by month.", (ANALYST, AUDITOR)),
)
PERSONAL = OfPeople(
    keyed={"membership": 0},
    owned={"subscription": "agreement.subscriber"},
    apart=("plan",),
)


async def when_subscription_started_wait_for_its_trial_to_end(
    started: Recorded[SubscriptionStarted], do: Bound
) -> None:
    until = started.event.trial_until
    if until is not None:
        stream = SUBSCRIPTION.at(subscription_of(started))
        do.at(until, stream, FallDue(0))
        do.at(until - min(ANNOUNCED_BEFORE, (until - started.at) / 2), stream, AnnounceTrialEnd())
        await _open(subscription_of(started), do)


async def when_trial_end_announced_tell_subscriber(announced: Recorded[TrialEndAnnounced], do: Bound) -> None:
    state = await do.look(SUBSCRIPTION.at(subscription_of(announced)))
    if not isinstance(state, Absent):
        agreed = state.agreement
        name, money = await _called(agreed.plan, do), agreed.terms.price.said()
        do.later(tell_of_the_end_of_a_trial, TrialEnds(agreed.subscriber, name, money, announced.event.until))


async def when_invoice_due_raise_it(due: Recorded[InvoiceDue], do: Bound) -> None:
    state = await do.look(SUBSCRIPTION.at(subscription_of(due)))
    if isinstance(state, Renewing):
        which = (due.event.number, due.event.attempt)
        await do.across(*billing(subscription_of(due), which, state.agreement.plan, due.at))


async def when_period_paid_renew_in_time(paid: Recorded[PeriodPaid], do: Bound) -> None:
    period = paid.event.period
    do.at(period.ends, SUBSCRIPTION.at(subscription_of(paid)), FallDue(period.number + 1))


async def when_period_paid_open_what_it_is_for(paid: Recorded[PeriodPaid], do: Bound) -> None:
    await _open(subscription_of(paid), do)


async def when_plan_switched_open_what_it_is_for(switched: Recorded[PlanSwitched], do: Bound) -> None:
    await _open(subscription_of(switched), do)


async def when_payment_captured_settle_the_period(captured: Recorded[PaymentCaptured], do: Bound) -> None:
    purpose = captured.event.purpose
    if isinstance(purpose, ForPlan):
        payment = payment_of(captured)
        kept = await kept_of(captured.event, await do.look(paid_with(payment)), do)
        await do.across(*settling_period(SubscriptionId(purpose.subscription), payment, kept))


async def when_payment_failed_fail_the_renewal(failed: Recorded[PaymentFailed], do: Bound) -> None:
    await _fail(failed, failed.event.reason, do)


async def when_payment_voided_fail_the_renewal(voided: Recorded[PaymentVoided], do: Bound) -> None:
    await _fail(voided, "void", do)


async def when_renewal_failed_retry_in_time(failed: Recorded[RenewalFailed], do: Bound) -> None:
    fact = failed.event
    if fact.retry_at is not None:
        retry = Retry(fact.invoice.number, fact.invoice.attempt + 1)
        do.at(fact.retry_at, SUBSCRIPTION.at(subscription_of(failed)), retry)


async def when_renewal_failed_tell_subscriber(failed: Recorded[RenewalFailed], do: Bound) -> None:
    fact, state = failed.event, await do.look(SUBSCRIPTION.at(subscription_of(failed)))
    if not isinstance(state, Absent):
        name = await _called(state.agreement.plan, do)
        told = Unpaid(state.agreement.subscriber, name, fact.invoice.money.said(), fact.retry_at)
        do.later(tell_of_failed_renewal, told)


async def when_payment_action_needed_tell_who_is_away(needed: Recorded[PaymentActionNeeded], do: Bound) -> None:
    link, about = needed.event.action, about_of(await do.look(paid_with(payment_of(needed))))
    if link is None or about is None or not isinstance(about.purpose, ForPlan):
        return
    state = await do.look(SUBSCRIPTION.at(about.purpose.subscription))
    if isinstance(state, Renewing):  # Who subscribes, or switches, is there, and goes where they are sent.
        name, money = await _called(state.agreement.plan, do), about.money.said()
        do.later(tell_what_the_bank_wants, Asked(state.agreement.subscriber, name, money, link, about.due))


async def when_subscription_ended_close_what_it_opened(ended: Recorded[SubscriptionEnded], do: Bound) -> None:
    state = await do.look(SUBSCRIPTION.at(subscription_of(ended)))
    if not isinstance(state, Absent):
        await do(MEMBERSHIP.at(state.agreement.subscriber), Close(subscription_of(ended)))


async def when_subscription_ended_give_back_what_is_unused(ended: Recorded[SubscriptionEnded], do: Bound) -> None:
    fact = ended.event
    if fact.unused is None or fact.payment is None:
        return
    refund = unused_of(await do.look(paid_with(fact.payment)), fact.unused)
    if refund is not None:
        await do.across(*settling(fact.payment, refund))


async def when_payment_refunded_end_the_subscription(refunded: Recorded[PaymentRefunded], do: Bound) -> None:
    if refunded.event.whole:
        await _revoke(refunded, refunded.event.purpose, do)


async def when_dispute_lost_end_the_subscription(lost: Recorded[DisputeLost], do: Bound) -> None:
    if lost.event.whole:
        await _revoke(lost, lost.event.purpose, do)


async def when_enrollment_held_for_payment_join_if_a_subscription_opens_it(
    held: Recorded[EnrollmentHeldForPayment], do: Bound
) -> None:
    fact = held.event
    if (await do.look(MEMBERSHIP.at(fact.learner))).opens(fact.course):
        await do.across(*joining(fact.course, fact.learner))


async def when_membership_opened_resume_what_rests(opened: Recorded[MembershipOpened], do: Bound) -> None:
    learner = _member(opened)
    # Each course has its place among those joined for ever, and so the same command each time this is run.
    for course in (await do.look(MEMBERSHIP.at(learner))).joined:
        await do.across(*resuming(course, learner))


async def when_membership_opened_begin_what_waits(opened: Recorded[MembershipOpened], do: Bound) -> None:
    for course in opened.event.courses or ():
        with suppress(Rejected):  # Nothing waits there.
            await do.across(*joining(course, _member(opened)))


async def when_enrollment_reinstated_rest_it_if_nothing_opens_it(
    reinstated: Recorded[EnrollmentReinstated], do: Bound
) -> None:
    _, course, learner = reinstated.stream.split(":")
    membership = await do.look(MEMBERSHIP.at(learner))
    if membership.goes_on(CourseId(course)) and not membership.opens(CourseId(course)):
        await do.across(*resting(CourseId(course), LearnerId(learner)))


async def when_membership_opened_rest_what_it_no_longer_opens(opened: Recorded[MembershipOpened], do: Bound) -> None:
    await _rest(_member(opened), do)


async def when_membership_closed_rest_what_it_opened(closed: Recorded[MembershipClosed], do: Bound) -> None:
    await _rest(_member(closed), do)


async def _open(subscription: SubscriptionId, do: Bound) -> None:
    """What a plan opens is opened as it is when a period begins."""
    state = await do.look(SUBSCRIPTION.at(subscription))
    if isinstance(state, Absent | Ended):
        return
    plan = await do.look(PLAN.at(state.agreement.plan))
    courses = () if isinstance(plan, NoPlan) else plan.offer.courses
    await do(MEMBERSHIP.at(state.agreement.subscriber), Open(subscription, state.agreement.plan, courses))


async def _called(plan: PlanId, do: Bound) -> str:
    state = await do.look(PLAN.at(plan))
    return plan if isinstance(state, NoPlan) else state.offer.name


async def _fail(fact: Recorded[Any], reason: str, do: Bound) -> None:
    about = about_of(await do.look(paid_with(payment_of(fact))))
    if about is not None and isinstance(about.purpose, ForPlan):
        await do(SUBSCRIPTION.at(about.purpose.subscription), FailPayment(payment_of(fact), reason))


async def _revoke(fact: Recorded[Any], purpose: Purpose, do: Bound) -> None:
    if isinstance(purpose, ForPlan):
        await do(SUBSCRIPTION.at(purpose.subscription), Revoke(payment_of(fact)))


async def _rest(learner: LearnerId, do: Bound) -> None:
    for course in (await do.look(MEMBERSHIP.at(learner))).joined:
        await do.across(*resting(course, learner))


def subscription_of(fact: Recorded[Any]) -> SubscriptionId:
    """The subscription that a fact is about."""
    return SubscriptionId(fact.stream.partition(":")[2])


def _member(fact: Recorded[MembershipOpened] | Recorded[MembershipClosed]) -> LearnerId:
    return LearnerId(fact.stream.partition(":")[2])


class Unpaid(Value):
    """What was not paid for, and when it is tried again; where it is not, it is over."""

    subscriber: PersonId
    plan: str
    money: str
    retry_at: Moment | None


@job(retries=RETRIES)
def tell_of_failed_renewal(errand: Errand[Unpaid], people: People, mailer: Mailer) -> None:
    order, to = errand.order, people.person(errand.tenant, errand.order.subscriber)
    if to is None:
        return
    plan, money, at = order.plan, order.money, order.retry_at
    if at is None:
        mailer.send(letter(errand, to, "subscriptions/unpaid", plan=plan, money=money))
    else:
        mailer.send(letter(errand, to, "subscriptions/past_due", plan=plan, money=money, at=at))


class Asked(Value):
    """What somebody's bank wants to ask them, and until when."""

    subscriber: PersonId
    plan: str
    money: str
    link: str
    until: Moment


@job(retries=RETRIES)
def tell_what_the_bank_wants(errand: Errand[Asked], people: People, mailer: Mailer) -> None:
    order, to = errand.order, people.person(errand.tenant, errand.order.subscriber)
    if to is not None:
        plan, money, link, until = order.plan, order.money, order.link, order.until
        mailer.send(letter(errand, to, "subscriptions/bank_asks", plan=plan, money=money, link=link, until=until))


class TrialEnds(Value):
    """What it costs from then on."""

    subscriber: PersonId
    plan: str
    money: str
    at: Moment


@job(retries=RETRIES)
def tell_of_the_end_of_a_trial(errand: Errand[TrialEnds], people: People, mailer: Mailer) -> None:
    order, to = errand.order, people.person(errand.tenant, errand.order.subscriber)
    if to is not None:
        plan, money, at = order.plan, order.money, order.at
        mailer.send(letter(errand, to, "subscriptions/trial_ends", plan=plan, money=money, at=at))
