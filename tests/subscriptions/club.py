"""A school with a course that costs something, and a plan that opens it, over HTTP."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any
from uuid import uuid4

import httpx

from tests.api.people import Person
from tests.api.serving import Client, Served
from tests.payments.paying import COURSE, School

GOLD = {"plan": "gold", "name": "Gold", "amount": 1900, "currency": "EUR", "interval": "month", "courses": [COURSE]}
METHOD = {"method": "sandbox:success"}


def allowed(answer: httpx.Response) -> str:
    """It was done; and to whom."""
    assert answer.status_code == 200, answer.text
    return str(answer.json()["stream"]).partition(":")[2]


class Club(School):
    """A school with a plan for 19 euros a month."""

    def __init__(self, api: Served, clients: ExitStack) -> None:
        super().__init__(api, clients)
        allowed(self.admin.command("/api/plans", GOLD))
        allowed(self.admin.command("/api/plans/gold/publish"))

    def subscribe(self, person: Person | Client, plan: str = "gold", **more: Any) -> httpx.Response:
        key = more.pop("key", str(uuid4()))
        body = {"version": 1, **METHOD, **more}
        return person.post(f"/api/plans/{plan}/subscribe", json=body, headers={"Idempotency-Key": key})

    def stands(self, person: Person) -> list[str]:
        """How each of somebody's subscriptions stands, the newest first."""
        return [str(row["status"]) for row in self.held(person)]

    def held(self, person: Person) -> list[dict[str, Any]]:
        answer = person.get("/api/subscriptions")
        assert answer.status_code == 200, answer.text
        rows: list[dict[str, Any]] = answer.json()["rows"]
        return rows

    def due(self) -> list[str]:
        """What is to be charged some day."""
        answer = self.admin.get("/api/admin/due-subscriptions", params={"until": "2100-01-01T00:00:00Z"})
        assert answer.status_code == 200, answer.text
        return [str(row["subscription"]) for row in answer.json()["rows"]]
