"""A small school to look around in, made as its clients make it: over HTTP. Made again, it stays as it is."""

from __future__ import annotations

import shlex
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from http import HTTPStatus
from typing import Any, NamedTuple, TypeVar

import msgspec

from adapters.embedded.process import ServerFailed
from application.ledger import PLATFORM
from application.permissions import (
    ADVERTISER,
    ANALYST,
    ASSISTANT,
    AUDITOR,
    CREATOR,
    GUARDIAN,
    INSTRUCTOR,
    PLATFORM_ADMIN,
    STAFF,
    STUDENT,
    TENANT_ADMIN,
)
from domain.access.events import RoleName

TENANT = "0198c0de-da7a-7000-8000-000000000001"
SCHOOL = "Lighthouse School"
PERSON = "demo"
PASSWORD = "nine lanterns over the harbour"  # noqa: S105 — it is printed: nobody but the demo has it
COURSE = "celestial-navigation"
LESSONS = ("stars", "sextant", "almanac")
SECTION = "first-watch"
SHORT_COURSE = "seamanship"
PATH = "navigator"
PAID_COURSE = "harbour-pilotage"
PRICE: Mapping[str, Any] = {"amount": 4900, "currency": "EUR"}
SOON_S_MAX = 30.0
PAUSE_S = 0.05

Found = TypeVar("Found")


class Account(NamedTuple):
    """Somebody of the demo, and what they are there."""

    role: RoleName
    name: str
    tenant: str = TENANT

    @property
    def address(self) -> str:
        return f"{self.role.replace('_', '-')}@lighthouse.example"


ACCOUNTS = (
    Account(TENANT_ADMIN, "Ida Fyr"),
    Account(INSTRUCTOR, "Nevil Maskelyne"),
    Account(ASSISTANT, "Caroline Herschel"),
    Account(STAFF, "Grace Darling"),
    Account(STUDENT, "Joshua Slocum"),
    Account(GUARDIAN, "Virginia Slocum"),
    Account(CREATOR, "Maria Mitchell"),
    Account(ADVERTISER, "Thomas Lipton"),
    Account(ANALYST, "Mary Somerville"),
    Account(AUDITOR, "Samuel Plimsoll"),
    Account(PLATFORM_ADMIN, "Augustin Fresnel", str(PLATFORM)),
)
"""Everyone who can log in: one for each role."""


def seed(url: str, token: str, platform: str) -> str:
    """Provision the school, give each role to somebody, build what is taught there, and let some learn it.

    The serial of the certificate that its student holds by then.
    """
    _command(url, platform, "/api/tenants", {"id": TENANT, "name": SCHOOL})
    people: dict[RoleName, str] = {}
    for account in ACCOUNTS:
        person = people[account.role] = _register(url, account)
        scope = f"person:{people[STUDENT]}" if account.role == GUARDIAN else None
        granted = {"role": account.role, "scope": scope}
        _command(url, token if account.tenant == TENANT else platform, f"/api/people/{person}/roles/grant", granted)
    student = people[STUDENT]
    for path, body in (*_taught(people[INSTRUCTOR]), *_course_with_a_price(), *_enrollments()):
        _command(url, token, path, body)
    heard = ((f"seats:{SECTION}", 1), (f"syllabus:{COURSE}", 4), (f"syllabus:{SHORT_COURSE}", 1))
    for stream, count in (*heard, (f"terms:{PAID_COURSE}", 1)):
        _followed(url, token, stream, count)
    for path, body in _learnt(student):
        _command(url, token, path, body)
    held = f"/api/learners/{student}/certificates"
    (certificate, *_) = _soon(lambda: _rows(url, token, held, "rows"), "a certificate")
    return str(certificate["serial"])


def examples(url: str, token: str) -> tuple[str, str, str]:
    """A command, a query and a replay, to be pasted into a shell."""
    enroll = msgspec.json.encode({"course": COURSE, "learner": "you", "lessons": LESSONS}).decode()
    authorization = f"Authorization: Bearer {token}"
    return (
        _curl(f"{url}/api/enrollments", authorization, "Idempotency-Key: first-try", "Content-Type: application/json")
        + f" -d {shlex.quote(enroll)}",
        _curl(f"{url}/api/courses/{COURSE}/roster", authorization),
        _curl(f"{url}/api/facts?after=0&limit=5&type=enrollments.LearnerEnrolled", authorization),
    )


def log_in(url: str) -> str:
    """A log-in, to be pasted into a shell."""
    said = msgspec.json.encode({"name": ACCOUNTS[0].address, "password": PASSWORD}).decode()
    return _curl(f"{url}/api/login", f"Annals-Tenant: {TENANT}", "Content-Type: application/json") + (
        f" -d {shlex.quote(said)}"
    )


def tour(url: str, token: str, serial: str) -> tuple[str, ...]:
    """What there is to learn, how far everyone is, and whether a certificate holds, which anyone may ask."""
    authorization = f"Authorization: Bearer {token}"
    return (
        _curl(f"{url}/api/offered/courses/{COURSE}", authorization),
        _curl(f"{url}/api/courses/{COURSE}/outline", authorization),
        _curl(f"{url}/api/courses/{COURSE}/progress", authorization),
        _curl(f"{url}/api/paths/{PATH}/learners", authorization),
        _curl(f"{url}/api/verify/{serial}?tenant={TENANT}"),
    )


def payment_examples(url: str, token: str) -> tuple[str, str, str, str]:
    """Enrolling on what costs something, paying for it, who paid what, and what that opened: to be pasted too."""
    authorization = f"Authorization: Bearer {token}"
    enroll = msgspec.json.encode({"course": PAID_COURSE, "learner": "you", "lessons": ["tides"]}).decode()
    pay = msgspec.json.encode({**PRICE, "method": "sandbox:success"}).decode()
    said, course = "Content-Type: application/json", f"{url}/api/courses/{PAID_COURSE}"
    return (
        _curl(f"{url}/api/enrollments", authorization, "Idempotency-Key: first-seat", said)
        + f" -d {shlex.quote(enroll)}",
        _curl(f"{course}/learners/you/pay", authorization, "Idempotency-Key: first-payment", said)
        + f" -d {shlex.quote(pay)}",
        _curl(f"{url}/api/admin/payments", authorization),
        _curl(f"{course}/access/you", authorization),
    )


def accounts() -> str:
    """Who can log in, as lines of a table."""
    width = max(len(account.address) for account in ACCOUNTS)
    return "".join(f"  {account.address.ljust(width)}  {account.name}{_elsewhere(account)}\n" for account in ACCOUNTS)


def _elsewhere(account: Account) -> str:
    return "" if account.tenant == TENANT else f", with Annals-Tenant: {account.tenant}"


def _taught(teacher: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """A course with an outline and a section of one seat, a short one that comes before it, and the path of both."""
    seafaring = {"department": "Seafaring", "level": "introductory"}
    course, short = f"/api/courses/{COURSE}", f"/api/courses/{SHORT_COURSE}"
    about = {"title": "Celestial navigation", "summary": "Where you are, by the stars, a sextant and a clock."}
    yield "/api/courses", {"course": COURSE, **seafaring, **about}
    for module, title in (("night", "The night sky"), ("table", "At the chart table")):
        yield f"{course}/modules", {"module": module, "title": title}
    for item, module, kind, title, required in (
        ("stars", "night", "text", "Fifty-seven stars", True),
        ("sextant", "night", "video", "The sextant in the hand", True),
        ("almanac", "table", "text", "What the almanac says", True),
        ("lunars", "table", "link", "The way before clocks: lunar distances", False),
    ):
        content = f"https://lighthouse.example/{item}" if kind != "text" else f"{title}, told at length."
        about = {"item": item, "module": module, "kind": kind, "title": title, "content": content}
        yield f"{course}/items", {**about, "required": required}
    yield f"{course}/publish", {}
    yield f"{course}/sections", {"section": SECTION, "capacity": 1, "instructor": teacher, "term": "Winter"}
    monday = {"first": "2027-01-11", "begins": "19:00:00", "minutes": 90, "weekdays": [1], "last": "2027-03-29"}
    zone = {"zone": "Europe/Copenhagen", "room": "lantern-room"}
    yield f"{course}/sections/{SECTION}/meetings", {"meeting": "lecture", **monday, **zone}
    yield "/api/courses", {"course": SHORT_COURSE, "title": "Seamanship", **seafaring}
    yield f"{short}/modules", {"module": "rope", "title": "Rope"}
    yield f"{short}/items", {"item": "knots", "module": "rope", "kind": "text", "title": "Seven knots"}
    yield f"{short}/publish", {}
    yield "/api/paths", {"path": PATH, "title": "Navigator"}
    for step, after in ((SHORT_COURSE, []), (COURSE, [SHORT_COURSE])):
        yield f"/api/paths/{PATH}/steps", {"course": step, "after": after}
    yield f"/api/paths/{PATH}/certificate", {"issued": True}
    yield f"/api/paths/{PATH}/publish", {}


def _enrollments() -> Iterator[tuple[str, dict[str, Any]]]:
    """Three learners on a course: one graduates, one leaves."""
    for learner in ("ada", "grace", "linus"):
        yield "/api/enrollments", {"course": COURSE, "learner": learner, "lessons": LESSONS}
    for learner, lessons in (("ada", LESSONS), ("grace", LESSONS[:1])):
        for lesson in lessons:
            yield f"/api/enrollments/{COURSE}/{learner}/lessons/{lesson}/complete", {}
    yield f"/api/enrollments/{COURSE}/linus/withdraw", {"reason": "seasick"}


def _course_with_a_price() -> Iterator[tuple[str, dict[str, Any]]]:
    about = {
        "course": PAID_COURSE,
        "title": "Harbour pilotage",
        "level": "introductory",
        "summary": "",
        "department": "",
    }
    course = f"/api/courses/{PAID_COURSE}"
    yield "/api/courses", about
    yield f"{course}/price", {**PRICE}
    yield f"{course}/modules", {"module": "water", "title": "Water"}
    yield f"{course}/items", {"item": "tides", "module": "water", "kind": "text", "title": "Tides"}
    yield f"{course}/publish", {}


def _learnt(student: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """How far everyone is. The student has a certificate of the first step of a path, and a seat others wait for."""
    for learner in (student, "amelia"):
        yield f"/api/courses/{COURSE}/sections/{SECTION}/learners/{learner}/enroll", {}
    for learner, items in (("ada", LESSONS), ("grace", LESSONS[:1]), (student, LESSONS[:2])):
        for item in items:
            yield f"/api/progress/{COURSE}/{learner}/items/{item}/complete", {}
    watched = {"percent": 40, "position": 312, "sitting": "monday-evening", "seconds": 330}
    yield f"/api/progress/{COURSE}/grace/items/sextant/ping", watched
    yield "/api/enrollments", {"course": SHORT_COURSE, "learner": student, "lessons": ["knots"]}
    yield f"/api/progress/{SHORT_COURSE}/{student}/items/knots/complete", {}
    yield f"/api/enrollments/{SHORT_COURSE}/{student}/lessons/knots/complete", {}
    yield f"/api/paths/{PATH}/learners/{student}/begin", {}


def _followed(url: str, token: str, stream: str, count: int) -> None:
    """Wait until so many facts have followed in a stream: what policies make of a course is there a moment later."""
    _soon(lambda: _rows(url, token, f"/api/facts?stream={stream}", "facts")[count - 1 :], stream)


def _soon(ask: Callable[[], Found], what: str) -> Found:
    """What is asked for, as soon as there is any."""
    end = time.monotonic() + SOON_S_MAX
    while not (found := ask()):
        if time.monotonic() > end:
            raise ServerFailed(f"the demo has waited in vain for {what}")
        time.sleep(PAUSE_S)
    return found


def _rows(url: str, token: str, path: str, name: str) -> list[dict[str, Any]]:
    """What a question is answered with; nothing, while nobody can tell yet."""
    request = urllib.request.Request(url + path, headers={"Authorization": f"Bearer {token}"})  # noqa: S310 — our own URL
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
            rows: list[dict[str, Any]] = msgspec.json.decode(answer.read())[name]
            return rows
    except urllib.error.HTTPError as error:
        with error:
            if error.code == HTTPStatus.SERVICE_UNAVAILABLE:
                return []
            raise _refused(url, error) from None


def _register(url: str, account: Account) -> str:
    """Register somebody, as they would themselves; who they are."""
    body = {"address": account.address, "name": account.name, "password": PASSWORD}
    headers = {"Annals-Tenant": account.tenant, "Idempotency-Key": f"demo {account.address}"}
    person: str = msgspec.json.decode(_post(f"{url}/api/register", headers, body))["person"]
    return person


def _command(url: str, token: str, path: str, body: Mapping[str, Any]) -> None:
    key = f"demo {path.removeprefix('/api/')} {msgspec.json.encode(body, order='sorted').decode()}"
    _post(url + path, {"Authorization": f"Bearer {token}", "Idempotency-Key": key}, body)


def _post(url: str, headers: Mapping[str, str], body: Mapping[str, Any]) -> bytes:
    data = msgspec.json.encode(body, order="sorted")
    said = {**headers, "Content-Type": "application/json"}
    request = urllib.request.Request(url, data, said, method="POST")  # noqa: S310 — our own URL
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
            found: bytes = answer.read()
            return found
    except urllib.error.HTTPError as error:
        with error:
            raise _refused(url, error) from None


def _refused(url: str, error: urllib.error.HTTPError) -> ServerFailed:
    return ServerFailed(f"the demo was refused at {url}: {error.read().decode(errors='replace')}")


def _curl(url: str, *headers: str) -> str:
    return " ".join(["curl", "-sS", shlex.quote(url), *(f"-H {shlex.quote(header)}" for header in headers)])
