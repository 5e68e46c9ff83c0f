"""When it is time to pay out: in the morning of a day of the calendar where the creator is."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import assert_never
from zoneinfo import ZoneInfo

from domain.creators.schedule import Monthly, OnDemand, Schedule, Threshold, Weekly

MORNING = time(6)


def next_due(schedule: Schedule, after: datetime) -> datetime | None:
    """The first time after a moment; none, where it is not days that say when."""
    match schedule:
        case Weekly(weekday, zone):
            return _first(zone_named(zone), after, lambda day: day.isoweekday() == weekday)
        case Monthly(day_of_month, zone):
            return _first(zone_named(zone), after, lambda day: day.day == day_of_month)
        case Threshold() | OnDemand():
            return None
        case _:
            assert_never(schedule)


def _first(zone: tzinfo, after: datetime, wanted: Callable[[date], bool]) -> datetime:
    day = after.astimezone(zone).date()
    while not wanted(day) or datetime.combine(day, MORNING, zone) <= after:
        day += timedelta(days=1)
    return datetime.combine(day, MORNING, zone).astimezone(UTC)


def zone_named(name: str) -> tzinfo:
    """A time zone. One that is not known here is taken for UTC."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return UTC
