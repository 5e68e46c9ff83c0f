"""A school with a course that costs something, and people who pay for it."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import UTC, datetime
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import httpx
import msgspec
import psycopg

from adapters.gateways.sandbox_notices import HEADER, Told
from adapters.gateways.signed import signed
from api.gateways import sandbox_secret
from api.settings import Settings
from application.ledger import TenantId
from tests.api.people import Person, appoint
from tests.api.serving import Client, Served
from tests.api.waiting import becomes

COURSE = "stars"
PRICE = {"amount": 4900, "currency": "EUR"}
SOON_S = 60.0


soon = partial(becomes, SOON_S)


class School:
    """A school with one course, for 49 euros."""

    def __init__(self, api: Served, clients: ExitStack) -> None:
        self.api = api
        self.tenant: UUID = uuid4()
        self._clients = clients
        self.admin = clients.enter_context(Client(api, self.tenant))
        about = {"course": COURSE, "title": "Stars", "level": "introductory", "summary": "", "department": "Sky"}
        for path, body in (
            ("/api/courses", about),
            (f"/api/courses/{COURSE}/price", PRICE),
            (f"/api/courses/{COURSE}/modules", {"module": "night", "title": "Night"}),
            (f"/api/courses/{COURSE}/items", {"item": "one", "module": "night", "kind": "text", "title": "One"}),
            (f"/api/courses/{COURSE}/publish", {}),
        ):
            answer = self.admin.command(path, body)
            assert answer.status_code == 200, answer.text
        # Who enrols before the price is heard of pays nothing.
        soon(lambda: self._held(str(uuid4())), "awaiting_payment")

    def _held(self, learner: str) -> str:
        self.admin.enroll(COURSE, learner)
        return self.access(learner)

    def person(self) -> Person:
        """A student."""
        person = self._clients.enter_context(Person(self.api, self.tenant))
        appoint(self.api, person, "student")
        return person

    def learner(self) -> Person:
        """A student whose enrolment waits to be paid for."""
        person = self.person()
        self.admin.enroll(COURSE, person.id)
        soon(lambda: self.access(person.id), "awaiting_payment")
        return person

    def access(self, learner: str) -> str:
        answer = self.admin.get(f"/api/courses/{COURSE}/access/{learner}")
        return str(answer.json()["why"]) if answer.status_code == 200 else answer.text

    def pay(self, person: Person, method: str = "sandbox:success", **more: Any) -> httpx.Response:
        key = more.pop("key", str(uuid4()))
        body = {**PRICE, "method": method, **more}
        path = f"/api/courses/{COURSE}/learners/{person.id}/pay"
        return person.post(path, json=body, headers={"Idempotency-Key": key})

    def paid(self, person: Person, method: str = "sandbox:success", **more: Any) -> str:
        answer = self.pay(person, method, **more)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["stream"]).partition(":")[2]

    def status(self, payment: str) -> tuple[str, int]:
        answer = self.admin.get(f"/api/payments/{payment}")
        return (answer.json()["status"], answer.json()["refunded"]) if answer.status_code == 200 else ("unknown", 0)

    def reference(self, payment: str) -> str:
        """What the sandbox calls a payment that waits for its payer."""
        soon(lambda: self.status(payment)[0], "needs_action")
        return str(self.admin.get(f"/api/payments/{payment}").json()["action"]).rpartition("/")[2]

    def notice(self, event: str, kind: str, reference: str, payment: str) -> httpx.Response:
        """The sandbox tells us something, signed as it signs."""
        at = datetime.now(UTC)
        told = Told(event, kind, reference, payment, TenantId(self.tenant), at)
        raw = msgspec.json.encode(told)
        headers = {HEADER: signed(raw, sandbox_secret(Settings()), at.timestamp())}
        return self.admin.post("/api/gateways/sandbox/notices", content=raw, headers=headers)

    def facts(self) -> list[str]:
        """The types of all facts of this school."""
        with psycopg.connect(self.api.database.url) as connection:
            said = "select type from ledger.facts where tenant = %s"
            return [str(row[0]) for row in connection.execute(said, [self.tenant])]

    def balance(self) -> dict[str, int]:
        """Each kind of account in euros; the books balance."""
        found = self.admin.get("/api/journal/trial-balance").json()
        assert found["balanced"], found
        return {row["kind"]: row["debits"] - row["credits"] for row in found["rows"]}


def refused(answer: httpx.Response, code: str, status: int = 409) -> None:
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
