"""The console: pages for who may audit, behind a cookie that goes nowhere else."""

from __future__ import annotations

from collections.abc import Generator
from uuid import uuid4

import httpx
import pytest

from tests.api.people import Person, appoint, done
from tests.api.serving import Client, Served
from tests.api.visiting import refused
from tests.api.waiting import within

PAGE = {"Accept": "text/html,application/xhtml+xml"}


@pytest.fixture
def auditor(api: Served) -> Generator[Person]:
    with Person(api, uuid4()) as one:
        appoint(api, one, "auditor")
        yield one


def test_who_is_signed_in_is_in_a_cookie_that_only_these_pages_get(api: Served, auditor: Person) -> None:
    signed_in = auditor.post("/console/session")
    assert signed_in.json() == {"by": auditor.id}
    cookie = signed_in.headers["set-cookie"]
    assert set(cookie.split("; ")[1:]) == {"Path=/console", "HttpOnly", "Secure", "SameSite=Strict"}
    with httpx.Client(base_url=api.url) as browser:
        kept = {"Cookie": f"other=1; {cookie.partition(';')[0]}", **PAGE}
        page = browser.get("/console", headers=kept)
        assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
        assert "'unsafe" not in page.headers["content-security-policy"]
        assert "<script>" not in page.text
        assert "style=" not in page.text
        refused(browser.get("/api/audit/trail", headers=kept), 401, "token.missing")
        asked = browser.get("/console/trail", params={"tenant": "x"}, headers=PAGE)
        assert (asked.status_code, asked.headers["location"]) == (303, "/console/sign-in?tenant=x")
        for asset in ("sign-in", "console.css", "console.js"):
            assert browser.get(f"/console/{asset}").status_code == 200
        gone = browser.get("/console/sign-out")
        assert "Max-Age=0" in gone.headers["set-cookie"]


def test_pages_are_for_who_may_audit_and_are_in_the_trail(api: Served, auditor: Person) -> None:
    with Person(api, auditor.tenant) as student, Client(api, auditor.tenant) as operator:
        appoint(api, student, "student")
        position = done(operator.enroll(learner="ben"))
        refused(student.get("/console"), 403, "permission.missing")
        told = student.get("/console", headers=PAGE)
        assert (told.status_code, told.headers["content-type"]) == (403, "text/html; charset=utf-8")
        refused(student.post("/console/session"), 403, "permission.missing")
        within(20, lambda: auditor.get(f"/console/facts/{position}/proof").status_code == 200)
        pages = {
            "/console": "The ledger",
            "/console/trail": "enrollments.Enroll",
            "/console/streams?beginning=enroll": "enrollment:art:ben",
            "/console/streams/enrollment:art:ben": "Two moments",
            f"/console/facts/{position}": "<svg",
            "/console/followers": "clerk",
        }
        for path, words in pages.items():
            within(20, lambda path=path, words=words: words in auditor.get(path).text)  # type: ignore[misc]
        refused(auditor.get("/console/streams/enrollment:art:nobody"), 404, "stream.not_found")
        refused(auditor.get("/console/facts/999999999"), 404, "fact.not_found")
        refused(auditor.get("/console/trail?kind=none"), 400, "request.invalid")

        def reads() -> set[str]:
            asked = {"by": auditor.id, "kind": "read", "limit": "200"}
            return {row["record"] for row in operator.get("/api/audit/trail", params=asked).json()["rows"]}

        within(20, lambda: {path.partition("?")[0] for path in pages} <= reads())
