"""What invoices come to: periods, and what is left of them when it is over."""

from __future__ import annotations

from domain.kernel import Moment, Value
from domain.subscriptions.calendar import unused
from domain.subscriptions.events import Agreement, Invoice, MethodReplaced, Period, SubscriptionEnded


class Kept(Value):
    """What was paid with, as `asked` names it, is kept by the gateway for a customer from now on."""

    asked: str
    method: str
    customer: str

    def replaces(self, agreement: Agreement) -> MethodReplaced | None:
        """What it is for who agreed to pay so: how they pay from now on. Nothing, where they have since said else."""
        if agreement.customer is not None or agreement.method != self.asked:
            return None
        return MethodReplaced(self.method, self.customer)


def paid(one: Invoice) -> Period:
    return Period(one.number, one.begins, one.ends, one.terms, one.money, one.credit, one.payment)


def ended_now(period: Period, zone: str | None, at: Moment) -> SubscriptionEnded:
    """What is unused is given back, as far as it was paid with this period's own payment."""
    back = unused(period, zone, at)
    if period.payment is None or back.amount <= 0:
        return SubscriptionEnded("cancelled")
    return SubscriptionEnded("cancelled", min(back, period.money, key=lambda money: money.amount), period.payment)
