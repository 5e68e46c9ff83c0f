"""When a meeting is, in moments: what a wall clock says, as it was in its zone on that day."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from heapq import merge
from typing import NamedTuple
from zoneinfo import ZoneInfo

from domain.catalog.events import Timing
from domain.kernel import Rejected

MINUTES_MAX = 24 * 60
DAYS_MAX = 400
YEAR_MIN, YEAR_MAX = 2000, 2200
WEEKDAYS = range(1, 8)
DAY = timedelta(days=1)


class Occurrence(NamedTuple):
    """One time that it takes place."""

    begins: datetime
    ends: datetime


def check(timing: Timing) -> None:
    """Raises where a timing does not make sense."""
    last = timing.last or timing.first
    if not 1 <= timing.minutes <= MINUTES_MAX:
        raise malformed(f"it takes from 1 to {MINUTES_MAX} minutes")
    if not YEAR_MIN <= timing.first.year <= YEAR_MAX:
        raise malformed(f"it is in a year from {YEAR_MIN} to {YEAR_MAX}")
    if not timing.first <= last <= timing.first + DAYS_MAX * DAY:
        raise malformed(f"its last day comes no earlier than its first, and within {DAYS_MAX} days")
    if bool(timing.weekdays) != (timing.last is not None):
        raise malformed("what meets every week says on which days, and until which")
    if any(day not in WEEKDAYS for day in timing.weekdays):
        raise malformed("a day of the week is from 1, Monday, to 7")
    if timing.begins.tzinfo is not None:
        raise malformed("a time on a wall clock has no offset: its zone says that")
    _zone(timing)
    if next(days(timing), None) is None:
        raise malformed("it never takes place")


def malformed(why: str) -> Rejected:
    return Rejected("meeting.malformed", why)


def days(timing: Timing) -> Iterator[date]:
    """The days on which it takes place."""
    day, last = timing.first, timing.last or timing.first
    while day <= last:
        if (not timing.weekdays or day.isoweekday() in timing.weekdays) and day not in timing.left_out:
            yield day
        day += DAY


def occurrences(timing: Timing) -> Iterator[Occurrence]:
    """Every time it takes place, in order.

    A time that a clock skips in spring is as long after midnight as if it had not; one that comes twice is the first.
    """
    zone = _zone(timing)
    for day in days(timing):
        # What a clock shows twice is meant the first time (RFC 5545).
        begins = datetime.combine(day, timing.begins.replace(fold=0), zone).astimezone(UTC)
        yield Occurrence(begins, begins + timedelta(minutes=timing.minutes))


def clash(one: Timing, other: Timing) -> datetime | None:
    """When the two would first be at the same time."""
    ends: datetime | None = None
    if one.first > (other.last or other.first) + 2 * DAY or other.first > (one.last or one.first) + 2 * DAY:
        return None
    for occurrence in merge(occurrences(one), occurrences(other)):
        if ends is not None and occurrence.begins < ends:
            return occurrence.begins
        ends = occurrence.ends
    return None


def _zone(timing: Timing) -> ZoneInfo:
    try:
        return ZoneInfo(timing.zone)
    except (OSError, ValueError, LookupError):
        raise malformed("there is no such zone; they are called as in Europe/Berlin") from None
