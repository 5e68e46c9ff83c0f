"""Somebody at the door, for tests: registers, logs in, and asks with what they were given."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import httpx

from tests.api.serving import Served
from tests.trusting import TRUST

PASSWORD = "nine lanterns over the harbour"  # noqa: S105 — of nobody
ANOTHER = "four herons and a paper boat"

RATES: dict[str, Any] = {
    f"RATE_LIMIT_{rate}": "1000000"
    for rate in ("COMMAND", "QUERY", "ANALYTICS", "GENERATION", "FEED", "PUBLIC", "ENTRANCE")
}
"""So much that no test is held up by it."""


class Visitor(httpx.Client):
    """A device of somebody of a tenant."""

    def __init__(self, served: Served, tenant: UUID | None = None, *, agent: str = "a test") -> None:
        super().__init__(base_url=served.url, timeout=30, verify=TRUST)
        self.tenant = tenant or uuid4()
        self.headers["Annals-Tenant"] = str(self.tenant)
        self.headers["User-Agent"] = agent
        self.called = "ada@school.example"
        self.person = ""
        self.session = ""
        self.refresh_token = ""

    def enter(self, path: str, body: Any = None, *, key: str | None = None) -> httpx.Response:
        headers = {} if key is None else {"Idempotency-Key": key}
        return self.post(path, json=body, headers=headers)

    def register(
        self, address: str = "ada@school.example", username: str | None = None, password: str = PASSWORD, **more: Any
    ) -> httpx.Response:
        body = {"address": address, "name": "Ada Lovelace", "password": password}
        return self.enter("/api/register", body if username is None else {**body, "username": username}, **more)

    def log_in(
        self, name: str = "ada@school.example", password: str = PASSWORD, *, key: str | None = None
    ) -> httpx.Response:
        return self.take(self.enter("/api/login", {"name": name, "password": password}, key=key))

    def refresh(self, token: str | None = None, *, key: str | None = None) -> httpx.Response:
        said = self.refresh_token if token is None else token
        return self.take(self.enter("/api/refresh", {"refresh": said}, key=key))

    def come_in(self, path: str, body: Any = None, *, key: str | None = None) -> httpx.Response:
        """Come in by another door."""
        return self.take(self.enter(path, body, key=key))

    def command(self, path: str, body: Any = None) -> httpx.Response:
        return self.post(path, json=body or {}, headers={"Idempotency-Key": str(uuid4())})

    def take(self, answer: httpx.Response) -> httpx.Response:
        """Go on with the tokens that were answered, if there are any."""
        pair = answer.json()
        if answer.status_code == 200 and "access" in pair:
            self.headers["Authorization"] = f"Bearer {pair['access']}"
            self.person, self.session, self.refresh_token = pair["person"], pair["session"], pair["refresh"]
        return answer


def refused(answer: httpx.Response, status: int, code: str) -> None:
    """It was refused so."""
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
