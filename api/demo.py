"""A small tenant to look around in, made as a client makes it: by commands over HTTP. Made again, it stays as it is."""

from __future__ import annotations

import shlex
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

import msgspec

from adapters.embedded.process import ServerFailed

TENANT = "0198c0de-da7a-7000-8000-000000000001"
PERSON = "demo"
COURSE = "celestial-navigation"
LESSONS = ("stars", "sextant", "almanac")


def seed(url: str, token: str) -> None:
    """Enrol three learners: one graduates, one is under way, one leaves."""
    for path, body in _commands():
        _post(url + path, token, body)


def examples(url: str, token: str) -> tuple[str, str, str]:
    """A command, a query and a replay, to be pasted into a shell."""
    authorization = f"Authorization: Bearer {token}"
    enroll = msgspec.json.encode({"course": COURSE, "learner": "you", "lessons": LESSONS}).decode()
    return (
        _curl(f"{url}/api/enrollments", authorization, "Idempotency-Key: first-try", "Content-Type: application/json")
        + f" -d {shlex.quote(enroll)}",
        _curl(f"{url}/api/courses/{COURSE}/roster", authorization),
        _curl(f"{url}/api/facts?after=0&limit=5", authorization),
    )


def _commands() -> Iterator[tuple[str, dict[str, Any]]]:
    for learner in ("ada", "grace", "linus"):
        yield "/api/enrollments", {"course": COURSE, "learner": learner, "lessons": LESSONS}
    for learner, lessons in (("ada", LESSONS), ("grace", LESSONS[:1])):
        for lesson in lessons:
            yield f"/api/enrollments/{COURSE}/{learner}/lessons/{lesson}/complete", {}
    yield f"/api/enrollments/{COURSE}/linus/withdraw", {"reason": "seasick"}


def _post(url: str, token: str, body: dict[str, Any]) -> None:
    data = msgspec.json.encode(body, order="sorted")
    headers = {
        "Authorization": f"Bearer {token}",
        "Idempotency-Key": "demo " + url.partition("/api/")[2] + " " + data.decode(),
        "Content-Type": "application/json",
    }
    request = urllib.request.Request(url, data or None, headers, method="POST")  # noqa: S310 — our own URL
    try:
        with urllib.request.urlopen(request, timeout=30):  # noqa: S310
            pass
    except urllib.error.HTTPError as error:
        with error:
            raise ServerFailed(f"the demo was refused at {url}: {error.read().decode(errors='replace')}") from None


def _curl(url: str, *headers: str) -> str:
    return " ".join(["curl", "-sS", shlex.quote(url), *(f"-H {shlex.quote(header)}" for header in headers)])
