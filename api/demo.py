"""A small school to look around in, made as its clients make it: over HTTP. Made again, it stays as it is."""

from __future__ import annotations

import shlex
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

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
PAID_COURSE = "harbour-pilotage"
PRICE: Mapping[str, Any] = {"amount": 4900, "currency": "EUR"}


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


def seed(url: str, token: str, platform: str) -> None:
    """Provision the school, give each role to somebody, and enrol three learners: one graduates, one leaves."""
    _command(url, platform, "/api/tenants", {"id": TENANT, "name": SCHOOL})
    # The price is heard of while people are registered: so whoever enrols after all this is asked to pay.
    for path, body in _course_with_a_price():
        _command(url, token, path, body)
    student = ""
    for account in ACCOUNTS:
        person = _register(url, account)
        if account.role == STUDENT:
            student = person
        scope = f"person:{student}" if account.role == GUARDIAN else None
        granted = {"role": account.role, "scope": scope}
        _command(url, token if account.tenant == TENANT else platform, f"/api/people/{person}/roles/grant", granted)
    for path, body in _enrollments():
        _command(url, token, path, body)


def examples(url: str, token: str) -> tuple[str, str, str, str]:
    """A command, a query, a replay and a log-in, to be pasted into a shell."""
    authorization = f"Authorization: Bearer {token}"
    enroll = msgspec.json.encode({"course": COURSE, "learner": "you", "lessons": LESSONS}).decode()
    log_in = msgspec.json.encode({"name": ACCOUNTS[0].address, "password": PASSWORD}).decode()
    return (
        _curl(f"{url}/api/enrollments", authorization, "Idempotency-Key: first-try", "Content-Type: application/json")
        + f" -d {shlex.quote(enroll)}",
        _curl(f"{url}/api/courses/{COURSE}/roster", authorization),
        _curl(f"{url}/api/facts?after=0&limit=5&type=enrollments.LearnerEnrolled", authorization),
        _curl(f"{url}/api/login", f"Annals-Tenant: {TENANT}", "Content-Type: application/json")
        + f" -d {shlex.quote(log_in)}",
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


def _enrollments() -> Iterator[tuple[str, dict[str, Any]]]:
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
            raise ServerFailed(f"the demo was refused at {url}: {error.read().decode(errors='replace')}") from None


def _curl(url: str, *headers: str) -> str:
    return " ".join(["curl", "-sS", shlex.quote(url), *(f"-H {shlex.quote(header)}" for header in headers)])
