"""Paying, and giving back."""

from __future__ import annotations

from api.http.commands import Doing, command
from api.http.payments import AmountBody, Course, GatewayName, Learner, PayBody, Payment, RefundBody, VoidBody
from application.ledger import Receipt
from application.paying import Pay, paying
from application.settling import settling
from domain.kernel import PaymentId, PersonId, Rejected
from domain.money import Money
from domain.payments.events import ForCourse, RefundId
from domain.payments.payment import PAYMENT, AskRefund, Capture, Void
from domain.payments.reconciliation import RECONCILIATION, FallDue, Unbegun, Waiting


@command(
    "/api/courses/{course}/learners/{learner}/pay",
    requires="payments.pay",
    scope={"course": "course", "person": "learner"},
    limit="command",
    refuses=[
        "gateway.unknown",
        "payment.card_number",
        "payment.exists_already",
        "payment.nothing_to_pay",
        "payment.nothing_to_pay_for",
        "payment.other_amount",
        "payment.other_currency",
    ],
    example={"amount": 4900, "currency": "EUR", "method": "pm_card_visa"},
)
async def pay_for_course(course: Course, learner: Learner, body: PayBody, do: Doing) -> Receipt:
    """Pay for an enrolment that waits for it.

    The receipt's stream is `payment:` and the payment. What becomes of it is asked there: the gateway is asked at once,
    and when the payment is captured the enrolment begins. The same Idempotency-Key pays once.
    """
    payer = do.principal.person or PersonId(learner)
    money, gateway = Money(body.amount, body.currency), do.gateway
    pay = Pay(payer, ForCourse(course, learner), money, body.method, gateway, body.capture, do.at)
    return await do.across(*paying(PaymentId(do.key), pay))


@command(
    "/api/payments/{payment}/capture",
    requires="payments.settle",
    limit="command",
    refuses=[
        "payment.not_found",
        "payment.not_authorised",
        "payment.captured_already",
        "payment.more_than_authorised",
        "payment.nothing_to_pay",
        "payment.other_currency",
    ],
    example={"amount": 4900, "currency": "EUR"},
)
async def capture_payment(payment: Payment, body: AmountBody, do: Doing) -> Receipt:
    """Take what was only authorised, or a part of it. What is not taken is let go."""
    return await do(PAYMENT.at(payment), Capture(body.money, do.key))


@command(
    "/api/payments/{payment}/void",
    requires="payments.settle",
    limit="command",
    refuses=["payment.not_found", "payment.not_authorised", "payment.captured_already"],
    example={"reason": "ordered twice"},
)
async def void_payment(payment: Payment, body: VoidBody, do: Doing) -> Receipt:
    """Let go of what was only authorised."""
    return await do(PAYMENT.at(payment), Void(body.reason))


@command(
    "/api/payments/{payment}/refund",
    requires="payments.refund",
    limit="command",
    refuses=[
        "payment.not_found",
        "payment.not_captured",
        "payment.refund_too_large",
        "payment.nothing_to_pay",
        "payment.other_currency",
        "refund.incomplete",
    ],
    example={"reason": "it rained", "amount": 900, "currency": "EUR"},
)
async def refund_payment(payment: Payment, body: RefundBody, do: Doing) -> Receipt:
    """Give back what was paid, all that is left of it or a part.

    All refunds together are never more than what was captured. When all of it was given back, the enrolment rests.
    """
    if (body.amount is None) != (body.currency is None):
        raise Rejected("refund.incomplete", "an amount has a currency, and a currency an amount")
    money = None if body.amount is None or body.currency is None else Money(body.amount, body.currency)
    return await do.across(*settling(payment, AskRefund(RefundId(do.key), money, body.reason)))


@command(
    "/api/gateways/{gateway}/reconcile",
    requires="payments.settle",
    limit="command",
    refuses=["reconciliation.not_found"],
)
async def reconcile(gateway: GatewayName, do: Doing) -> Receipt:
    """Compare what a gateway has with what we have now, and do not wait until it is time."""
    stream = RECONCILIATION.at(gateway)
    state = await do.look(stream)
    if isinstance(state, Unbegun):
        raise Rejected("reconciliation.not_found", "nothing was ever paid through this gateway")
    return await do(stream, FallDue(state.since if isinstance(state, Waiting) else do.at))
