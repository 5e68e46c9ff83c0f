"""All that is recorded of one person. One stream, so that withdrawing stops and purges all of it at once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from domain.kernel import CourseId, Decider, Moment, PersonId, Rejected, Value
from domain.recording.events import (
    Event,
    MediaType,
    PartKept,
    RecordingClosed,
    RecordingId,
    RecordingOpened,
    RecordingPurged,
    Source,
    Why,
)

OPEN_MAX = 3
"""A camera, a screen and a voice."""
PARTS_MAX = 1_000
PURGED_REMEMBERED = 100


class Open(Value):
    """`terms` is what its person agrees to just now."""

    person: PersonId
    recording: RecordingId
    course: CourseId
    source: Source
    type: MediaType
    terms: str
    until: Moment


class KeepPart(Value):
    """It is the part of this number, from one on, and is kept under this name already."""

    recording: RecordingId
    course: CourseId
    number: int
    kept: str
    bytes: int
    sha256: str


class Close(Value):
    recording: RecordingId
    course: CourseId


class Purge(Value):
    recording: RecordingId
    course: CourseId
    why: Why


class PurgeEvery(Value):
    why: Why


Command = Open | KeepPart | Close | Purge | PurgeEvery


class Part(Value):
    kept: str
    sha256: str


class Running(Value, tag=True):
    """It is being recorded."""

    course: CourseId
    parts: tuple[Part, ...] = ()


class Closed(Value, tag=True):
    """It is kept, and nothing more comes."""

    course: CourseId
    parts: int


class Purged(Value, tag=True):
    """It is there no more."""

    course: CourseId


Recording = Running | Closed | Purged


class Recordings(Value):
    known: dict[RecordingId, Recording] = {}  # noqa: RUF012 — nobody writes into a state

    def of(self, recording: RecordingId, course: CourseId) -> Recording | None:
        """What became of a recording in a course, if there is one."""
        found = self.known.get(recording)
        return None if found is None or found.course != course else found

    def part(self, recording: RecordingId, number: int) -> Part | None:
        """A part of a recording that is running; nothing, where there is none yet."""
        match self.known.get(recording):
            case Running(parts=parts) if 0 < number <= len(parts):
                return parts[number - 1]
            case _:
                return None


State = Recordings


def decide(state: State, command: Command) -> Iterator[Event]:
    match state, command:
        case Recordings(known), Open(recording=recording) if recording in known:
            return  # The same request once more.
        case Recordings(), Open() if _running(state) >= OPEN_MAX:
            raise Rejected("recording.too_many", f"{OPEN_MAX} are running: close one first")
        case Recordings(), Open(person, recording, course, source, type, terms, until):
            yield RecordingOpened(person, recording, course, source, type, terms, until)
        case Recordings(), KeepPart() if _is_kept(state, command):
            return
        case Recordings(), KeepPart(recording, _, number, kept, bytes, sha256) if _is_next(state, command):
            yield PartKept(recording, number, kept, bytes, sha256)
        case Recordings(), Close(recording, course) if isinstance(state.of(recording, course), Running):
            yield RecordingClosed(recording)
        case Recordings(), Purge(recording, course, why) if state.of(recording, course):
            yield from (purged for purged in _purged(state, why) if purged.recording == recording)
        case Recordings(), PurgeEvery(why):
            yield from _purged(state, why)
        case Recordings(), Close(recording, course) if state.of(recording, course):
            return  # Already so.
        case _:
            _refuse(state, command)


def _running(state: Recordings) -> int:
    return sum(isinstance(one, Running) for one in state.known.values())


def _is_kept(state: Recordings, part: KeepPart) -> bool:
    found = state.part(part.recording, part.number)
    return found is not None and found.sha256 == part.sha256 and state.of(part.recording, part.course) is not None


def _is_next(state: Recordings, part: KeepPart) -> bool:
    match state.of(part.recording, part.course):
        case Running(parts=parts):
            return part.number == len(parts) + 1 <= PARTS_MAX
        case _:
            return False


def _purged(state: Recordings, why: Why) -> Iterator[RecordingPurged]:
    """All that is there goes."""
    for recording, one in state.known.items():
        match one:
            case Running(parts=parts):
                yield RecordingPurged(recording, why, len(parts))
            case Closed(parts=parts):
                yield RecordingPurged(recording, why, parts)
            case Purged():
                pass


def missing() -> Rejected:
    return Rejected("recording.not_found", "there is no such recording of this person in this course")


def gone() -> Rejected:
    return Rejected("recording.purged", "it was purged: nothing of it is kept any more")


def _refuse(state: State, command: Command) -> None:
    """Say why not."""
    found = None if isinstance(command, PurgeEvery) else state.of(command.recording, command.course)
    match found, command:
        case Running(parts=parts), KeepPart(number=number) if number <= len(parts):
            raise Rejected("recording.other_part", f"part {number} is kept already, and is another")
        case Running(parts=parts), KeepPart() if len(parts) == PARTS_MAX:
            raise Rejected("recording.full", f"a recording has at most {PARTS_MAX} parts: open another")
        case Running(parts=parts), KeepPart(number=number):
            raise Rejected("recording.out_of_order", f"part {len(parts) + 1} comes next, not {number}")
        case Closed(), _:
            raise Rejected("recording.closed", "it is closed: nothing more comes")
        case Purged(), _:
            raise gone()
        case _:
            raise missing()


def evolve(state: State, event: Event) -> State:
    match event:
        case RecordingOpened(recording=recording, course=course):
            return _with(state, recording, Running(course))
        case PartKept(recording=recording, kept=kept, sha256=sha256):
            match state.known.get(recording):
                case Running(course, parts):
                    return _with(state, recording, Running(course, (*parts, Part(kept, sha256))))
                case _:
                    return state
        case RecordingClosed(recording):
            match state.known.get(recording):
                case Running(course, parts):
                    return _with(state, recording, Closed(course, len(parts)))
                case _:
                    return state
        case RecordingPurged(recording):
            found = state.known.get(recording)
            return state if found is None else _forgetful(_with(state, recording, Purged(found.course)))
        case _:
            assert_never(event)


def _with(state: Recordings, recording: RecordingId, now: Recording) -> Recordings:
    return Recordings({**state.known, recording: now})


def _forgetful(state: Recordings) -> Recordings:
    """Of those that were purged, the ones that were opened last are remembered."""
    purged = [recording for recording, one in state.known.items() if isinstance(one, Purged)]
    beyond = set(purged[:-PURGED_REMEMBERED])
    return Recordings({recording: one for recording, one in state.known.items() if recording not in beyond})


RECORDINGS = Decider[State, Command, Event](
    "recordings", Recordings(), decide, evolve, state=Recordings, snapshot_every=200
)
