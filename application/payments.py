"""What we do about payments: what is captured opens what it was for, and what is given back closes it again."""

from __future__ import annotations

from datetime import timedelta

from application.belonging import OfPeople
from application.jobs import Errand, job
from application.ledger import Recorded
from application.mail import RETRIES, Mailer, People, letter
from application.permissions import ANALYST, AUDITOR, EVERYONE, STAFF, STUDENT, Permission
from application.policies import Bound
from application.reconciling import EVERY
from application.settling import activating, payment_of, suspending
from domain.kernel import PaymentId, PersonId, Value
from domain.payments.events import (
    CaptureAsked,
    DisputeLost,
    ForCourse,
    PaymentCaptured,
    PaymentInitiated,
    PaymentRefunded,
    Purpose,
    ReconciliationDone,
    ReconciliationFailed,
)
from domain.payments.payment import PAYMENT, TimeOut, TimeOutCapture, Unstarted
from domain.payments.reconciliation import RECONCILIATION, FallDue

CAPTURE_WITHIN = timedelta(days=1)
"""What a gateway has not taken by then is let go; where it had taken it and could not say so, it says so now."""

PERMISSIONS = (
    Permission("payments.pay", "Pay for what one wants to have.", (STAFF,), own=(STUDENT,)),
    Permission("payments.look", "See what one paid oneself, and what became of it.", (EVERYONE,)),
    Permission("payments.read", "See who paid what.", (STAFF, ANALYST, AUDITOR), watched=True),
    Permission("payments.settle", "Take or let go of what was only authorised; compare with the gateway.", (STAFF,)),
    Permission("payments.refund", "Give back what was paid.", (STAFF,)),
    Permission("payments.journal", "Read the journal, and what it adds up to.", (ANALYST, AUDITOR), watched=True),
)
PERSONAL = OfPeople(keyed={"customer": 1}, owned={"payment": "payer"}, apart=("entry", "notice", "reconciliation"))


async def when_payment_initiated_time_it_out(initiated: Recorded[PaymentInitiated], do: Bound) -> None:
    due = initiated.event.due
    do.at(due, PAYMENT.at(payment_of(initiated)), TimeOut(due))


async def when_capture_asked_time_it_out(asked: Recorded[CaptureAsked], do: Bound) -> None:
    do.at(asked.at + CAPTURE_WITHIN, PAYMENT.at(payment_of(asked)), TimeOutCapture(asked.event.asked))


async def when_payment_captured_activate_enrollment(captured: Recorded[PaymentCaptured], do: Bound) -> None:
    if isinstance(captured.event.purpose, ForCourse):
        await do.across(*activating(payment_of(captured), captured.event.purpose))


async def when_payment_refunded_suspend_enrollment(refunded: Recorded[PaymentRefunded], do: Bound) -> None:
    if refunded.event.whole:
        await _suspend(payment_of(refunded), refunded.event.purpose, do)


async def when_dispute_lost_suspend_enrollment(lost: Recorded[DisputeLost], do: Bound) -> None:
    if lost.event.whole:
        await _suspend(payment_of(lost), lost.event.purpose, do)


async def when_payment_refunded_tell_payer(refunded: Recorded[PaymentRefunded], do: Bound) -> None:
    state = await do.look(PAYMENT.at(payment_of(refunded)))
    if not isinstance(state, Unstarted):
        do.later(tell_of_refund, RefundNotice(state.about.payer, refunded.event.money.said()))


async def when_reconciliation_done_wait_for_the_next(done: Recorded[ReconciliationDone], do: Bound) -> None:
    do.at(done.at + EVERY, RECONCILIATION.at(_key(done.stream)), FallDue(done.event.until))


async def when_reconciliation_failed_try_again(failed: Recorded[ReconciliationFailed], do: Bound) -> None:
    do.at(failed.at + EVERY, RECONCILIATION.at(_key(failed.stream)), FallDue(failed.event.since))


async def _suspend(payment: PaymentId, purpose: Purpose, do: Bound) -> None:
    if isinstance(purpose, ForCourse):
        await do(*suspending(payment, purpose))


def _key(stream: str) -> str:
    return stream.partition(":")[2]


class RefundNotice(Value):
    payer: PersonId
    money: str


@job(retries=RETRIES)
def tell_of_refund(errand: Errand[RefundNotice], people: People, mailer: Mailer) -> None:
    payer = people.person(errand.tenant, errand.order.payer)
    if payer is not None:
        mailer.send(letter(errand, payer, "payments/refunded", money=errand.order.money))
