"""How one pays for a course: what it costs, and who waits for it, is decided on beside."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from application.enrolling import PAY_WITHIN, Deciding
from domain.catalog.course import COURSE, Published
from domain.catalog.course import State as Course
from domain.catalog.events import Price
from domain.enrollments.enrollment import ENROLLMENT, Unpaid, Waiting
from domain.enrollments.enrollment import State as Enrollment
from domain.kernel import Moment, PaymentId, PersonId, Rejected, Value
from domain.money import Money
from domain.payments.events import ForCourse
from domain.payments.payment import PAYMENT, Initiate, Unstarted
from domain.payments.payment import State as Payment


class Pay(Value):
    """What somebody wants to pay, with what, and for what."""

    payer: PersonId
    purpose: ForCourse
    money: Money
    method: str
    gateway: str
    capture: bool
    at: datetime


def paying(payment: PaymentId, wish: Pay) -> Deciding:
    """Somebody pays."""
    check_method(wish.method)
    purpose = wish.purpose
    beside = (COURSE.at(purpose.course), ENROLLMENT.at(purpose.course, purpose.learner))

    def decide(state: Payment, course: Course, enrollment: Enrollment) -> Iterator[tuple[int, Any]]:
        due = _due(enrollment, wish.at)
        if isinstance(state, Unstarted):
            _check_price(course, wish.money)
        command = Initiate(wish.payer, purpose, wish.money, wish.gateway, wish.method, due, wish.capture)
        return ((0, event) for event in PAYMENT.decide(state, command))

    return Deciding((PAYMENT.at(payment),), decide, wish, beside)


def _due(enrollment: Enrollment, at: datetime) -> Moment:
    match enrollment:
        case Unpaid(pay_by=pay_by):
            return pay_by
        case Waiting(priced=True, payment=None):
            return at + PAY_WITHIN
        case _:
            raise Rejected("payment.nothing_to_pay_for", "nobody waits to be let in for this payment")


def _check_price(course: Course, money: Money) -> None:
    price: Price | None = course.price if isinstance(course, Published) else None
    if price is None or price.amount <= 0:
        raise Rejected("payment.nothing_to_pay_for", "this course costs nothing")
    if money.currency != price.currency:
        raise Rejected("payment.other_currency", f"this course is paid for in {price.currency}")
    if money.amount != price.amount:
        raise Rejected("payment.other_amount", f"this course costs {Money(price.amount, price.currency).said()}")


CARD_DIGITS_MIN = 12


def check_method(method: str) -> None:
    """Refuse the number of a card: we never want to have seen one."""
    digits = "".join(letter for letter in method if letter not in " -")
    if digits.isdigit() and len(digits) >= CARD_DIGITS_MIN:
        raise Rejected("payment.card_number", "send the token that the gateway gave for the card, never its number")
