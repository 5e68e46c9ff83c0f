"""A receipt for whoever paid. It stands apart, so that nobody who waits to be let in waits for a letter."""

from __future__ import annotations

from application.jobs import Errand, job
from application.ledger import Recorded
from application.mail import RETRIES, Mailer, People, letter
from application.policies import Bound
from application.settling import payment_of
from domain.kernel import PaymentId, PersonId, Value
from domain.payments.events import ForCourse, ForDonation, ForPlan, PaymentCaptured, Purpose
from domain.payments.payment import PAYMENT, Unstarted


async def when_payment_captured_send_receipt(captured: Recorded[PaymentCaptured], do: Bound) -> None:
    # Who pays never changes: as it was last seen here will do.
    payment = payment_of(captured)
    state = await do.recall(PAYMENT.at(payment))
    if not isinstance(state, Unstarted):
        paid = ReceiptWanted(state.about.payer, payment, captured.event.money.said(), _what(captured.event.purpose))
        do.later(send_receipt, paid)


def _what(purpose: Purpose) -> str | None:
    match purpose:
        case ForCourse(course):
            return course
        case ForPlan(plan):
            return plan
        case ForDonation():
            return None


class ReceiptWanted(Value):
    """Who paid how much, and what for; for a gift, nothing is said of whose it is."""

    payer: PersonId
    payment: PaymentId
    money: str
    what: str | None


@job(retries=RETRIES)
def send_receipt(errand: Errand[ReceiptWanted], people: People, mailer: Mailer) -> None:
    order, payer = errand.order, people.person(errand.tenant, errand.order.payer)
    if payer is None:
        return
    if order.what is None:
        mailer.send(letter(errand, payer, "payments/given", money=order.money, payment=order.payment))
    else:
        said = letter(errand, payer, "payments/receipt", money=order.money, payment=order.payment, what=order.what)
        mailer.send(said)
