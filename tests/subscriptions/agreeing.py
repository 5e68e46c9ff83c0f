"""A plan and a subscription to it, for tests to begin from."""

from __future__ import annotations

from datetime import UTC, datetime

from domain.kernel import PaymentId, PersonId
from domain.money import Money
from domain.subscriptions.events import (
    Agreement,
    Invoice,
    InvoiceDue,
    InvoiceRaised,
    Period,
    PeriodPaid,
    PlanId,
    RenewalFailed,
    SubscriptionStarted,
    Terms,
)
from domain.subscriptions.subscription import Bill, Start

ADA, GOLD, SILVER = PersonId("ada"), PlanId("gold"), PlanId("silver")
NOTHING = Money(0, "EUR")
MONTHLY = Terms(1, Money(3100, "EUR"), "month")
DEARER = Terms(2, Money(4100, "EUR"), "month")
YEARLY = Terms(1, Money(12000, "EUR"), "year")
CHEAP = Terms(1, Money(1000, "EUR"), "month")

JANUARY = datetime(2027, 1, 31, 12, tzinfo=UTC)
FEBRUARY = datetime(2027, 2, 28, 12, tzinfo=UTC)
MARCH = datetime(2027, 3, 31, 12, tzinfo=UTC)

agreement = Agreement(ADA, GOLD, MONTHLY, "token", "customer", "sandbox", "UTC")
start = Start(agreement, JANUARY, PaymentId("s.0.1"))


def invoice(number: int, attempt: int, begins: datetime, ends: datetime, terms: Terms = MONTHLY) -> Invoice:
    return Invoice(number, attempt, PaymentId(f"s.{number}.{attempt}"), terms.price, begins, ends, terms, NOTHING)


def period(number: int, begins: datetime, ends: datetime, attempt: int = 1, terms: Terms = MONTHLY) -> Period:
    return Period(number, begins, ends, terms, terms.price, NOTHING, PaymentId(f"s.{number}.{attempt}"))


first = invoice(0, 1, JANUARY, FEBRUARY)
second = invoice(1, 1, FEBRUARY, MARCH)
started = (SubscriptionStarted(agreement), InvoiceRaised(first))
active = (*started, PeriodPaid(period(0, JANUARY, FEBRUARY)))
billed = (*active, InvoiceDue(1, 1), InvoiceRaised(second))
bill = Bill(1, 1, PaymentId("s.1.1"), MONTHLY)
past_due = (*billed, RenewalFailed(second, "card_declined", datetime(2027, 3, 1, 12, tzinfo=UTC)))
