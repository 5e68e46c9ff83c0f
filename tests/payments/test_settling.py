"""What is captured opens what it was for, or is given back: one decision over both."""

from __future__ import annotations

from application.settling import NO_ENROLLMENT, activating
from domain.enrollments.enrollment import ENROLLMENT, RecordPayment
from domain.enrollments.events import EnrollmentHeldForPayment, EnrollmentPaid, LearnerEnrolled, LearnerWithdrew
from domain.kernel import PaymentId, Value
from domain.payments.events import DisputeLost, PaymentEvent, RefundAsked, RefundFailed
from domain.payments.payment import PAYMENT
from tests.payments.test_payment import DUE, ONE, PRICE, STARS, disputed, initiated, paid
from tests.proves import proves

Payments = tuple[tuple[PaymentEvent, ...], ...]

held = EnrollmentHeldForPayment(STARS.course, STARS.learner, (), DUE)
withdrew = LearnerWithdrew("rain")
refund = RefundAsked(ONE, PRICE, "rain")
lost = DisputeLost("d", PRICE, STARS, "sandbox", whole=True)


def follows(enrollment: tuple[Value, ...], payment: tuple[PaymentEvent, ...]) -> list[Value]:
    """What follows from a payment for an enrolment."""
    states = ENROLLMENT.fold(enrollment), PAYMENT.fold(payment)  # type: ignore[arg-type]
    return [event for _, event in activating(PaymentId("one"), STARS).decide(*states)]


@proves("enroll.paid_activation", "pay.process")
def test_who_waits_is_let_in_also_while_their_bank_disputes_it() -> None:
    kept: Payments = (paid, (*paid, disputed), (*paid, refund, RefundFailed(ONE, "refused")))
    for payment in kept:
        opened, enrolled = follows((held,), payment)
        assert opened == EnrollmentPaid(PaymentId("one"))
        assert isinstance(enrolled, LearnerEnrolled)
    # Nothing is kept of it, or it was never taken.
    gone: Payments = ((*paid, refund), (*paid, disputed, lost), (initiated,))
    for payment in gone:
        assert follows((held,), payment) == []


@proves("enroll.paid_activation", "pay.refund")
def test_what_there_is_nothing_to_be_had_for_is_given_back() -> None:
    paid_otherwise = tuple(ENROLLMENT.decide(ENROLLMENT.fold((held,)), RecordPayment(PaymentId("other"))))
    for enrollment in ((), (held, withdrew), (held, *paid_otherwise)):
        (back,) = follows(enrollment, paid)
        assert isinstance(back, RefundAsked)
        assert (back.refund, back.money) == (NO_ENROLLMENT, PRICE)
