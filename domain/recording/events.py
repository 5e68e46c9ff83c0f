"""What became of recordings. These words are public: facts are kept in them for ever."""

from __future__ import annotations

from typing import Literal, NewType

from domain.kernel import CourseId, Moment, PersonId, Value

RecordingId = NewType("RecordingId", str)

Source = Literal["camera", "screen", "voice"]
"""What is recorded of somebody."""

MediaType = Literal["audio/mp4", "audio/ogg", "audio/webm", "video/mp4", "video/webm"]
"""What its parts are, one after another: a part by itself may be no such file."""

Why = Literal["erased", "expired", "unwanted", "withdrawn"]
"""Why a recording was purged: its person is erased, its time was over, somebody wished so, consent was withdrawn."""

# --- all that is recorded of somebody: `recordings:{person}` --------------------------------------


class RecordingOpened(Value):
    """From here on they are recorded, in the terms that they agreed to. It is kept until then."""

    person: PersonId
    recording: RecordingId
    course: CourseId
    source: Source
    type: MediaType
    terms: str
    until: Moment


class PartKept(Value):
    """Some of it came in. `kept` is under which name it is, sealed; `bytes` and `sha256` are of what is in there."""

    recording: RecordingId
    number: int
    kept: str
    bytes: int
    sha256: str


class RecordingClosed(Value):
    """Nothing more comes."""

    recording: RecordingId


class RecordingPurged(Value):
    """So many parts of it are there no more."""

    recording: RecordingId
    why: Why
    parts: int


Event = RecordingOpened | PartKept | RecordingClosed | RecordingPurged
