"""What was recorded of people, for themselves and for who teaches them."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec

from api.http.courses import Course
from api.http.problems import Refused
from api.http.queries import Asking, Cursor, Limit, Position, query
from api.http.reply import Reply
from application.being_recorded import place_of
from domain.kernel import ID, PersonId, Value
from domain.recording.events import RecordingId, Source
from projections.model import Page
from projections.recording import recorded
from projections.recording.recorded import Found, Part, Recorded, Status

Learner = Annotated[PersonId, ID]
Recording = Annotated[RecordingId, ID]
Number = Annotated[int, msgspec.Meta(ge=1, le=2**31 - 1, description="Which part it is, from 1 on.")]
OF_BOTH = {"course": "course", "person": "learner"}
LATE = ("position.not_reached", "position.unknown")

SCREEN: dict[str, Any] = {
    "recording": "0198c0de-da7a-7000-8000-00000000ec0d",
    "learner": "ada",
    "course": "celestial-navigation",
    "source": "screen",
    "type": "video/webm",
    "terms": "2026-11",
    "status": "closed",
    "opened_at": "2026-11-02T08:00:00Z",
    "until": "2026-12-02T08:00:00Z",
    "parts": 1,
    "bytes": 48213,
    "closed_at": "2026-11-02T08:45:00Z",
    "purged_at": None,
    "why": None,
}
PART = {
    "number": 1,
    "bytes": 48213,
    "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "at": "2026-11-02T08:00:10Z",
}
ROWS = {"rows": [SCREEN], "position": 42, "cursor": None}


class OneRecording(Value):
    """A recording and all its parts, as of a position. Of one that was purged there are none."""

    recording: Recorded
    parts: tuple[Part, ...]
    position: int


@query(
    "/api/people/{person}/recordings",
    requires="recording.see",
    scope={"person": "person"},
    limit="query",
    refuses=[*LATE, "cursor.malformed"],
    example=ROWS,
)
async def recordings_of_person(  # noqa: PLR0913, PLR0917 — what may be asked for
    asking: Asking,
    person: Learner,
    course: Course | None = None,
    source: Source | None = None,
    status: Status | None = None,
    cursor: Cursor | None = None,
    limit: Limit | None = None,
    min_position: Position = 0,
) -> Page[Recorded]:
    """What was recorded of this person: in a course, from a source, of a status? The newest first."""
    return await recorded.recordings_of(
        asking.ask,
        asking.tenant,
        within="learner",
        learner=person,
        course=course,
        source=source,
        status=status,
        cursor=cursor,
        limit=asking.rows(limit),
        min_position=min_position,
    )


@query(
    "/api/courses/{course}/recordings",
    requires="recording.see",
    scope="course",
    limit="query",
    refuses=[*LATE, "cursor.malformed"],
    example=ROWS,
)
async def recordings_in_course(  # noqa: PLR0913, PLR0917 — what may be asked for
    asking: Asking,
    course: Course,
    learner: Learner | None = None,
    source: Source | None = None,
    status: Status | None = None,
    cursor: Cursor | None = None,
    limit: Limit | None = None,
    min_position: Position = 0,
) -> Page[Recorded]:
    """What was recorded in this course: of a learner, from a source, of a status? The newest first."""
    return await recorded.recordings_of(
        asking.ask,
        asking.tenant,
        within="course",
        learner=learner,
        course=course,
        source=source,
        status=status,
        cursor=cursor,
        limit=asking.rows(limit),
        min_position=min_position,
    )


@query(
    "/api/courses/{course}/learners/{learner}/recordings/{recording}",
    requires="recording.see",
    scope=OF_BOTH,
    limit="query",
    refuses=[*LATE, "recording.not_found"],
    example={"recording": SCREEN, "parts": [PART], "position": 42},
)
async def recording_of(
    asking: Asking, course: Course, learner: Learner, recording: Recording, min_position: Position = 0
) -> OneRecording:
    """What is there of this recording? Of one that was purged: when and why, and how much it was."""
    found, position = await _found(asking, course, learner, recording, min_position)
    parts = tuple(msgspec.convert(part, Part, from_attributes=True) for part in found.content)
    return OneRecording(msgspec.convert(found, Recorded, from_attributes=True), parts, position)


@query(
    "/api/courses/{course}/learners/{learner}/recordings/{recording}/parts/{number}",
    requires="recording.see",
    scope=OF_BOTH,
    limit="query",
    refuses=[*LATE, "recording.not_found", "recording.purged", "part.not_found"],
    answer=str,
    media_type="application/octet-stream",
    example="…",
)
async def recorded_part(  # noqa: PLR0913, PLR0917 — what may be asked for
    asking: Asking,
    course: Course,
    learner: Learner,
    recording: Recording,
    number: Number,
    min_position: Position = 0,
) -> Reply:
    """What is in this part? It is sealed where it is kept, and opened on its way out."""
    found, position = await _found(asking, course, learner, recording, min_position, number)
    part = next(iter(found.content), None)
    if part is None and found.status != "purged":
        raise Refused("part.not_found", "there is no such part")
    content = None if part is None else await asking.opened(learner, part.kept, place_of(recording, number))
    if content is None:
        raise Refused("recording.purged", "nothing of it is kept any more")
    return Reply(
        200,
        content,
        (
            (b"annals-position", b"%d" % position),
            (b"cache-control", b"private, no-store"),
            (b"content-disposition", f'attachment; filename="{recording}-{number}"'.encode()),
        ),
        found.type.encode(),
    )


async def _found(  # noqa: PLR0913, PLR0917 — what may be asked for
    asking: Asking,
    course: Course,
    learner: Learner,
    recording: Recording,
    min_position: int,
    number: int | None = None,
) -> tuple[Found, int]:
    found, position = await recorded.recording_of(
        asking.ask, asking.tenant, course, learner, recording, number=number, min_position=min_position
    )
    if found is None:
        raise Refused("recording.not_found", "there is no such recording of this person in this course")
    return found, position
