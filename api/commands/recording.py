"""Being recorded: only whoever agrees to it, part by part, and purged whenever it is unwanted."""

from __future__ import annotations

from typing import Annotated

import msgspec

from api.http.commands import Doing, command
from api.http.courses import Course
from api.http.uploads import Incoming, Needless, upload
from application.being_recorded import keeping, opening, sealing_for
from application.enrolling import Looks
from application.ledger import Receipt, Repeated
from application.sealing import Sealing
from domain.kernel import ID, PersonId, Value
from domain.recording.events import MediaType, RecordingId, Source
from domain.recording.recordings import PARTS_MAX, RECORDINGS, Close, KeepPart, Open, Purge

Learner = Annotated[PersonId, ID]
Recording = Annotated[RecordingId, ID]
Number = Annotated[int, msgspec.Meta(ge=1, le=PARTS_MAX, description="Which part it is, from 1 on.")]
OWN = {"person": "learner"}
NOT_AGREED = ("recording.not_agreed", "person.erased")
NONE = "recording.not_found"


class RecordingBody(Value, forbid_unknown_fields=True):
    """What is recorded, and what its parts are."""

    source: Source
    type: MediaType


@command(
    "/api/courses/{course}/learners/{learner}/recordings",
    requires="recording.keep",
    scope=OWN,
    limit="command",
    refuses=[*NOT_AGREED, "enrollment.needed", "recording.too_many"],
    needs_feature="recording",
    example={"source": "screen", "type": "video/webm"},
)
async def open_recording(course: Course, learner: Learner, body: RecordingBody, do: Doing) -> Receipt:
    """Begin to record somebody, who agrees to `recording` and is on the course.

    The receipt's `id` is that of the recording. Its parts are sent one after another; at most three recordings of a
    person run at once. After twelve hours it is closed. It is purged after so many days as the school has set, and at
    once when consent is withdrawn.
    """
    wish = Open(learner, RecordingId(do.key), course, body.source, body.type, terms="", until=do.at)
    return await do.across(*opening(wish, do.at))


async def sealing_of_part(
    look: Looks, course: Course, learner: Learner, recording: Recording, number: Number
) -> Sealing:
    """How this part is kept."""
    return await sealing_for(look, learner, course, recording, number)


@upload(
    "/api/courses/{course}/learners/{learner}/recordings/{recording}/parts/{number}",
    requires="recording.keep",
    scope=OWN,
    limit="command",
    refuses=[
        *NOT_AGREED,
        NONE,
        "recording.closed",
        "recording.purged",
        "recording.full",
        "recording.other_part",
        "recording.out_of_order",
    ],
    needs_feature="recording",
    sealing=sealing_of_part,
)
async def keep_part(  # noqa: PLR0913, PLR0917 — what is kept where
    course: Course, learner: Learner, recording: Recording, number: Number, incoming: Incoming, do: Doing
) -> Receipt:
    """Keep the next part of a recording that runs: at most 4 MiB, which are the body itself.

    It is sealed under the key of whom it is of. The same part sent again changes nothing; what is not kept because
    consent was withdrawn meanwhile, or for any other reason, is not left anywhere.
    """
    part = KeepPart(recording, course, number, incoming.kept, incoming.bytes, incoming.sha256)
    receipt = await do.across(*keeping(learner, part))
    known = (await do.look(RECORDINGS.at(learner))).part(recording, number)
    if known is None or known.kept == incoming.kept or isinstance(receipt, Repeated):
        return receipt
    return Needless(receipt.id, receipt.stream, receipt.version, receipt.position)


@command(
    "/api/courses/{course}/learners/{learner}/recordings/{recording}/close",
    requires="recording.keep",
    scope=OWN,
    limit="command",
    refuses=[NONE],
)
async def close_recording(course: Course, learner: Learner, recording: Recording, do: Doing) -> Receipt:
    """Say that nothing more comes."""
    return await do(RECORDINGS.at(learner), Close(recording, course))


@command(
    "/api/courses/{course}/learners/{learner}/recordings/{recording}/purge",
    requires="recording.keep",
    scope=OWN,
    limit="command",
    refuses=[NONE],
)
async def purge_recording(course: Course, learner: Learner, recording: Recording, do: Doing) -> Receipt:
    """Have all of a recording thrown away, whether it runs or not. That it was there is told all the same."""
    return await do(RECORDINGS.at(learner), Purge(recording, course, "unwanted"))
