"""What we do about recordings: they are closed and purged in time, and at once where consent is withdrawn."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from application.being_recorded import folder_of, place_of
from application.belonging import Content, OfPeople
from application.jobs import Errand, job
from application.ledger import Recorded
from application.mail import RETRIES
from application.permissions import EVERYONE, INSTRUCTOR, Permission
from application.policies import Bound
from application.ports import Folders
from domain.kernel import Value
from domain.privacy.events import ConsentWithdrawn, ErasureAsked
from domain.recording.events import PartKept, RecordingId, RecordingOpened, RecordingPurged
from domain.recording.recordings import RECORDINGS, Close, Purge, PurgeEvery

PERMISSIONS = (
    Permission("recording.keep", "Be recorded, and have what was recorded purged.", own=(EVERYONE,)),
    Permission(
        "recording.see",
        "See what was recorded of people in courses, and what became of it.",
        (INSTRUCTOR,),
        (EVERYONE,),
        watched=True,
    ),
)

RUNS = timedelta(hours=12)
"""Whoever does not close a recording has it closed after so long."""


def _contents(key: str, events: Sequence[object]) -> tuple[Content, ...]:
    del key
    purged = {event.recording for event in events if isinstance(event, RecordingPurged)}
    return tuple(
        Content(
            f"{part.recording} {part.number}",
            part.kept,
            given=part.recording not in purged,
            sealed_in=place_of(part.recording, part.number),
            bytes=part.bytes,
        )
        for part in events
        if isinstance(part, PartKept)
    )


PERSONAL = OfPeople(keyed={"recordings": 0}, contents=_contents)


async def when_recording_opened_close_and_purge_it_in_time(opened: Recorded[RecordingOpened], do: Bound) -> None:
    fact = opened.event
    stream = RECORDINGS.at(fact.person)
    do.at(opened.at + RUNS, stream, Close(fact.recording, fact.course))
    do.at(fact.until, stream, Purge(fact.recording, fact.course, "expired"))


async def when_consent_was_withdrawn_purge_what_was_recorded(withdrawn: Recorded[ConsentWithdrawn], do: Bound) -> None:
    fact = withdrawn.event
    if fact.purpose == "recording":
        # What they agreed to anew in between goes as well: of two mistakes the smaller one.
        await do(RECORDINGS.at(fact.person), PurgeEvery("withdrawn"))


async def when_erasure_was_asked_purge_what_was_recorded(asked: Recorded[ErasureAsked], do: Bound) -> None:
    await do(RECORDINGS.at(asked.event.person), PurgeEvery("erased"))


async def when_recording_purged_throw_its_parts_away(purged: Recorded[RecordingPurged], do: Bound) -> None:
    do.later(throw_away_parts, ToThrowAway(purged.event.recording))


class ToThrowAway(Value):
    recording: RecordingId


@job(retries=RETRIES)
def throw_away_parts(errand: Errand[ToThrowAway], folders: Folders) -> None:
    folders.forget_folder(errand.tenant, folder_of(errand.order.recording))
