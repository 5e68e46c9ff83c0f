"""What was recorded of whom, and what became of it?"""

from __future__ import annotations

from domain.kernel import CourseId, PersonId
from domain.recording.events import RecordingId, Source
from domain.recording.recordings import RECORDINGS, Close, Command, KeepPart, Open, Purge
from projections.recording.recorded import MODEL, recording_of, recordings_of
from tests.followers.running import OTHER, TENANT, caller
from tests.identity.peopled import living
from tests.proves import proves
from tests.servers import Database
from tests.values import TIMES

ADA, BEN = PersonId("ada"), PersonId("ben")
ART, MATHS = CourseId("art"), CourseId("maths")


def opening(person: PersonId, recording: str, course: CourseId = ART, source: Source = "screen") -> Command:
    return Open(person, RecordingId(recording), course, source, "video/webm", "v1", TIMES[0])


def part(recording: str, number: int) -> Command:
    return KeepPart(RecordingId(recording), ART, number, f"recordings/{recording}/{number}", 10, "a" * 64)


@proves("privacy.consent")
async def test_it_tells_of_each_recording_what_became_of_it_and_of_what_is_gone_that_it_was_there(
    database: Database,
) -> None:
    one = RecordingId("one")
    async with living(database, MODEL) as (do, ask, _):
        for command in (opening(ADA, "one"), part("one", 1), part("one", 2)):
            at = (await do(RECORDINGS.at(ADA), command, caller())).position
        found, _ = await recording_of(ask, TENANT, ART, ADA, one, min_position=at)
        assert found is not None
        assert (found.status, found.terms, found.until, found.parts, found.bytes) == ("running", "v1", TIMES[0], 2, 20)
        assert [(row.number, row.kept) for row in found.content] == [(1, "recordings/one/1"), (2, "recordings/one/2")]
        for whose in ((OTHER, ART, ADA), (TENANT, MATHS, ADA), (TENANT, ART, BEN)):
            assert (await recording_of(ask, *whose, one))[0] is None
        at = (await do(RECORDINGS.at(ADA), Close(one, ART), caller())).position
        found, _ = await recording_of(ask, TENANT, ART, ADA, one, min_position=at)
        assert found is not None
        assert (found.status, found.closed_at is not None, len(found.content)) == ("closed", True, 2)
        at = (await do(RECORDINGS.at(ADA), Purge(one, ART, "expired"), caller())).position
        found, _ = await recording_of(ask, TENANT, ART, ADA, one, min_position=at)
        assert found is not None
        assert (found.status, found.why, found.parts, found.bytes, found.content) == ("purged", "expired", 2, 20, ())
        assert found.purged_at is not None


async def test_they_come_newest_first_of_somebody_or_in_a_course_and_are_looked_for(database: Database) -> None:
    async with living(database, MODEL) as (do, ask, _):
        for person, command in (
            (ADA, opening(ADA, "a1")),
            (ADA, opening(ADA, "a2", MATHS)),
            (BEN, opening(BEN, "b1", source="voice")),
            (ADA, opening(ADA, "a3", source="voice")),
            (ADA, Close(RecordingId("a1"), ART)),
        ):
            at = (await do(RECORDINGS.at(person), command, caller())).position
        first = await recordings_of(ask, TENANT, within="learner", learner=ADA, limit=2, min_position=at)
        rest = await recordings_of(ask, TENANT, within="learner", learner=ADA, limit=2, cursor=first.cursor)
        assert [row.recording for row in (*first.rows, *rest.rows)] == ["a3", "a2", "a1"]
        assert rest.cursor is None
        for page, expected in (
            (await recordings_of(ask, TENANT, within="course", course=ART), ["a3", "b1", "a1"]),
            (await recordings_of(ask, TENANT, within="course", course=ART, learner=ADA), ["a3", "a1"]),
            (await recordings_of(ask, TENANT, within="course", course=ART, source="voice"), ["a3", "b1"]),
            (await recordings_of(ask, TENANT, within="course", course=ART, status="closed"), ["a1"]),
            (await recordings_of(ask, TENANT, within="learner", learner=ADA, course=MATHS), ["a2"]),
            (await recordings_of(ask, TENANT, within="learner", learner=ADA, status="purged"), []),
            (await recordings_of(ask, OTHER, within="course", course=ART), []),
        ):
            assert [row.recording for row in page.rows] == expected
