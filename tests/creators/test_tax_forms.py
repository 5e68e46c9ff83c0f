"""From how much on a form tells of somebody: it is data, and each year has its own."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from application.tax_reports import TaxRow, forms_of, year_in
from domain.kernel import PersonId
from domain.money import Money
from tests.proves import proves


def row(gross: int = 0, paid: int = 0, payments: int = 1, currency: str = "USD") -> TaxRow:
    nothing = Money(0, currency)
    had = Money(gross, currency)
    return TaxRow(PersonId("maria"), payments, had, nothing, nothing, had, Money(paid, currency))


@pytest.mark.parametrize(
    ("year", "had", "forms"),
    [
        (2025, row(paid=59_999), ()),
        (2025, row(paid=60_000), ("1099-NEC",)),
        (2026, row(paid=199_999), ()),
        (2026, row(paid=200_000), ("1099-NEC",)),
        (2026, row(paid=200_000, currency="EUR"), ()),
        (2019, row(paid=200_000), ()),
        (2026, row(gross=2_000_000, payments=201), ()),
        (2026, row(gross=2_000_001, payments=200), ()),
        (2026, row(gross=2_000_001, payments=201), ("1099-K",)),
        (2010, row(gross=2_000_001, payments=201), ()),
        (2026, row(gross=2_000_001, paid=1_800_000, payments=201), ("1099-K", "1099-NEC")),
    ],
)
@proves("pay.tax_report")
def test_a_form_tells_of_who_had_so_much_that_year(year: int, had: TaxRow, forms: tuple[str, ...]) -> None:
    assert forms_of(year, had) == forms


@proves("pay.tax_report")
def test_a_year_begins_at_midnight_where_one_is() -> None:
    assert year_in(2026, "UTC") == (datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))
    begins, ends = year_in(2026, "America/New_York")
    assert (begins, ends) == (datetime(2026, 1, 1, 5, tzinfo=UTC), datetime(2027, 1, 1, 5, tzinfo=UTC))
    begins, ends = year_in(2026, "Asia/Kolkata")
    assert (begins.minute, ends.hour) == (30, 18)
