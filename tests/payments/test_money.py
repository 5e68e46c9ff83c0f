"""Money is whole, of one currency, and never lost in a split."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.kernel import Rejected
from domain.money import MOST, Money
from tests.proves import proves

weights = st.lists(st.integers(0, 10**6), min_size=1, max_size=8).filter(any)


@proves("pay.process")
@given(st.integers(-MOST, MOST), weights)
def test_parts_add_up_to_the_whole_and_none_is_off_by_more_than_one(amount: int, weights: list[int]) -> None:
    parts = Money(amount, "EUR").split(weights)
    assert sum(part.amount for part in parts) == amount
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part.amount * sum(weights) - amount * weight) < sum(weights)
    assert Money(-amount, "EUR").split(weights) == tuple(-part for part in parts)


@proves("pay.process")
def test_what_is_no_money_is_refused_where_it_comes_in() -> None:
    for wrong in ('{"amount":49.0,"currency":"EUR"}', '{"amount":1,"currency":"eur"}', '{"amount":1,"currency":"ZZZ"}'):
        with pytest.raises(msgspec.ValidationError):
            msgspec.json.decode(wrong, type=Money)
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(f'{{"amount":{MOST + 1},"currency":"EUR"}}', type=Money)
    with pytest.raises(TypeError):
        Money(4.9, "EUR")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    for amount, currency, code in ((1, "ZZZ", "money.unknown_currency"), (MOST + 1, "EUR", "money.too_large")):
        with pytest.raises(Rejected) as no:
            Money(amount, currency)
        assert no.value.code == code
    with pytest.raises(Rejected):
        _ = Money(1, "EUR") + Money(1, "SEK")


def test_money_is_written_with_as_many_digits_as_its_currency_has() -> None:
    said = [Money(amount, currency).said() for amount, currency in ((4900, "EUR"), (-4900, "JPY"), (1250, "KWD"))]
    assert said == ["49.00 EUR", "-4900 JPY", "1.250 KWD"]
    assert Money(5, "EUR").said() == "0.05 EUR"
    assert (Money(5, "EUR") - Money(7, "EUR")).said() == "-0.02 EUR"
