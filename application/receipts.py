"""What is on the receipt of a payment."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from application.tax_reports import TaxReport
from domain.kernel import PaymentId, PersonId, Value
from domain.money import Money


class Receipt(Value):
    """What was paid, what for, and what was given back of it."""

    payment: PaymentId
    payer: PersonId
    about: str
    paid: Money
    refunded: Money
    paid_at: datetime
    school: str = ""


class Receipts(Protocol):
    def receipt(self, receipt: Receipt) -> bytes:
        """A document for people. What is on it is the same, to the byte, as long as nothing more is given back."""
        ...

    def tax_report(self, report: TaxReport) -> bytes:
        """A document for people. What is on it is the same, to the byte, as long as nothing of that year moves."""
        ...
