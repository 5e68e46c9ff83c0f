"""When meetings are, for people to read and for calendars to be fed with."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from dateutil.rrule import WEEKLY, rrule

from domain.catalog.events import MeetingId, RoomId, Timing
from domain.kernel import CourseId, SectionId, Value

if TYPE_CHECKING:
    from icalendar import Event

MIDNIGHT = time.max.replace(microsecond=0)


class Meeting(Value):
    """A meeting of a section, as it was scheduled."""

    course: CourseId
    title: str
    section: SectionId
    meeting: MeetingId
    room: RoomId | None
    timing: Timing
    scheduled_at: datetime


class Occurrence(Value):
    """One time that a meeting is, on the clock of its zone."""

    course: CourseId
    section: SectionId
    meeting: MeetingId
    room: RoomId | None
    begins: datetime
    ends: datetime


def expanded(meetings: Iterable[Meeting], since: date, until: date) -> tuple[Occurrence, ...]:
    """Every time that these are, from one day to another, in order."""
    found = (
        Occurrence(one.course, one.section, one.meeting, one.room, begins, ends)
        for one in meetings
        for begins, ends in _times(one.timing, since, until)
    )
    return tuple(sorted(found, key=lambda one: (one.begins, one.section, one.meeting)))


def _times(timing: Timing, since: date, until: date) -> Iterator[tuple[datetime, datetime]]:
    zone = ZoneInfo(timing.zone)
    for wall in _walls(timing):
        if since <= wall.date() <= until:
            # There and back again: what a clock skips in spring is told as it then shows.
            begins = wall.replace(tzinfo=zone).astimezone(UTC)
            ends = begins + timedelta(minutes=timing.minutes)
            yield begins.astimezone(zone), ends.astimezone(zone)


def _walls(timing: Timing) -> Iterator[datetime]:
    """What a clock on the wall shows, each time."""
    first = datetime.combine(timing.first, timing.begins)
    if timing.last is None:
        every = iter([first])
    else:
        days = [day - 1 for day in timing.weekdays]
        every = iter(rrule(WEEKLY, dtstart=first, byweekday=days, until=datetime.combine(timing.last, MIDNIGHT)))
    return (wall for wall in every if wall.date() not in timing.left_out)


def feed(name: str, meetings: Iterable[Meeting]) -> bytes:
    """These meetings as iCalendar has it (RFC 5545), with the zones they are in."""
    from icalendar import Calendar  # noqa: PLC0415 — it knows all zones: only who feeds calendars has it in memory

    calendar = Calendar.new(name=name, prodid="-//Annals//Timetable//EN")
    for one in meetings:
        calendar.add_component(_event(one))
    calendar.add_missing_timezones()
    fed: bytes = calendar.to_ical()
    return fed


def _event(meeting: Meeting) -> Event:
    from icalendar import Event  # noqa: PLC0415 — as above

    timing = meeting.timing
    zone = ZoneInfo(timing.zone)
    first = next(_walls(timing)).replace(tzinfo=zone)
    event = Event.new(
        uid=f"{meeting.section}.{meeting.meeting}@annals",
        summary=meeting.title,
        stamp=meeting.scheduled_at,
        start=first,
        location=meeting.room,
    )
    event.add("duration", timedelta(minutes=timing.minutes))
    if timing.last is not None:
        until = datetime.combine(timing.last, MIDNIGHT, zone).astimezone(UTC)
        days = [["MO", "TU", "WE", "TH", "FR", "SA", "SU"][day - 1] for day in timing.weekdays]
        event.add("rrule", {"freq": "weekly", "byday": days, "until": until})
    if timing.left_out:
        event.add("exdate", [datetime.combine(day, timing.begins, zone) for day in timing.left_out])
    return event
