"""One section of a course: who teaches it, how many seats it has, and when it meets."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, NamedTuple, assert_never

from msgspec.structs import replace

from domain.catalog.diary import Kind
from domain.catalog.events import (
    AssistantAdded,
    AssistantRemoved,
    CoInstructorAdded,
    CoInstructorRemoved,
    InstructorAssigned,
    MeetingCancelled,
    MeetingId,
    MeetingMoved,
    MeetingScheduled,
    RoomId,
    SectionCapacitySet,
    SectionClosed,
    SectionOpened,
    SectionRevised,
    Timing,
)
from domain.catalog.events import SectionEvent as Event
from domain.catalog.timing import check
from domain.kernel import CourseId, Decider, Moment, PersonId, Rejected, Value


class Span(Value):
    """When it is, and in which of the school's own words for that."""

    starts: Moment | None = None
    ends: Moment | None = None
    term: str = ""
    batch: str = ""


class OpenSection(Value):
    course: CourseId
    capacity: int
    span: Span
    instructor: PersonId | None = None


class ReviseSection(Value):
    span: Span


class SetCapacity(Value):
    capacity: int


class CloseSection(Value):
    """For ever."""


class AssignInstructor(Value):
    person: PersonId


class AddCoInstructor(Value):
    person: PersonId


class AddAssistant(Value):
    person: PersonId


class Remove(Value):
    """Let a co-instructor or an assistant go."""

    person: PersonId


class ScheduleMeeting(Value):
    meeting: MeetingId
    timing: Timing
    room: RoomId | None = None


class MoveMeeting(Value):
    meeting: MeetingId
    timing: Timing
    room: RoomId | None = None


class CancelMeeting(Value):
    meeting: MeetingId


Command = (
    OpenSection
    | ReviseSection
    | SetCapacity
    | CloseSection
    | AssignInstructor
    | AddCoInstructor
    | AddAssistant
    | Remove
    | ScheduleMeeting
    | MoveMeeting
    | CancelMeeting
)


class Meeting(Value):
    timing: Timing
    room: RoomId | None = None


class Unopened(Value, tag=True):
    """There is none yet."""


class Open(Value, tag=True):
    course: CourseId
    capacity: int
    span: Span
    instructor: PersonId | None = None
    co_instructors: frozenset[PersonId] = frozenset()
    assistants: frozenset[PersonId] = frozenset()
    meetings: dict[MeetingId, Meeting] = {}  # noqa: RUF012 — nobody writes into a state

    @property
    def teachers(self) -> frozenset[PersonId]:
        return self.co_instructors if self.instructor is None else self.co_instructors | {self.instructor}


class Closed(Value, tag=True):
    course: CourseId


State = Unopened | Open | Closed


def decide(state: State, command: Command) -> Iterator[Event]:
    match state, command:
        case Unopened(), OpenSection(course, capacity, span, instructor):
            _check_span(span)
            yield SectionOpened(course, capacity, span.starts, span.ends, instructor, span.term, span.batch)
        case Open(course, capacity, span, instructor), OpenSection() as new:
            if new != OpenSection(course, capacity, span, instructor):
                raise Rejected("section.exists", "there is a section with this id, and it is another")
        case Open(span=now), ReviseSection(span) if span != now:
            _check_span(span)
            yield SectionRevised(span.starts, span.ends, span.term, span.batch)
        case Open(capacity=now), SetCapacity(capacity) if capacity != now:
            yield SectionCapacitySet(capacity)
        case Open(), CloseSection():
            yield SectionClosed()
        case Open(), AssignInstructor() | AddCoInstructor() | AddAssistant() | Remove():
            yield from _staffing(state, command)
        case Open(), ScheduleMeeting() | MoveMeeting() | CancelMeeting():
            yield from _meeting(state, command)
        case (Open(), ReviseSection() | SetCapacity()) | (Closed(), CloseSection()):
            return  # Already so. Saying it twice changes nothing.
        case Closed(), _:
            raise Rejected("section.closed", "the section is closed, for ever")
        case _:
            raise missing()


def missing() -> Rejected:
    """No, because there is nothing to speak of."""
    return Rejected("section.not_found", "there is no such section")


def _check_span(span: Span) -> None:
    if span.starts is not None and span.ends is not None and span.ends <= span.starts:
        raise Rejected("section.malformed", "it ends after it starts")


def _staffing(state: Open, command: AssignInstructor | AddCoInstructor | AddAssistant | Remove) -> Iterator[Event]:
    """Who teaches, and who assists: each in one way."""
    match command:
        case AssignInstructor(person) if person in state.co_instructors | state.assistants:
            raise _staffed()
        case AddCoInstructor(person) if person == state.instructor or person in state.assistants:
            raise _staffed()
        case AddAssistant(person) if person in state.teachers:
            raise _staffed()
        case AssignInstructor(person) if person != state.instructor:
            yield InstructorAssigned(person)
        case AddCoInstructor(person) if person not in state.co_instructors:
            yield CoInstructorAdded(person)
        case AddAssistant(person) if person not in state.assistants:
            yield AssistantAdded(person)
        case Remove(person) if person in state.co_instructors:
            yield CoInstructorRemoved(person)
        case Remove(person) if person in state.assistants:
            yield AssistantRemoved(person)
        case Remove(person) if person == state.instructor:
            raise Rejected("section.needs_instructor", "its instructor is replaced by assigning another")
        case _:
            return  # Already so. Saying it twice changes nothing.


def _staffed() -> Rejected:
    return Rejected("section.staffed_already", "they are in this section already, in another way")


def _meeting(state: Open, command: ScheduleMeeting | MoveMeeting | CancelMeeting) -> Iterator[Event]:
    there = state.meetings.get(command.meeting)
    match command:
        case CancelMeeting(meeting) if there is not None:
            yield MeetingCancelled(meeting)
        case CancelMeeting():
            return  # Already so. Saying it twice changes nothing.
        case MoveMeeting() if there is None:
            raise Rejected("meeting.not_found", "there is no such meeting")
        case ScheduleMeeting(_, timing, room) | MoveMeeting(_, timing, room) if there == Meeting(timing, room):
            return
        case ScheduleMeeting(meeting, timing, room):
            if there is not None:
                raise Rejected("meeting.exists", "there is a meeting with this id, at another time or in another room")
            check(timing)
            yield MeetingScheduled(meeting, timing, room)
        case MoveMeeting(meeting, timing, room):
            check(timing)
            yield MeetingMoved(meeting, timing, room)


def evolve(state: State, event: Event) -> State:
    match event:
        case SectionOpened(course, capacity, starts, ends, instructor, term, batch):
            return Open(course, capacity, Span(starts, ends, term, batch), instructor)
        case _ if not isinstance(state, Open):
            return state
        case SectionRevised(starts, ends, term, batch):
            return replace(state, span=Span(starts, ends, term, batch))
        case SectionCapacitySet(capacity):
            return replace(state, capacity=capacity)
        case SectionClosed():
            return Closed(state.course)
        case InstructorAssigned(person):
            return replace(state, instructor=person)
        case CoInstructorAdded(person):
            return replace(state, co_instructors=state.co_instructors | {person})
        case CoInstructorRemoved(person):
            return replace(state, co_instructors=state.co_instructors - {person})
        case AssistantAdded(person):
            return replace(state, assistants=state.assistants | {person})
        case AssistantRemoved(person):
            return replace(state, assistants=state.assistants - {person})
        case MeetingScheduled(meeting, timing, room) | MeetingMoved(meeting, timing, room):
            return replace(state, meetings={**state.meetings, meeting: Meeting(timing, room)})
        case MeetingCancelled(meeting):
            return replace(state, meetings={one: that for one, that in state.meetings.items() if one != meeting})
        case _:
            assert_never(event)


class Engagement(NamedTuple):
    """A time that a section takes in somebody's diary."""

    kind: Kind
    key: str
    meeting: MeetingId
    timing: Timing


class Role(NamedTuple):
    """The part that somebody has in a section."""

    person: PersonId
    part: Literal["teaches", "assists"]


def engagements(state: State) -> frozenset[Engagement]:
    """What is in the diaries of its rooms and of all who teach it."""
    if not isinstance(state, Open):
        return frozenset()
    rooms = (
        Engagement("room", one.room, meeting, one.timing)
        for meeting, one in state.meetings.items()
        if one.room is not None
    )
    people = (
        Engagement("instructor", person, meeting, one.timing)
        for meeting, one in state.meetings.items()
        for person in state.teachers
    )
    return frozenset((*rooms, *people))


def staff(state: State) -> frozenset[Role]:
    """Everyone who has a part in it."""
    if not isinstance(state, Open):
        return frozenset()
    teaching = (Role(person, "teaches") for person in state.teachers)
    return frozenset((*teaching, *(Role(person, "assists") for person in state.assistants)))


SECTION = Decider[State, Command, Event]("section", Unopened(), decide, evolve)
