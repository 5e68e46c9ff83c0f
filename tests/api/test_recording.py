"""Being recorded, over HTTP: only who agrees is, part by part, and nothing is left of it when that ends."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from uuid import UUID, uuid4
from zipfile import ZipFile

import httpx
import psycopg
import pytest

from application.being_recorded import PART_BYTES_MAX
from tests.api.people import Person, appoint, done, refused
from tests.api.serving import Client, Served, serving
from tests.api.test_audit import found, told
from tests.api.test_learning import soon
from tests.api.test_privacy import CONFIRMED, asked, erase, erasure, link, somebody
from tests.api.visiting import RATES
from tests.proves import proves
from tests.servers import PostgresForTests

FACE = b"what her face looked like on that day " * 100
SCREEN = {"source": "screen", "type": "video/webm"}


@pytest.fixture(scope="module")
def served(postgres: PostgresForTests) -> Generator[Served]:
    with (
        postgres.database() as database,
        serving(database, engine=True, worker=True, ANNALS_VAULT_REMEMBER_S="0.3", **RATES) as one,
    ):
        yield one[0]


@pytest.fixture
def tenant(served: Served) -> UUID:
    """A school that records."""
    tenant = uuid4()
    with Client(served, tenant, subject="operator") as operator:
        done(operator.command("/api/features/recording/switch-on"))
    return tenant


@contextmanager
def learning(served: Served, tenant: UUID, *, agrees: bool = True) -> Generator[Person]:
    """Somebody who is on the course of art, and agrees to be recorded."""
    with Person(served, tenant) as person, Client(served, tenant, subject="operator") as operator:
        done(operator.enroll("art", person.id))
        if agrees:
            consent(person, "give")
        yield person


def consent(by: Person, verb: str, purpose: str = "recording") -> int:
    body = {"terms": "v1"} if verb == "give" else None
    return done(by.command(f"/api/people/{by.id}/consents/{purpose}/{verb}", body))


def recordings(of: Person) -> str:
    return f"/api/courses/art/learners/{of.id}/recordings"


def opened(by: Person) -> str:
    answer = by.command(recordings(by), SCREEN)
    done(answer)
    return str(answer.json()["id"])


def send(
    by: Person, recording: str, number: int, content: bytes | Iterator[bytes] = FACE, key: str | None = None
) -> httpx.Response:
    headers = {"Idempotency-Key": key or str(uuid4()), "Content-Type": "application/octet-stream"}
    return by.post(f"{recordings(by)}/{recording}/parts/{number}", content=content, headers=headers)


def shown(by: httpx.Client, of: Person, recording: str, at: int = 0) -> dict[str, object]:
    answer = by.get(f"{recordings(of)}/{recording}", params={"min_position": at})
    assert answer.status_code == 200, answer.text
    found: dict[str, object] = answer.json()["recording"]
    return found


def files(served: Served, tenant: UUID, recording: str = "") -> list[Path]:
    """Whatever is kept of recordings."""
    folder = served.output.parent / "files" / str(tenant) / "recordings" / recording
    return [path for path in folder.rglob("*") if path.is_file()]


def facts(served: Served, tenant: UUID) -> int:
    """How many facts there are of recordings."""
    with psycopg.connect(served.database.url) as connection:
        counted = connection.execute(
            "select count(*) from ledger.facts where tenant = %s and type like 'recording.%%'", (tenant,)
        ).fetchone()
    assert counted is not None
    return int(counted[0])


def timers(served: Served, person: Person) -> list[float]:
    """In how many days something is to happen to what is recorded of somebody."""
    with psycopg.connect(served.database.url) as connection:
        days = connection.execute(
            "select round(extract(epoch from due - now()) / 3600 / 24, 1) from followers.timers "
            "where tenant = %s and stream = %s order by due",
            (person.tenant, f"recordings:{person.id}"),
        ).fetchall()
    return [float(day) for (day,) in days]


def let_time_pass(served: Served, person: Person) -> None:
    """All that is to happen to it some day is due."""
    with psycopg.connect(served.database.url) as connection:
        connection.execute(
            "update followers.timers set due = now() where tenant = %s and stream = %s",
            (person.tenant, f"recordings:{person.id}"),
        )


@proves("privacy.consent")
def test_only_who_agrees_is_recorded_and_what_was_recorded_goes_when_they_withdraw_or_its_time_is_over(
    served: Served, tenant: UUID
) -> None:
    with learning(served, tenant, agrees=False) as ada:
        refused(ada.command(recordings(ada), SCREEN), "recording.not_agreed")
        consent(ada, "give", "health")
        consent(ada, "give", "marketing")
        refused(ada.command(recordings(ada), SCREEN), "recording.not_agreed")
        refused(send(ada, str(uuid4()), 1), "recording.not_agreed")
        assert (files(served, tenant), facts(served, tenant)) == ([], 0), "nothing is stored"

        consent(ada, "give")
        first = opened(ada)
        for number in (1, 2):
            at = done(send(ada, first, number, FACE + b"%d" % number))
        kept = ada.get(f"{recordings(ada)}/{first}", params={"min_position": at}).json()
        assert (kept["recording"]["status"], kept["recording"]["terms"], len(kept["parts"])) == ("running", "v1", 2)
        assert kept["parts"][1]["sha256"] == hashlib.sha256(FACE + b"2").hexdigest()
        part = ada.get(f"{recordings(ada)}/{first}/parts/2")
        assert (part.content, part.headers["content-type"]) == (FACE + b"2", "video/webm")
        assert len(files(served, tenant, first)) == 2
        assert not any(FACE in path.read_bytes() for path in files(served, tenant)), "it is sealed where it is kept"

        consent(ada, "withdraw")
        refused(send(ada, first, 3), "recording.not_agreed")
        refused(ada.command(recordings(ada), SCREEN), "recording.not_agreed")
        soon(lambda: shown(ada, ada, first)["status"], "purged")
        soon(lambda: files(served, tenant), [])
        tombstone = shown(ada, ada, first)
        assert (tombstone["why"], tombstone["parts"], tombstone["source"]) == ("withdrawn", 2, "screen")
        refused(ada.get(f"{recordings(ada)}/{first}/parts/2"), "recording.purged", 410)

        at = consent(ada, "give")
        history = ada.get(f"/api/people/{ada.id}/consents/history", params={"min_position": at}).json()["rows"]
        said = [(row["purpose"], row["given"], row["terms"]) for row in history]
        assert said == [
            ("recording", True, "v1"),
            ("recording", False, None),
            ("recording", True, "v1"),
            ("marketing", True, "v1"),
            ("health", True, "v1"),
        ]
        second = opened(ada)
        done(send(ada, second, 1))
        soon(lambda: timers(served, ada), [0.5, 0.5, 30.0, 30.0])
        let_time_pass(served, ada)
        soon(lambda: shown(ada, ada, second)["why"], "expired")
        soon(lambda: files(served, tenant), [])
        rows = ada.get(f"/api/people/{ada.id}/recordings", params={"status": "purged"}).json()["rows"]
        assert [(row["recording"], row["why"], row["parts"]) for row in rows] == [
            (second, "expired", 1),
            (first, "withdrawn", 2),
        ]


@proves("privacy.consent")
def test_of_a_part_that_is_on_its_way_when_consent_is_withdrawn_nothing_is_left(served: Served, tenant: UUID) -> None:
    with learning(served, tenant) as ada, Person(served, tenant, ada.id) as elsewhere:
        recording = opened(ada)

        def while_they_withdraw() -> Iterator[bytes]:
            yield FACE
            consent(elsewhere, "withdraw")
            yield FACE

        refused(send(ada, recording, 1, while_they_withdraw()), "recording.not_agreed")
        assert files(served, tenant) == []
        soon(lambda: shown(ada, ada, recording)["why"], "withdrawn")
        assert shown(ada, ada, recording)["parts"] == 0


@proves("privacy.consent")
def test_a_guardian_takes_back_what_their_ward_agreed_to(served: Served, tenant: UUID) -> None:
    with learning(served, tenant) as child, Person(served, tenant) as guardian:
        appoint(served, guardian, "guardian", f"person:{child.id}")
        recording = opened(child)
        done(send(child, recording, 1))
        done(guardian.command(f"/api/people/{child.id}/consents/recording/withdraw"))
        refused(send(child, recording, 2), "recording.not_agreed")
        soon(lambda: shown(child, child, recording)["why"], "withdrawn")
        soon(lambda: files(served, tenant), [])


def test_what_is_not_the_next_part_is_refused_and_not_left_anywhere(served: Served, tenant: UUID) -> None:
    with learning(served, tenant) as ada, learning(served, tenant) as bob:
        recording, key = opened(ada), str(uuid4())
        at = done(send(ada, recording, 1, key=key))
        kept = files(served, tenant)
        again = send(ada, recording, 1, key=key)
        assert (done(again), again.headers["idempotency-replayed"]) == (at, "true")
        refused(send(ada, recording, 1, b"another", key=key), "idempotency.key_reused", 422)
        done(send(ada, recording, 1))
        refused(send(ada, recording, 1, b"another"), "recording.other_part", 409)
        refused(send(ada, recording, 3), "recording.out_of_order", 409)
        refused(send(ada, recording, 0), "request.invalid", 400)
        refused(send(ada, str(uuid4()), 1), "recording.not_found", 404)
        refused(send(bob, recording, 1), "recording.not_found", 404)
        refused(bob.command(f"{recordings(ada)}/{recording}/parts/2"), "permission.missing")
        refused(send(ada, recording, 2, bytes(PART_BYTES_MAX + 1)), "body.too_large", 413)
        refused(send(ada, recording, 2, (bytes(2**20) for _ in range(5))), "body.too_large", 413)
        assert files(served, tenant) == kept, "and what is kept stays"
        done(send(ada, recording, 2, bytes(PART_BYTES_MAX)))
        done(ada.command(f"{recordings(ada)}/{recording}/close"))
        refused(send(ada, recording, 3), "recording.closed", 409)
        refused(bob.command(f"{recordings(ada)}/{recording}/purge"), "permission.missing")
        refused(bob.command(f"{recordings(bob)}/{recording}/purge"), "recording.not_found", 404)
        assert len(files(served, tenant)) == 2
        done(ada.command(f"{recordings(ada)}/{recording}/purge"))
        refused(send(ada, recording, 3), "recording.purged", 410)
        soon(lambda: files(served, tenant), [])


def test_of_many_who_send_the_same_part_at_once_one_is_kept(served: Served, tenant: UUID) -> None:
    with learning(served, tenant) as ada:
        recording = opened(ada)
        for number in (1, 2, 3):
            with ThreadPoolExecutor(8) as threads:
                answers = list(threads.map(partial(send, ada, recording), [number] * 8))
            assert [answer.status_code for answer in answers] == [200] * 8
            assert len(files(served, tenant)) == number
        at = max(done(answer) for answer in answers)
        assert [
            ada.get(f"{recordings(ada)}/{recording}/parts/{number}", params={"min_position": at}).content
            for number in (1, 2, 3)
        ] == [FACE] * 3


def test_nobody_is_recorded_where_that_is_off_or_in_a_course_they_are_not_on(served: Served, tenant: UUID) -> None:
    with (
        learning(served, tenant) as ada,
        Person(served, tenant) as stranger,
        Client(served, tenant, subject="operator") as operator,
    ):
        consent(stranger, "give")
        refused(stranger.command(recordings(stranger), SCREEN), "enrollment.needed")
        recording = opened(ada)
        done(operator.command("/api/features/recording/switch-off"))
        refused(ada.command(recordings(ada), SCREEN), "feature.disabled")
        refused(send(ada, recording, 1), "feature.disabled")
        assert (files(served, tenant), facts(served, tenant)) == ([], 1)
        done(ada.command(f"{recordings(ada)}/{recording}/purge"))


def test_it_is_seen_by_whom_it_is_of_and_by_who_teaches_there_and_that_is_noted(served: Served, tenant: UUID) -> None:
    with (
        learning(served, tenant) as ada,
        learning(served, tenant) as bob,
        Person(served, tenant) as teacher,
        Person(served, tenant) as another,
        Person(served, tenant) as auditor,
    ):
        appoint(served, teacher, "instructor", "course:art")
        appoint(served, another, "instructor", "course:maths")
        appoint(served, auditor, "auditor")
        recording = opened(ada)
        at = done(send(ada, recording, 1))
        one, part = f"{recordings(ada)}/{recording}", f"{recordings(ada)}/{recording}/parts/1"
        for path in (one, part, f"/api/people/{ada.id}/recordings"):
            refused(bob.get(path), "permission.missing")
            refused(another.get(path), "permission.missing")
        refused(bob.get("/api/courses/art/recordings"), "permission.missing")
        refused(another.get(part.replace("/art/", "/maths/")), "recording.not_found", 404)
        refused(bob.get(f"{recordings(bob)}/{recording}"), "recording.not_found", 404)
        refused(ada.get(f"{one}/parts/2"), "part.not_found", 404)
        listed = teacher.get("/api/courses/art/recordings", params={"learner": ada.id, "min_position": at})
        assert [row["recording"] for row in listed.json()["rows"]] == [recording]
        assert teacher.get(part).content == FACE
        assert ada.get(part).content == FACE
        reads = found(auditor, 2, by=teacher.id, kind="read")
        assert ("recorded_part", part) in told(reads, "action", "record")


@proves("privacy.export", "privacy.delete_all")
def test_it_is_in_the_archive_of_whom_it_is_of_and_goes_with_all_that_is_theirs(served: Served, tenant: UUID) -> None:
    with (
        somebody(served, tenant, "eve") as eve,
        Person(served, tenant, eve.person) as herself,
        learning(served, tenant) as ada,
        Client(served, tenant, subject="operator") as operator,
    ):
        done(operator.enroll("art", eve.person))
        consent(herself, "give")
        first, gone = opened(herself), opened(herself)
        for recording in (first, gone, adas := opened(ada)):
            done(send(ada if recording == adas else herself, recording, 1, FACE + recording.encode()))
        done(herself.command(f"{recordings(herself)}/{gone}/purge"))
        signed = link(eve, asked(eve)).json()["path"]
        with ZipFile(io.BytesIO(eve.get(signed).content)) as archive:
            inside = {name: archive.read(name) for name in archive.namelist()}
        assert inside[f"recording/files/{first} 1"] == FACE + first.encode(), "it is opened there"
        assert [name for name in inside if name.startswith("recording/files/")] == [f"recording/files/{first} 1"]

        assert erase(eve, **CONFIRMED).status_code == 200
        soon(lambda: erasure(operator, eve.person).get("outcome"), "erased")
        assert (files(served, tenant, first), files(served, tenant, gone)) == ([], [])
        assert {shown(operator, herself, one)["why"] for one in (first, gone)} == {"erased", "unwanted"}
        refused(operator.get(f"{recordings(herself)}/{first}/parts/1"), "recording.purged", 410)
        assert ada.get(f"{recordings(ada)}/{adas}/parts/1").content == FACE + adas.encode()


def test_it_is_kept_for_as_long_as_the_school_has_set(served: Served, tenant: UUID) -> None:
    with learning(served, tenant) as ada, Client(served, tenant, subject="operator") as operator:
        done(operator.command("/api/settings", {"settings": {"recordings_kept_days": 3}}))
        opened(ada)
        soon(lambda: timers(served, ada), [0.5, 3.0])
