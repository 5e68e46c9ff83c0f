"""How a payment moves on: what happens to it, and the journal's entry for that, are one decision and one append.

So they can never disagree. Each entry is a stream of its own, and nobody waits for anybody else's.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from application.enrolling import Deciding
from application.ledger import Recorded
from domain.enrollments.enrollment import ENROLLMENT, Outside, RecordPayment, Refund
from domain.enrollments.enrollment import Command as OfEnrollment
from domain.enrollments.enrollment import State as Enrollment
from domain.enrollments.events import EnrollmentEvent
from domain.kernel import PaymentId, Rejected, Stream
from domain.payments.entry import ENTRY
from domain.payments.events import ForCourse, RefundId
from domain.payments.parts import given_back_elsewhere
from domain.payments.payment import (
    PAYMENT,
    AskRefund,
    Captured,
    Command,
    Tell,
    TellDispute,
    TellRefund,
)
from domain.payments.payment import State as Payment
from domain.payments.posting import entry_of_capture, entry_of_dispute, entry_of_loss, entry_of_refund, posting

NO_ENROLLMENT = RefundId("no-enrolment")
"""The refund of what was captured when there was nothing to be had for it any more."""


def payment_of(fact: Recorded[Any]) -> PaymentId:
    """The payment that a fact is about."""
    return PaymentId(fact.stream.partition(":")[2])


def settling(payment: PaymentId, command: Command) -> Deciding:
    """A command on a payment, with the entries that follow from it."""
    entries = tuple(_entries(payment, command))

    def decide(state: Payment, *written: Any) -> Iterator[tuple[int, Any]]:
        for event in PAYMENT.decide(state, command):
            yield 0, event
            posted = posting(payment, event)
            if posted is not None:
                place = entries.index(posted.entry)
                for recorded in ENTRY.decide(written[place], posted.command):
                    yield 1 + place, recorded

    return Deciding((PAYMENT.at(payment), *(ENTRY.at(entry) for entry in entries)), decide, command)


def _entries(payment: PaymentId, command: Command) -> Iterator[str]:
    """Which entries may follow from a command."""
    match command:
        case Tell(state="captured", refunded=refunded):
            yield entry_of_capture(payment)
            if refunded:
                yield entry_of_refund(payment, given_back_elsewhere(refunded))
        case TellRefund(refund, _, "done"):
            yield entry_of_refund(payment, refund)
        case TellDispute(dispute):
            yield entry_of_dispute(payment, dispute)
            yield entry_of_loss(payment, dispute)
        case _:
            return


def activating(payment: PaymentId, purpose: ForCourse) -> Deciding:
    """What was captured opens the course; where there is nothing to open any more, it is given back."""
    paid = RecordPayment(PaymentId(payment))

    def decide(enrollment: Enrollment, state: Payment) -> Iterator[tuple[int, Any]]:
        if not isinstance(state, Captured) or state.kept <= 0:
            return
        why = "nothing to be had for it"
        if not isinstance(enrollment, Outside):
            try:
                yield from [(0, event) for event in ENROLLMENT.decide(enrollment, paid)]
            except Rejected as no:
                why = no.detail
            else:
                return
        back = AskRefund(NO_ENROLLMENT, None, why)
        yield from ((1, event) for event in PAYMENT.decide(state, back))

    return Deciding((ENROLLMENT.at(purpose.course, purpose.learner), PAYMENT.at(payment)), decide, paid)


def suspending(
    payment: PaymentId, purpose: ForCourse
) -> tuple[Stream[Enrollment, OfEnrollment, EnrollmentEvent], Refund]:
    """What was given back closes the course that it had opened."""
    return ENROLLMENT.at(purpose.course, purpose.learner), Refund(PaymentId(payment))
