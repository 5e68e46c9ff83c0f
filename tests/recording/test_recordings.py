"""All that is recorded of one person, told as stories."""

from __future__ import annotations

from datetime import UTC, datetime

from domain.kernel import CourseId, PersonId
from domain.recording.events import PartKept, RecordingClosed, RecordingId, RecordingOpened, RecordingPurged
from domain.recording.recordings import (
    OPEN_MAX,
    PARTS_MAX,
    PURGED_REMEMBERED,
    RECORDINGS,
    Close,
    Closed,
    KeepPart,
    Open,
    Purge,
    Purged,
    PurgeEvery,
    Running,
)
from tests.given import about
from tests.proves import proves

given = about(RECORDINGS)

ADA, ART, MATHS = PersonId("ada"), CourseId("art"), CourseId("maths")
ONE, TWO = RecordingId("one"), RecordingId("two")
SUMMER = datetime(2027, 6, 30, tzinfo=UTC)


def opened(recording: RecordingId = ONE) -> RecordingOpened:
    return RecordingOpened(ADA, recording, ART, "screen", "video/webm", "v1", SUMMER)


def open_(recording: RecordingId) -> Open:
    return Open(ADA, recording, ART, "screen", "video/webm", "v1", SUMMER)


def keep(number: int, sha256: str = "a", course: CourseId = ART, recording: RecordingId = ONE) -> KeepPart:
    return KeepPart(recording, course, number, f"another name of {number}", 3, sha256)


def kept(number: int, recording: RecordingId = ONE) -> PartKept:
    return PartKept(recording, number, f"kept as {number}", 3, "a")


def test_a_recording_is_opened_once() -> None:
    given().when(open_(ONE)).then(opened())
    given(opened()).when(open_(ONE)).then()
    given(opened(), RecordingPurged(ONE, "unwanted", 0)).when(open_(ONE)).then()


def test_only_so_many_run_at_once() -> None:
    running = [opened(RecordingId(f"{number}")) for number in range(OPEN_MAX)]
    given(*running).when(open_(ONE)).refused("recording.too_many")
    given(*running, RecordingClosed(RecordingId("0"))).when(open_(ONE)).then(opened())


def test_parts_come_one_after_another() -> None:
    given(opened()).when(keep(1)).then(PartKept(ONE, 1, "another name of 1", 3, "a"))
    given(opened(), kept(1)).when(keep(2)).then(PartKept(ONE, 2, "another name of 2", 3, "a"))
    given(opened(), kept(1)).when(keep(3)).refused("recording.out_of_order")
    given(opened()).when(keep(2)).refused("recording.out_of_order")


def test_a_part_that_comes_again_is_there_already_and_another_of_its_number_is_not_taken() -> None:
    given(opened(), kept(1), kept(2)).when(keep(1)).then()
    given(opened(), kept(1), kept(2)).when(keep(1, "b")).refused("recording.other_part")
    state = given(opened(), kept(1)).state
    assert (part := state.part(ONE, 1)) is not None
    assert part.kept == "kept as 1"
    assert state.part(ONE, 2) is None


def test_nothing_more_comes_to_what_is_closed_purged_or_not_there() -> None:
    given(opened(), kept(1), RecordingClosed(ONE)).when(keep(2)).refused("recording.closed")
    given(opened(), kept(1), RecordingPurged(ONE, "expired", 1)).when(keep(2)).refused("recording.purged")
    given(opened()).when(keep(1, recording=TWO)).refused("recording.not_found")
    given(opened()).when(keep(1, course=MATHS)).refused("recording.not_found")
    given(opened(), kept(1)).when(keep(1, course=MATHS)).refused("recording.not_found")


def test_a_recording_has_so_many_parts_and_no_more() -> None:
    whole = [kept(number) for number in range(1, PARTS_MAX)]
    given(opened(), *whole).when(keep(PARTS_MAX)).then(PartKept(ONE, PARTS_MAX, f"another name of {PARTS_MAX}", 3, "a"))
    given(opened(), *whole, kept(PARTS_MAX)).when(keep(PARTS_MAX + 1)).refused("recording.full")


def test_it_is_closed_once() -> None:
    given(opened(), kept(1)).when(Close(ONE, ART)).then(RecordingClosed(ONE))
    given(opened(), RecordingClosed(ONE)).when(Close(ONE, ART)).then()
    given(opened(), RecordingPurged(ONE, "unwanted", 0)).when(Close(ONE, ART)).then()
    given(opened()).when(Close(ONE, MATHS)).refused("recording.not_found")
    given(opened()).when(Close(TWO, ART)).refused("recording.not_found")


def test_it_is_purged_once_whether_it_runs_or_not() -> None:
    given(opened(), kept(1)).when(Purge(ONE, ART, "unwanted")).then(RecordingPurged(ONE, "unwanted", 1))
    closed = (opened(), opened(TWO), kept(1), kept(2), RecordingClosed(ONE))
    given(*closed).when(Purge(ONE, ART, "expired")).then(RecordingPurged(ONE, "expired", 2))
    given(*closed, RecordingPurged(ONE, "expired", 2)).when(Purge(ONE, ART, "unwanted")).then()
    given(*closed).when(Purge(ONE, MATHS, "unwanted")).refused("recording.not_found")
    given().when(Purge(ONE, ART, "unwanted")).refused("recording.not_found")


@proves("privacy.consent")
def test_all_of_them_are_purged_at_once() -> None:
    history = (opened(), kept(1), RecordingClosed(ONE), opened(TWO), kept(1, TWO), kept(2, TWO))
    both = (RecordingPurged(ONE, "withdrawn", 1), RecordingPurged(TWO, "withdrawn", 2))
    given(*history).when(PurgeEvery("withdrawn")).then(*both)
    given(*history, *both).when(PurgeEvery("withdrawn")).then()
    given().when(PurgeEvery("erased")).then()


def test_the_states_of_a_recording() -> None:
    assert given(opened()).state.known == {ONE: Running(ART)}
    assert given(opened(), kept(1), RecordingClosed(ONE)).state.known == {ONE: Closed(ART, 1)}
    assert given(opened(), RecordingPurged(ONE, "erased", 0)).state.known == {ONE: Purged(ART)}


def test_of_those_that_were_purged_so_many_are_remembered() -> None:
    many = [RecordingId(f"{number}") for number in range(PURGED_REMEMBERED + 5)]
    history = [event for one in many for event in (opened(one), RecordingPurged(one, "unwanted", 0))]
    known = given(opened(), *history).state.known
    assert list(known) == [ONE, *many[5:]]
