"""Security headers on every answer, and pages of other origins kept out."""

from __future__ import annotations

from collections.abc import Generator
from uuid import uuid4

import httpx
import pytest

from tests.api.serving import Client, Served, serving, token
from tests.proves import proves
from tests.servers import PostgresForTests

OURS = "https://app.example"
THEIRS = "https://evil.example"

EXPECTED = {
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "referrer-policy": "no-referrer",
    "strict-transport-security": "max-age=31536000; includeSubDomains",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "cache-control": "no-store",
}


@pytest.fixture(scope="module")
def served(postgres: PostgresForTests) -> Generator[Served]:
    with postgres.database() as database, serving(database, CORS_ORIGINS=f"{OURS},https://other.example") as found:
        yield found[0]


@proves("sec.headers_cors")
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/health"),
        ("GET", "/nothing"),
        ("GET", "/api/facts"),
        ("DELETE", "/api/facts"),
        ("POST", "/api/enrollments"),
    ],
)
def test_every_answer_has_them(served: Served, method: str, path: str) -> None:
    answer = httpx.request(method, served.url + path)
    assert {name: answer.headers.get(name) for name in EXPECTED} == EXPECTED
    assert answer.headers["x-request-id"]


@proves("sec.headers_cors")
def test_pages_of_an_allowed_origin_may_call(served: Served) -> None:
    asked = {"Origin": OURS, "Access-Control-Request-Method": "POST"}
    before = httpx.options(f"{served.url}/api/enrollments", headers=asked)
    assert before.status_code == 204
    assert before.headers["access-control-allow-origin"] == OURS
    assert "POST" in before.headers["access-control-allow-methods"]
    assert "Idempotency-Key" in before.headers["access-control-allow-headers"]
    answer = httpx.get(f"{served.url}/health", headers={"Origin": OURS})
    assert answer.headers["access-control-allow-origin"] == OURS
    assert "Annals-Position" in answer.headers["access-control-expose-headers"]
    assert "Origin" in answer.headers["vary"]
    assert "access-control-allow-credentials" not in answer.headers


@proves("sec.headers_cors")
@pytest.mark.parametrize("origin", [THEIRS, "null", OURS + ".evil.example", OURS.replace("https", "http")])
def test_pages_of_another_origin_may_not(served: Served, origin: str) -> None:
    asked = {"Origin": origin, "Access-Control-Request-Method": "POST"}
    before = httpx.options(f"{served.url}/api/enrollments", headers=asked)
    assert (before.status_code, before.json()["code"]) == (403, "origin.refused")
    answer = httpx.get(f"{served.url}/health", headers={"Origin": origin})
    for refused in (before, answer):
        assert not [name for name in refused.headers if name.startswith("access-control-")]


@proves("sec.headers_cors")
def test_a_cookie_lets_nobody_in_so_no_page_can_ride_on_one(served: Served) -> None:
    given = token(uuid4())
    answer = httpx.get(f"{served.url}/api/facts", cookies={"Authorization": f"Bearer {given}", "token": given})
    assert answer.status_code == 401
    assert "set-cookie" not in answer.headers


@proves("sec.headers_cors")
def test_a_script_that_was_sent_is_never_given_back_as_a_page(served: Served) -> None:
    script = "<script>alert(1)</script>"
    with Client(served, uuid4()) as client:
        client.enroll()
        client.command("/api/enrollments/art/ada/withdraw", {"reason": script})
        kept = client.get("/api/facts")
        refused = client.enroll(learner=script)
    assert script in kept.text
    for answer in (kept, refused):
        assert answer.headers["content-type"].partition(";")[0] in {"application/json", "application/problem+json"}
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "script-src" not in answer.headers["content-security-policy"]
