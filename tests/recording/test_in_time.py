"""What follows from recordings by itself, with a clock that is moved: they are closed, and purged with their files."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from adapters.object_store import ObjectStoreFiles, files_in
from application.being_recorded import folder_of, keeping, opening
from application.recording import RUNS
from domain.kernel import PersonId, Rejected
from domain.privacy.consent import CONSENT, Give, Withdraw
from domain.privacy.subject import SUBJECT, AskErasure
from domain.recording.events import RecordingId
from domain.recording.recordings import RECORDINGS, Close, Closed, KeepPart, Open, Purge, Purged, Recording, Running
from domain.tenancy.settings import SETTINGS, Adjust, Choice
from tests.followers.running import COURSE, TENANT, caller, enroll, rows
from tests.privacy.test_putting_away import NOON, House, house
from tests.proves import proves
from tests.servers import Database

ADA, BEN = PersonId("ada"), PersonId("ben")
DAY, MOMENT = timedelta(days=1), timedelta(seconds=1)


async def record(there: House, person: PersonId, called: str, files: ObjectStoreFiles) -> RecordingId:
    """Somebody agrees, and is recorded in two parts."""
    recording = RecordingId(called)
    await there.do(CONSENT.at(person), Give(person, "recording", "v1"), caller())
    await enroll(there.do, person)
    wish = Open(person, recording, COURSE, "voice", "audio/ogg", terms="", until=NOON)
    streams, decide, command, beside = opening(wish, there.clock.time)
    await there.do.across(streams, decide, command, caller(), beside=beside)
    for number in (1, 2):
        await keep(there, person, recording, number, files)
    await there.settled()
    return recording


async def keep(there: House, person: PersonId, recording: RecordingId, number: int, files: ObjectStoreFiles) -> None:
    kept = f"{folder_of(recording)}/{number}"
    files.keep(TENANT, kept, b"sealed")
    streams, decide, command, beside = keeping(person, KeepPart(recording, COURSE, number, kept, 6, "a"))
    await there.do.across(streams, decide, command, caller(), beside=beside)


async def known(there: House, person: PersonId) -> dict[RecordingId, Recording]:
    found: dict[RecordingId, Recording] = (await there.do.look(TENANT, RECORDINGS.at(person))).known
    return found


def kept(files: ObjectStoreFiles, recording: RecordingId) -> int:
    return sum(files.read(TENANT, f"{folder_of(recording)}/{number}") is not None for number in (1, 2))


async def tombstones(database: Database) -> list[tuple[str, int]]:
    return await rows(
        database,
        "select data ->> 'why', (data ->> 'parts')::int from ledger.facts where type = 'recording.RecordingPurged'",
    )


@proves("privacy.consent")
async def test_a_recording_is_closed_and_purged_when_its_time_is_over_and_a_tombstone_stays(
    database: Database, tmp_path: Path
) -> None:
    files = files_in(tmp_path)
    async with house(database, files, "recording") as there:
        one = await record(there, ADA, "one", files)
        await there.wait(RUNS - MOMENT)
        assert isinstance((await known(there, ADA))[one], Running)
        await there.wait(MOMENT)
        assert (await known(there, ADA))[one] == Closed(COURSE, 2)
        await there.do(SETTINGS.at("main"), Adjust((Choice("recordings_kept_days", 3),)), caller())
        two = await record(there, BEN, "two", files)
        await there.wait(3 * DAY)
        assert await known(there, BEN) == {two: Purged(COURSE)}
        assert (kept(files, one), kept(files, two)) == (2, 0)
        await there.wait(27 * DAY - RUNS - MOMENT)
        assert (await known(there, ADA))[one] == Closed(COURSE, 2)
        await there.wait(MOMENT)
        assert await known(there, ADA) == {one: Purged(COURSE)}
        assert kept(files, one) == 0
    assert await tombstones(database) == [("expired", 2), ("expired", 2)]


@proves("privacy.consent")
async def test_who_withdraws_has_all_purged_and_nobody_else_has(database: Database, tmp_path: Path) -> None:
    files = files_in(tmp_path)
    async with house(database, files, "recording") as there:
        recorded = [await record(there, ADA, called, files) for called in ("one", "two")]
        await there.do(RECORDINGS.at(ADA), Close(recorded[0], COURSE), caller())
        bens = await record(there, BEN, "bens", files)
        await there.do(CONSENT.at(ADA), Withdraw(ADA, "marketing"), caller())
        await there.settled()
        assert [kept(files, one) for one in (*recorded, bens)] == [2, 2, 2], "another purpose is another matter"
        await there.do(CONSENT.at(ADA), Withdraw(ADA, "recording"), caller())
        with pytest.raises(Rejected, match="do not agree"):
            await keep(there, ADA, recorded[1], 3, files)
        await there.settled()
        assert await known(there, ADA) == dict.fromkeys(recorded, Purged(COURSE))
        assert [kept(files, one) for one in (*recorded, bens)] == [0, 0, 2]
    assert await tombstones(database) == [("withdrawn", 2), ("withdrawn", 2)]


async def test_who_asks_to_be_forgotten_has_all_purged_and_is_recorded_no_more(
    database: Database, tmp_path: Path
) -> None:
    files = files_in(tmp_path)
    async with house(database, files, "recording") as there:
        one = await record(there, ADA, "one", files)
        await there.do(SUBJECT.at(ADA), AskErasure(ADA, ("recording",)), caller())
        with pytest.raises(Rejected, match="erased"):
            await keep(there, ADA, one, 3, files)
        await there.settled()
        assert kept(files, one) == 0
    assert await tombstones(database) == [("erased", 2)]


async def test_what_was_thrown_away_may_be_thrown_away_again(database: Database, tmp_path: Path) -> None:
    files = files_in(tmp_path)
    async with house(database, files, "recording") as there:
        one = await record(there, ADA, "one", files)
        await there.do(RECORDINGS.at(ADA), Purge(one, COURSE, "unwanted"), caller())
        await there.settled()
        await rows(database, "update followers.checkpoints set position = 0 returning 1")
    async with house(database, files, "recording") as there:
        await there.settled()
        assert kept(files, one) == 0
    assert await tombstones(database) == [("unwanted", 2)]
