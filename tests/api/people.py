"""People with roles, for tests of what they may."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from uuid import UUID, uuid4

import httpx

from adapters.tokens import issue
from api.settings_agree import DEVELOPMENT_KEY
from tests.api.serving import Client, Served, serving
from tests.servers import Database
from tests.trusting import TRUST

MANY = "1000000"


@contextmanager
def unhurried(database: Database, count: int = 1) -> Generator[list[Served]]:
    """So many API processes with an engine, which nobody asks too often."""
    with serving(
        database,
        engine=True,
        count=count,
        RATE_LIMIT_COMMAND=MANY,
        RATE_LIMIT_QUERY=MANY,
        RATE_LIMIT_ANALYTICS=MANY,
        RATE_LIMIT_GENERATION=MANY,
        RATE_LIMIT_FEED=MANY,
        RATE_LIMIT_PUBLIC=MANY,
    ) as processes:
        yield processes


class Person(httpx.Client):
    """Someone of a tenant, asking with a token that says no more than who they are."""

    def __init__(self, served: Served, tenant: UUID, person: str | None = None) -> None:
        super().__init__(base_url=served.url, timeout=20, verify=TRUST)
        self.tenant = tenant
        self.id = person or str(uuid4())
        self.headers["Authorization"] = f"Bearer {issue(DEVELOPMENT_KEY, tenant, self.id, None, 3600)}"

    def command(self, path: str, body: object = None, **headers: str) -> httpx.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.post(path, json=body or {}, headers={"Idempotency-Key": str(uuid4()), **named})

    def grant(self, person: Person, role: str, scope: str | None = None, **headers: str) -> httpx.Response:
        return self.command(f"/api/people/{person.id}/roles/grant", {"role": role, "scope": scope}, **headers)

    def withdraw(self, person: Person, role: str, scope: str | None = None, **headers: str) -> httpx.Response:
        return self.command(f"/api/people/{person.id}/roles/withdraw", {"role": role, "scope": scope}, **headers)

    def enroll(self, course: str) -> httpx.Response:
        body = {"course": course, "learner": str(uuid4()), "lessons": ["one"]}
        return self.command("/api/enrollments", body)


def done(answer: httpx.Response) -> int:
    """A command was done; at which position."""
    assert answer.status_code == 200, answer.text
    return int(answer.json()["position"])


def refused(answer: httpx.Response, code: str, status: int = 403) -> None:
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text


def appoint(served: Served, person: Person, role: str, scope: str | None = None) -> int:
    """An operator grants a role."""
    with Client(served, person.tenant, subject="operator") as operator:
        return done(operator.command(f"/api/people/{person.id}/roles/grant", {"role": role, "scope": scope}))
