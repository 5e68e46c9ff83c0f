"""A learner completes a course, holds a certificate, and others verify it; over HTTP, with an engine and a worker."""

from __future__ import annotations

from collections.abc import Generator
from datetime import UTC, datetime
from functools import partial
from typing import Any
from uuid import uuid4

import httpx
import pytest
from pyhanko.sign.validation.status import SignatureCoverageLevel

from tests.api.serving import LESSONS, Client, Served, serving
from tests.api.waiting import answered
from tests.certificates.reading import code_on, holds, is_revoked, signature_of, text_of
from tests.proves import proves
from tests.servers import PostgresForTests

SOON_S = 30.0


@pytest.fixture(scope="module")
def school(postgres: PostgresForTests) -> Generator[Served]:
    """An API, an engine and a worker."""
    with postgres.database() as database, serving(database, engine=True, worker=True) as served:
        yield served[0]


@pytest.fixture
def client(school: Served) -> Generator[Client]:
    with Client(school, uuid4(), subject="registrar") as one:
        yield one


soon = partial(answered, SOON_S)


def held(client: Client, learner: str, count: int = 1) -> list[dict[str, Any]]:
    """So many certificates of a learner, signed, the newest first."""

    def there(answer: httpx.Response) -> bool:
        rows = answer.json()["rows"]
        return len(rows) == count and all(row["paper"] for row in rows)

    rows: list[dict[str, Any]] = soon(lambda: client.get(f"/api/learners/{learner}/certificates"), there).json()["rows"]
    return rows


def graduate(client: Client, learner: str, course: str = "art") -> None:
    client.enroll(course, learner)
    for lesson in LESSONS:
        client.command(f"/api/enrollments/{course}/{learner}/lessons/{lesson}/complete").raise_for_status()


def verified(client: Client, serial: str) -> Any:
    """What anyone is told of a serial."""
    return httpx.get(f"{client.base_url}/api/verify/{serial}", params={"tenant": str(client.tenant)}).json()


def paper(client: Client, row: dict[str, Any]) -> bytes:
    answer = client.get(f"/api/learners/{row['learner']}/certificates/{row['serial']}/paper")
    assert answer.headers["content-type"] == "application/pdf", answer.text
    return answer.content


def badge(client: Client, row: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = client.get(f"/api/learners/{row['learner']}/certificates/{row['serial']}/badge").json()
    return found


def status_list(client: Client, of: dict[str, Any]) -> dict[str, Any]:
    """The list that a badge names, as anyone gets it from this server."""
    where = httpx.URL(of["credentialStatus"]["statusListCredential"])
    found: dict[str, Any] = httpx.get(f"{client.base_url}{where.raw_path.decode()}").json()
    return found


@proves("cert.issue_pdf")
def test_who_completes_a_course_gets_a_signed_paper_with_all_that_it_has_to_say(client: Client) -> None:
    graduate(client, "ada-lovelace", "celestial-navigation")
    (row,) = held(client, "ada-lovelace")
    document = paper(client, row)
    said = text_of(document)
    today = datetime.now(UTC)
    for word in ("ada-lovelace", "celestial-navigation", row["serial"], "Certificate of completion", str(today.year)):
        assert word in said
    assert f"{today:%B} {today.day}, {today.year}" in said
    signature = signature_of(document)
    assert signature.bottom_line
    assert signature.coverage is SignatureCoverageLevel.ENTIRE_FILE


@proves("cert.issue_pdf")
def test_its_qr_code_leads_to_where_it_is_verified(client: Client) -> None:
    graduate(client, "ada")
    (row,) = held(client, "ada")
    where = httpx.URL(code_on(paper(client, row)))
    assert where.path == f"/verify/{row['serial']}"
    page = httpx.get(f"{client.base_url}{where.raw_path.decode()}")
    assert page.status_code == 200
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert 'data-status="valid"' in page.text
    assert row["serial"] in page.text


@proves("cert.issue_pdf")
def test_one_completion_is_one_certificate_and_the_same_serial_the_same_bytes(client: Client) -> None:
    graduate(client, "ada")
    client.command("/api/enrollments/art/ada/lessons/two/complete")
    (row,) = held(client, "ada")
    first = paper(client, row)
    assert paper(client, row) == first
    assert first == paper(client, held(client, "ada")[0])
    graduate(client, "ada", "music")
    assert len({one["serial"] for one in held(client, "ada", 2)}) == 2
    facts = client.get("/api/facts", params={"stream": f"certificate:{row['serial']}"}).json()["facts"]
    assert [fact["type"] for fact in facts] == ["certificates.CertificateIssued", "certificates.CertificateSigned"]


@proves("cert.issue_pdf")
def test_a_paper_is_only_for_who_may_see_it(school: Served, client: Client) -> None:
    graduate(client, "ada")
    (row,) = held(client, "ada")
    path = f"/certificates/{row['serial']}/paper"
    other = client.get(f"/api/learners/ben{path}")
    assert (other.status_code, other.json()["code"]) == (404, "certificate.not_found")
    with Client(school, uuid4()) as stranger:
        assert stranger.get(f"/api/learners/ada{path}").json()["code"] == "certificate.not_found"
    with Client(school, client.tenant, "enrollments.read") as reader:
        assert reader.get(f"/api/learners/ada{path}").json()["code"] == "permission.missing"


@proves("cert.issue_pdf", "cert.verify")
def test_what_was_made_for_somebody_goes_with_them_and_their_serial_is_verified_as_before(client: Client) -> None:
    for learner in ("ada", "ben"):
        graduate(client, learner)
    (row,), (other,) = held(client, "ada"), held(client, "ben")
    client.command("/api/people/ada/files/erase").raise_for_status()
    for made in ("paper", "badge"):
        path = f"/api/learners/ada/certificates/{row['serial']}/{made}"
        gone = soon(partial(client.get, path), lambda answer: answer.status_code != 200)
        assert (gone.status_code, gone.json()["code"]) == (410, "certificate.not_kept")
    facts = client.get("/api/facts", params={"stream": "belongings:ada"}).json()["facts"]
    assert facts[-1]["data"] == {"files": 0, "papers": 1}
    assert verified(client, row["serial"])["status"] == "valid"
    assert signature_of(paper(client, other)).bottom_line


@proves("cert.verify")
def test_anyone_is_told_whether_a_serial_holds_and_nothing_of_whose_it_is(school: Served, client: Client) -> None:
    graduate(client, "ada-lovelace")
    (row,) = held(client, "ada-lovelace")
    answer = verified(client, row["serial"].lower())
    assert (answer["serial"], answer["status"], answer["course"]) == (row["serial"], "valid", "art")
    assert answer["paper"] == row["paper"]
    assert "lovelace" not in str(answer)
    assert verified(client, row["serial"][:-1] + ("A" if row["serial"][-1] != "A" else "B"))["status"] == "unknown"
    for forged in ("AAAAA-AAAAA-AAAAA-AAAAA", "x", "%00", "%3Cscript%3E", "'; drop table"):
        assert verified(client, forged)["status"] == "unknown"
        page = httpx.get(f"{school.url}/verify/{forged}", params={"tenant": str(client.tenant)})
        assert 'data-status="unknown"' in page.text
        assert "<script" not in page.text
    elsewhere = httpx.get(f"{school.url}/api/verify/{row['serial']}", params={"tenant": str(uuid4())})
    assert elsewhere.json()["status"] == "unknown"


@proves("cert.verify")
def test_what_is_revoked_says_since_when_and_not_why(client: Client) -> None:
    graduate(client, "ada")
    (row,) = held(client, "ada")
    first = badge(client, row)
    assert not is_revoked(first, status_list(client, first))
    client.command(f"/api/certificates/{row['serial']}/revoke", {"reason": "the essay"}).raise_for_status()
    answer = soon(
        lambda: httpx.get(f"{client.base_url}/api/verify/{row['serial']}", params={"tenant": str(client.tenant)}),
        lambda answer: answer.json()["status"] == "revoked",
    )
    assert answer.json()["ended_at"].startswith(f"{datetime.now(UTC):%Y-%m-%d}")
    assert "essay" not in answer.text
    assert held(client, "ada")[0]["reason"] == "the essay"
    revoked = status_list(client, first)
    assert is_revoked(first, revoked)
    assert holds(revoked)


@proves("cert.verify")
def test_what_is_reissued_names_its_successor_and_that_its_predecessor(client: Client) -> None:
    graduate(client, "ada")
    (old,) = held(client, "ada")
    key = str(uuid4())
    receipt = client.command(f"/api/certificates/{old['serial']}/reissue", key=key)
    again = client.command(f"/api/certificates/{old['serial']}/reissue", key=key)
    assert again.json() == receipt.json()
    new, _ = held(client, "ada", 2)
    assert receipt.json()["stream"] == f"certificate:{new['serial']}"
    assert verified(client, old["serial"])["successor"] == new["serial"]
    assert verified(client, old["serial"])["status"] == "reissued"
    assert verified(client, new["serial"])["predecessor"] == old["serial"]
    assert verified(client, new["serial"])["status"] == "valid"
    other = client.command(f"/api/certificates/{old['serial']}/reissue")
    assert (other.status_code, other.json()["code"]) == (409, "certificate.replaced")
    nobodys = client.command("/api/certificates/AAAAA-AAAAA-AAAAA-AAAAA/revoke", {"reason": "x"})
    assert (nobodys.status_code, nobodys.json()["code"]) == (404, "certificate.not_found")


@proves("cert.verify")
def test_who_guesses_serials_is_slowed_down(school: Served, client: Client) -> None:
    answer = httpx.get(f"{school.url}/api/verify/AAAAA", params={"tenant": str(client.tenant)})
    assert answer.headers["ratelimit-limit"] == "120"
    for path in ("/verify/AAAAA", "/api/verify/lists/0"):
        after = httpx.get(f"{school.url}{path}", params={"tenant": str(client.tenant)})
        assert int(after.headers["ratelimit-remaining"]) < 120


def test_the_badge_beside_the_paper_is_signed_by_the_school_and_says_the_same(client: Client) -> None:
    graduate(client, "ada")
    (row,) = held(client, "ada")
    found = badge(client, row)
    assert holds(found)
    assert not holds({**found, "name": "Medicine"})
    assert found["type"] == ["VerifiableCredential", "OpenBadgeCredential"]
    assert found["credentialSubject"]["identifier"][0]["identityHash"] == "ada"
    assert found["credentialSubject"]["achievement"]["name"] == "art"
    assert found["id"] == code_on(paper(client, row))
    assert status_list(client, found)["issuer"] == found["issuer"]["id"]
