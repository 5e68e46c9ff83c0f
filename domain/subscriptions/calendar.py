"""When periods begin: counted from an anchor, in the days of the calendar where the subscriber is.

A period begins at the anchor's time of day. Where a month is too short it begins on its last day, and the next one on
the anchor's day again. A time that a clock skips in spring is as long after midnight as if it had not; one that comes
twice is the first.
"""

from __future__ import annotations

from calendar import monthrange
from datetime import UTC, date, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

from domain.kernel import Rejected
from domain.money import Money
from domain.subscriptions.events import Interval, Period

MONTHS = {"month": 1, "year": 12}


def begins(anchor: datetime, zone: str | None, interval: Interval, count: int) -> datetime:
    """When the period begins that is so many after the one that begins at the anchor."""
    if count == 0:
        return anchor
    try:
        here = anchor.astimezone(_zone(zone))
        if interval == "week":
            return _at(here.date() + timedelta(weeks=count), here)
        return _at(_months_after(here.date(), MONTHS[interval] * count), here)
    except (ValueError, OverflowError):
        raise Rejected("subscription.too_far", "nobody counts so far") from None


def days_after(moment: datetime, zone: str | None, days: int) -> datetime:
    """The same time of day, so many days later."""
    try:
        here = moment.astimezone(_zone(zone))
        return _at(here.date() + timedelta(days=days), here)
    except (ValueError, OverflowError):
        raise Rejected("subscription.too_far", "nobody counts so far") from None


def unused(period: Period, zone: str | None, at: datetime) -> Money:
    """What of a period's price is for days that have not begun, or begin at that moment's day.

    The price is split by the days before today and those from today on: the unit left over goes to the larger
    remainder, and of two that are the same to the days that were used.
    """
    try:
        where = _zone(zone)
        first, last = period.begins.astimezone(where).date(), period.ends.astimezone(where).date()
        today = at.astimezone(where).date()
    except (ValueError, OverflowError):
        raise Rejected("subscription.too_far", "nobody counts so far") from None
    whole = (last - first).days
    left = min(max((last - today).days, 0), whole)
    return Money(0, period.terms.price.currency) if left <= 0 else period.terms.price.split((whole - left, left))[1]


def _months_after(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if not date.min.year <= year <= date.max.year:
        raise OverflowError
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _at(day: date, here: datetime) -> datetime:
    return datetime.combine(day, here.time().replace(fold=0), here.tzinfo).astimezone(UTC)


def _zone(zone: str | None) -> tzinfo:
    try:
        return ZoneInfo(zone) if zone else UTC
    except (LookupError, ValueError, OSError):
        return UTC
