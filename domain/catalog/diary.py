"""When one room is taken, or one instructor busy. Whoever books first has the time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, assert_never

from domain.catalog.events import DiaryEvent as Event
from domain.catalog.events import MeetingId, TimeBooked, TimeFreed, Timing
from domain.catalog.timing import check, clash
from domain.kernel import Decider, Rejected, SectionId, Value

Kind = Literal["room", "instructor"]
"""Whose diary it is: with their id that is its key, `diary:room:aula`."""


class Book(Value):
    """Let a meeting take its time, instead of what it took before. `whose` diary it is, is for the refusal."""

    section: SectionId
    meeting: MeetingId
    timing: Timing
    whose: Kind


class Free(Value):
    section: SectionId
    meeting: MeetingId


Command = Book | Free


class Booking(Value):
    section: SectionId
    meeting: MeetingId
    timing: Timing


class Diary(Value):
    """What is booked."""

    bookings: tuple[Booking, ...] = ()


State = Diary


def decide(state: State, command: Command) -> Iterator[Event]:
    match state, command:
        case Diary(bookings), Book(section, meeting, timing) if Booking(section, meeting, timing) in bookings:
            return  # Already so. Saying it twice changes nothing.
        case Diary(), Book(section, meeting, timing, whose):
            check(timing)
            for booking in _without(state, section, meeting):
                at = clash(booking.timing, timing)
                if at is not None:
                    raise Rejected("meeting.clash", f"the {whose} is at another meeting at {at.isoformat()}")
            yield TimeBooked(section, meeting, timing)
        case Diary(bookings), Free(section, meeting) if _without(state, section, meeting) != bookings:
            yield TimeFreed(section, meeting)
        case Diary(), Free():
            return


def _without(state: State, section: SectionId, meeting: MeetingId) -> tuple[Booking, ...]:
    return tuple(one for one in state.bookings if (one.section, one.meeting) != (section, meeting))


def evolve(state: State, event: Event) -> State:
    match event:
        case TimeBooked(section, meeting, timing):
            return Diary((*_without(state, section, meeting), Booking(section, meeting, timing)))
        case TimeFreed(section, meeting):
            return Diary(_without(state, section, meeting))
        case _:
            assert_never(event)


DIARY = Decider[State, Command, Event]("diary", Diary(), decide, evolve, state=Diary, snapshot_every=100)
