"""What creators earned in a year, as it is told for the tax, and from how much on it has to be told.

A year is from its first to its last midnight where who asks is: each zone has its own.
"""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import msgspec

from application.payout_days import zone_named
from domain.kernel import PersonId, Value
from domain.money import Money


class Threshold(Value, forbid_unknown_fields=True):
    """From the year `since` on, and up to `until`, this form tells of whoever had so much.

    With `more`, it takes more than that; else that is enough. Of payments, it takes more than `payments`.
    """

    form: str
    since: int
    until: int | None
    basis: Literal["gross", "paid"]
    amount: Money
    more: bool = False
    payments: int = 0

    def reached(self, year: int, row: TaxRow) -> bool:
        """Whether this form tells of somebody."""
        if year < self.since or (self.until is not None and year > self.until):
            return False
        money = row.gross if self.basis == "gross" else row.paid
        if money.currency != self.amount.currency or row.payments < self.payments + bool(self.payments):
            return False
        return money.amount > self.amount.amount if self.more else money.amount >= self.amount.amount


class TaxRow(Value):
    """What one payee had of one currency in a year. `net` is what was theirs of it, `paid` what they were sent."""

    creator: PersonId
    payments: int
    gross: Money
    fees: Money
    refunds: Money
    net: Money
    paid: Money
    forms: tuple[str, ...] = ()

    @property
    def amounts(self) -> tuple[Money, ...]:
        return self.gross, self.fees, self.refunds, self.net, self.paid


class TaxReport(Value):
    """A year of some payees, a row for each and each currency."""

    year: int
    zone: str
    begins: datetime
    ends: datetime
    rows: tuple[TaxRow, ...]
    school: str = ""


THRESHOLDS = msgspec.json.decode((Path(__file__).parent / "tax_forms.json").read_bytes(), type=tuple[Threshold, ...])
"""What is in force, and when. A law that moves is a line more there."""


def year_in(year: int, zone: str) -> tuple[datetime, datetime]:
    """When a year begins and ends somewhere."""
    where = zone_named(zone)
    begins, ends = (datetime(one, 1, 1, tzinfo=where).astimezone(UTC) for one in (year, year + 1))
    return begins, ends


def forms_of(year: int, row: TaxRow) -> tuple[str, ...]:
    """The forms that tell of somebody."""
    return tuple(one.form for one in THRESHOLDS if one.reached(year, row))


def tax_csv_header() -> bytes:
    return b"year,time_zone,payee,currency,payments,gross,fees,given_back,net,paid_out,forms\r\n"


def tax_csv_line(report: TaxReport, row: TaxRow) -> bytes:
    out = io.StringIO()
    amounts = (money.said().partition(" ")[0] for money in row.amounts)
    about = (report.year, report.zone, row.creator, row.gross.currency, row.payments)
    csv.writer(out).writerow((*about, *amounts, " ".join(row.forms)))
    return out.getvalue().encode()
