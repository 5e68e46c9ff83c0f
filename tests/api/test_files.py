"""Files over HTTP: taken in as they come, looked into, and given only to those they are for."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import psycopg
import pytest

from tests.api.people import Person, done, refused
from tests.api.serving import Client, Served, serving
from tests.api.test_learning import soon
from tests.api.visiting import RATES
from tests.files.test_clamd import EICAR, as_clamd, listening
from tests.proves import proves
from tests.servers import PostgresForTests

PDF = b"%PDF-1.7\n" + bytes(range(256)) * 40
BYTES_MAX = 6_000_000


@pytest.fixture(scope="module")
def served(postgres: PostgresForTests) -> Generator[Served]:
    """An API that takes files of some megabytes, and a worker that has somebody look into them."""
    with (
        listening(as_clamd) as scanner,
        postgres.database() as database,
        serving(database, engine=True, worker=True, SCANNER=scanner, FILE_BYTES_MAX=str(BYTES_MAX), **RATES) as one,
    ):
        yield one[0]


@pytest.fixture
def tenant() -> UUID:
    return uuid4()


@pytest.fixture
def ada(served: Served, tenant: UUID) -> Generator[Person]:
    with Person(served, tenant) as person:
        yield person


def send(
    by: httpx.Client, person: str, content: bytes | Iterator[bytes], name: str = "a.pdf", key: str | None = None
) -> httpx.Response:
    headers = {"Idempotency-Key": key or str(uuid4()), "Content-Type": "application/octet-stream"}
    return by.post(f"/api/people/{person}/files", params={"name": name}, content=content, headers=headers)


def uploaded(by: Person, content: bytes | Iterator[bytes], name: str = "a.pdf", status: str = "clean") -> str:
    """The id of a file that was uploaded, once that became of it."""
    answer = send(by, by.id, content, name)
    done(answer)
    file = str(answer.json()["stream"].partition(":")[2])
    soon(lambda: shown(by, file).get("status"), status)
    return file


def shown(by: Person, file: str) -> dict[str, Any]:
    found: dict[str, Any] = by.get(f"/api/people/{by.id}/files/{file}").json().get("file", {})
    return found


def content(by: Person, file: str, **headers: str) -> httpx.Response:
    return by.get(f"/api/people/{by.id}/files/{file}/content", headers=headers)


def kept(served: Served, tenant: UUID) -> list[Path]:
    """Whatever is kept of a tenant's files."""
    return [path for path in (served.output.parent / "files" / str(tenant)).rglob("*") if path.is_file()]


@proves("course.file_link")
def test_a_file_is_taken_in_looked_into_and_given_in_whole_or_in_part(ada: Person) -> None:
    file = uploaded(ada, PDF, "Stern\u00adkarte “ä”.pdf")
    about = shown(ada, file)
    assert (about["type"], about["bytes"], about["owner"]) == ("application/pdf", len(PDF), ada.id)
    assert about["sha256"] == hashlib.sha256(PDF).hexdigest()
    whole = content(ada, file)
    assert (whole.status_code, whole.content) == (200, PDF)
    assert whole.headers["content-type"] == "application/pdf"
    assert whole.headers["x-content-type-options"] == "nosniff"
    assert whole.headers["content-disposition"].startswith("attachment; filename=")
    assert "filename*=UTF-8''Stern%C2%ADkarte%20%E2%80%9C%C3%A4%E2%80%9D.pdf" in whole.headers["content-disposition"]
    mark = whole.headers["etag"]
    for asked, first, end in (
        ("bytes=0-9", 0, 10),
        ("bytes=100-", 100, len(PDF)),
        ("bytes=-7", len(PDF) - 7, len(PDF)),
    ):
        part = content(ada, file, Range=asked)
        assert (part.status_code, part.content) == (206, PDF[first:end])
        assert part.headers["content-range"] == f"bytes {first}-{end - 1}/{len(PDF)}"
    assert content(ada, file, **{"Range": "bytes=0-9", "If-Range": mark}).status_code == 206
    assert content(ada, file, **{"Range": "bytes=0-9", "If-Range": '"another"'}).content == PDF
    for asked in ("bytes=0-1,4-5", "lines=1-2", "bytes=9-1"):
        assert content(ada, file, Range=asked).content == PDF
    beyond = content(ada, file, Range=f"bytes={len(PDF)}-")
    refused(beyond, "range.not_satisfiable", 416)
    assert beyond.headers["content-range"] == f"bytes */{len(PDF)}"


@proves("course.file_link")
def test_only_what_is_clean_is_given_to_anybody(ada: Person) -> None:
    infected = uploaded(ada, b"see: " + EICAR, status="infected")
    assert shown(ada, infected)["found"] == "Eicar-Test-Signature"
    refused(content(ada, infected), "file.not_clean", 409)
    refused(ada.get(f"/api/people/{ada.id}/files/{infected}/link"), "file.not_clean", 409)
    # It takes no more than 300,000 bytes, and says so: nobody can tell, so nobody is given it.
    unsure = uploaded(ada, bytes(400_000), status="error")
    refused(content(ada, unsure), "file.not_clean", 409)
    rows = ada.get(f"/api/people/{ada.id}/files", params={"status": "infected"}).json()["rows"]
    assert [row["file"] for row in rows] == [infected]


def test_what_is_too_large_leaves_nothing_however_it_is_sent(served: Served, tenant: UUID, ada: Person) -> None:
    refused(send(ada, ada.id, bytes(BYTES_MAX + 1)), "body.too_large", 413)

    def without_saying_how_much() -> Iterator[bytes]:
        for _ in range(7):
            yield bytes(1_000_000)

    refused(send(ada, ada.id, without_saying_how_much()), "body.too_large", 413)
    assert kept(served, tenant) == []
    large = uploaded(ada, (bytes(250_000) for _ in range(23)), status="error")
    assert shown(ada, large)["bytes"] == 5_750_000


def test_the_same_upload_sent_again_is_one_file(served: Served, tenant: UUID, ada: Person) -> None:
    key = str(uuid4())
    first, again = send(ada, ada.id, PDF, key=key), send(ada, ada.id, PDF, key=key)
    assert first.json() == again.json()
    assert again.headers["idempotency-replayed"] == "true"
    refused(send(ada, ada.id, PDF + b" ", key=key), "idempotency.key_reused", 422)
    refused(send(ada, ada.id, PDF, "b.pdf", key=key), "idempotency.key_reused", 422)
    assert len(kept(served, tenant)) == 1


def test_files_are_listed_renamed_and_deleted_by_who_has_them(served: Served, tenant: UUID, ada: Person) -> None:
    notes, chart = uploaded(ada, b"notes", "notes.txt"), uploaded(ada, PDF, "Chart.pdf")

    def listed(**asked: str) -> list[str]:
        return [row["file"] for row in ada.get(f"/api/people/{ada.id}/files", params=asked).json()["rows"]]

    assert listed() == [chart, notes]
    assert (listed(type="text/plain"), listed(name="chart"), listed(name="%")) == ([notes], [chart], [])
    page = ada.get(f"/api/people/{ada.id}/files", params={"limit": 1}).json()
    assert listed(limit="1", cursor=page["cursor"]) == [notes]
    position = done(ada.command(f"/api/people/{ada.id}/files/{chart}/rename", {"name": "Map.pdf"}))
    assert listed(name="map", min_position=str(position)) == [chart]
    for name in ("", "a/b", "a\\b", "a\nb"):
        refused(ada.command(f"/api/people/{ada.id}/files/{chart}/rename", {"name": name}), "request.invalid", 400)
    with Person(served, tenant) as ben:
        for answer in (
            ben.get(f"/api/people/{ada.id}/files/{chart}/content"),
            ben.get(f"/api/people/{ada.id}/files"),
            send(ben, ada.id, PDF),
            ben.command(f"/api/people/{ada.id}/files/{chart}/delete"),
        ):
            refused(answer, "permission.missing")
        refused(content(ben, chart), "file.not_found", 404)
        refused(ben.command(f"/api/people/{ben.id}/files/{chart}/delete"), "file.not_found", 404)
    done(ada.command(f"/api/people/{ada.id}/files/{chart}/delete"))
    soon(listed, [notes])
    soon(lambda: len(kept(served, tenant)), 1)
    refused(content(ada, chart), "file.not_found", 404)


def test_a_signed_link_lets_in_without_a_token_to_this_file_only(served: Served, tenant: UUID, ada: Person) -> None:
    file = uploaded(ada, PDF)
    path = ada.get(f"/api/people/{ada.id}/files/{file}/link").json()["path"]
    assert httpx.get(f"{served.url}{path}").content == PDF
    assert httpx.get(f"{served.url}{path}", headers={"Range": "bytes=2-3"}).content == PDF[2:4]
    forged = re.sub(r"ticket=.{6}", "ticket=AAAAAA", path)
    refused(httpx.get(f"{served.url}{forged}"), "download.refused")
    refused(httpx.get(f"{served.url}{path.replace(str(tenant), str(uuid4()))}"), "download.refused")
    done(ada.command(f"/api/people/{ada.id}/files/{file}/delete"))
    soon(lambda: httpx.get(f"{served.url}{path}").status_code, 404)


def test_who_is_erased_leaves_no_file_behind(served: Served, tenant: UUID, ada: Person) -> None:
    name = "Ada's own notes.txt"
    file = uploaded(ada, b"notes", name)
    with psycopg.connect(served.database.url) as connection:
        facts = connection.execute("select data::text from ledger.facts where tenant = %s", (tenant,)).fetchall()
    assert name not in str(facts)
    with Client(served, tenant) as admin:
        done(admin.command(f"/api/people/{ada.id}/files/erase"))
    soon(lambda: shown(ada, file), {})
    soon(lambda: kept(served, tenant), [])
