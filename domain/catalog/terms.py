"""In which terms courses, outlines and sections are told."""

from __future__ import annotations

from datetime import date, time
from typing import NewType

from domain.kernel import ItemId, Value

ModuleId = NewType("ModuleId", str)
MeetingId = NewType("MeetingId", str)
RoomId = NewType("RoomId", str)


class Price(Value):
    """So many of the smallest unit of a currency: cents, öre."""

    amount: int
    currency: str


class ModuleOrder(Value):
    """A module and its items in order."""

    module: ModuleId
    items: tuple[ItemId, ...]


class Timing(Value):
    """When a meeting is: on a wall clock of a zone, on one day, or on some days of every week until a last day.

    `weekdays` are those of ISO, Monday is 1. What they say of a day that is left out does not count.
    """

    first: date
    begins: time
    minutes: int
    zone: str
    weekdays: tuple[int, ...] = ()
    last: date | None = None
    left_out: tuple[date, ...] = ()
