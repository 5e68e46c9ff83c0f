"""When periods begin, at the ends of months and over changes of the clock; and what unused days are worth."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.kernel import Rejected
from domain.money import Money
from domain.subscriptions.calendar import begins, days_after, unused
from domain.subscriptions.events import Interval, Period, Terms
from tests.proves import proves

BERLIN = "Europe/Berlin"


def in_berlin(*when: int) -> datetime:
    return datetime(*when, tzinfo=ZoneInfo(BERLIN))  # type: ignore[arg-type, misc]


@proves("pay.subscription_create")
def test_the_31st_is_the_last_day_of_a_shorter_month_and_the_31st_again() -> None:
    anchor = in_berlin(2027, 12, 31, 10)
    found = [begins(anchor, BERLIN, "month", count).astimezone(ZoneInfo(BERLIN)) for count in range(6)]
    assert [(one.month, one.day) for one in found] == [(12, 31), (1, 31), (2, 29), (3, 31), (4, 30), (5, 31)]
    assert {one.hour for one in found} == {10}, "the same time of day, summer or winter"
    assert found[3].astimezone(UTC).hour == 8
    leap = datetime(2028, 2, 29, 12, tzinfo=UTC)
    assert [begins(leap, None, "year", count).day for count in (1, 2, 3, 4)] == [28, 28, 28, 29]


@proves("pay.subscription_create")
def test_over_a_change_of_clocks_it_is_the_same_time_of_day() -> None:
    week = begins(in_berlin(2027, 3, 21, 23, 30), BERLIN, "week", 1)
    assert week.astimezone(ZoneInfo(BERLIN)) == in_berlin(2027, 3, 28, 23, 30)
    assert (week - in_berlin(2027, 3, 21, 23, 30).astimezone(UTC)).total_seconds() == 7 * 86_400 - 3_600
    # 02:30 is skipped on the 28th of March: as long after midnight as if it had not been.
    assert days_after(in_berlin(2027, 3, 27, 2, 30), BERLIN, 1) == datetime(2027, 3, 28, 1, 30, tzinfo=UTC)
    # 02:30 comes twice on the 31st of October: the first.
    assert days_after(in_berlin(2027, 10, 30, 2, 30), BERLIN, 1) == datetime(2027, 10, 31, 0, 30, tzinfo=UTC)
    # Where a day is a day is said by the subscriber: in Auckland it is the 1st already.
    late = datetime(2027, 1, 31, 12, tzinfo=UTC)
    assert begins(late, "Pacific/Auckland", "month", 1) == datetime(2027, 2, 28, 12, tzinfo=UTC)
    assert begins(late, None, "month", 1) == datetime(2027, 2, 28, 12, tzinfo=UTC)
    assert begins(late, "Pacific/Auckland", "month", 2) == datetime(2027, 3, 31, 12, tzinfo=UTC)
    assert begins(late, "Nowhere/At all", "month", 2) == datetime(2027, 3, 31, 12, tzinfo=UTC)


@given(
    st.datetimes(datetime(2020, 1, 1), datetime(2060, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 — hypothesis asks so
    st.sampled_from((None, BERLIN, "America/New_York", "Australia/Lord_Howe", "Pacific/Apia")),
    st.sampled_from(("week", "month", "year")),
    st.integers(0, 200),
)
def test_periods_follow_each_other_without_a_gap(
    anchor: datetime, zone: str | None, interval: Interval, count: int
) -> None:
    assert begins(anchor, zone, interval, count) < begins(anchor, zone, interval, count + 1)


def test_nobody_counts_beyond_the_calendar() -> None:
    with pytest.raises(Rejected) as no:
        begins(datetime(2027, 1, 1, tzinfo=UTC), None, "year", 9_000)
    assert no.value.code == "subscription.too_far"


@proves("pay.subscription_create", "pay.subscription_cancel")
def test_unused_days_are_whole_days_and_add_up() -> None:
    terms = Terms(1, Money(1000, "EUR"), "month")
    month = Period(0, in_berlin(2027, 3, 1, 18), in_berlin(2027, 4, 1, 18), terms, terms.price, Money(0, "EUR"))
    assert unused(month, BERLIN, in_berlin(2027, 3, 1, 18)) == Money(1000, "EUR")
    assert unused(month, BERLIN, in_berlin(2027, 3, 1, 23, 59)) == Money(1000, "EUR")
    assert unused(month, BERLIN, in_berlin(2027, 3, 2)) == Money(968, "EUR")  # 30 of 31 days: 967.74
    assert unused(month, BERLIN, in_berlin(2027, 3, 31)) == Money(32, "EUR")
    assert unused(month, BERLIN, in_berlin(2027, 4, 1)) == Money(0, "EUR")
    assert unused(month, BERLIN, in_berlin(2028, 4, 1)) == Money(0, "EUR")
    three = Money(3, "EUR")
    odd = Terms(1, three, "week")
    two = Period(0, in_berlin(2027, 3, 1), in_berlin(2027, 3, 3), odd, three, three)
    assert unused(two, BERLIN, in_berlin(2027, 3, 2)) == Money(1, "EUR"), "the odd one of two halves was used"
