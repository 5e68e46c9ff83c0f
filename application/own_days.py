"""Which day it is for somebody: that of the calendar where they say they are."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from domain.identity.person import PERSON, Nobody, Removed
from domain.identity.person import State as Person
from domain.kernel import Stream

Look = Callable[[Stream[Any, Any, Any]], Awaitable[Any]]


async def own_day(look: Look, person: str, at: datetime) -> date:
    """The day that a moment is of for somebody. Who says nothing of where they are is in UTC."""
    return day_of(at, zone_of(await look(PERSON.at(person))))


def day_of(at: datetime, zone: str | None) -> date:
    """The day of the calendar that it is somewhere. A zone that is not known here is taken for UTC."""
    try:
        return at.astimezone(ZoneInfo(zone) if zone else UTC).date()
    except (KeyError, ValueError, OSError):
        return at.astimezone(UTC).date()


def zone_of(person: Person) -> str | None:
    """Where somebody says they are."""
    return None if isinstance(person, Nobody | Removed) else person.account.preferences.time_zone
