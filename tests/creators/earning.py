"""A school with creators who are given something, over HTTP."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import httpx
import msgspec
from psycopg_pool import AsyncConnectionPool

from adapters.gateways.sandbox_notices import HEADER, Told
from adapters.gateways.signed import signed
from adapters.postgres.ledger import PostgresLedger
from adapters.postgres.vault import PostgresVault
from api.gateways import sandbox_secret
from api.settings import Settings
from api.settings_agree import DEVELOPMENT_VAULT_KEY
from application.do import Do
from application.ledger import Caller, TenantId
from domain.identity.events import Mark
from domain.identity.person import PERSON, Activate, Invite, SetPreferences, VerifyAddress
from domain.kernel import PersonId
from tests.api.people import Person, appoint
from tests.api.serving import Client, Served
from tests.payments.paying import soon

TERMS = {"terms": "2026-11", "of_age": True}
MARK = Mark("the mark of an address")


class Studio:
    """A school where one gives to creators."""

    def __init__(self, api: Served, clients: ExitStack, tenant: UUID | None = None) -> None:
        self.api = api
        self.tenant = tenant or uuid4()
        self._clients = clients
        self.admin = clients.enter_context(Client(api, self.tenant, subject="operator"))

    def person(self, role: str | None = None) -> Person:
        person = self._clients.enter_context(Person(self.api, self.tenant))
        if role is not None:
            appoint(self.api, person, role)
        return person

    def creator(self, country: str = "DE", *, enabled: bool = True) -> Person:
        """Somebody who may be paid, and can be, when they have said all to the gateway."""
        creator = self.person("creator")
        self.known(creator)
        done(creator.command(f"/api/creators/{creator.id}/monetization/on", TERMS))
        done(creator.command(f"/api/creators/{creator.id}/payout-account", {"country": country}))
        soon(lambda: self.standing(creator)["account"], "wanting")
        if enabled:
            self.onboard(creator)
        return creator

    def known(self, person: Person, zone: str = "UTC", *, verified: bool = True) -> None:
        """They have an account here, as if they had come by a letter."""
        id_ = PersonId(person.id)
        commands: list[Any] = [
            Invite(id_, f"{id_}@example.org", None, "Maria", MARK),
            Activate(),
            SetPreferences(id_, time_zone=zone),
        ]
        asyncio.run(self._do(id_, [*commands, *([VerifyAddress(MARK)] if verified else [])]))

    async def _do(self, person: PersonId, commands: list[Any]) -> None:
        database = self.api.database
        async with (
            AsyncConnectionPool[Any](
                database.dsn("app"), min_size=1, max_size=2, open=False, kwargs={"autocommit": True}
            ) as pool,
            PostgresLedger(lambda: database.connect("app"), 1) as ledger,
        ):
            do = Do(ledger, PostgresVault(pool.connection, DEVELOPMENT_VAULT_KEY))
            for command in commands:
                await do(PERSON.at(person), command, Caller(TenantId(self.tenant), "operator", "test", uuid4()))

    def onboard(self, creator: Person) -> None:
        """They say at the gateway all that is wanted, and the gateway tells us by itself."""
        link = str(self.standing(creator)["link"])
        reference = link.rpartition("/")[2]
        answer = self.admin.post(f"/api/sandbox/actions/{reference}/agree")
        assert answer.status_code == 200, answer.text
        for _ in range(2):  # It is told twice, as may be.
            assert self.notice(f"{reference}.enabled", "account", reference).status_code == 200
        soon(lambda: self.standing(creator)["account"], "enabled")

    def notice(self, event: str, kind: str, reference: str) -> httpx.Response:
        """The gateway tells us something, signed as it signs."""
        at = datetime.now(UTC)
        raw = msgspec.json.encode(Told(event, kind, reference, None, TenantId(self.tenant), at))
        headers = {HEADER: signed(raw, sandbox_secret(Settings()), at.timestamp())}
        return self.admin.post("/api/gateways/sandbox/notices", content=raw, headers=headers)

    def standing(self, creator: Person) -> dict[str, Any]:
        answer = creator.get(f"/api/creators/{creator.id}")
        return dict(answer.json()) if answer.status_code == 200 else {"account": answer.text, "balances": []}

    def holds(self, creator: Person, currency: str = "EUR") -> tuple[int, int, int]:
        """What is there, set apart, and paid."""
        for one in self.standing(creator)["balances"]:
            if one["currency"] == currency:
                return one["available"], one["reserved"], one["paid"]
        return 0, 0, 0

    def give(self, donor: Person, creator: Person, amount: int = 1000, **more: Any) -> httpx.Response:
        body = {"amount": amount, "currency": "EUR", "method": "sandbox:success", **more}
        return donor.command(f"/api/creators/{creator.id}/donations", body)

    def given(self, creator: Person, amount: int = 1000, **more: Any) -> str:
        """Somebody gives, and it is paid: what is theirs of it is with the creator."""
        before = self.holds(creator, more.get("currency", "EUR"))[0]
        payment = stream(self.give(self.person(), creator, amount, **more))
        theirs = amount - (amount + 5) // 10
        soon(lambda: self.holds(creator, more.get("currency", "EUR"))[0], before + theirs)
        return payment

    def pay_out(self, creator: Person, amount: int, currency: str = "EUR") -> httpx.Response:
        return creator.command(f"/api/creators/{creator.id}/payouts", {"amount": amount, "currency": currency})

    def payouts(self, creator: Person) -> list[tuple[int, str]]:
        return [(amount, status) for amount, status, _ in self.reasons(creator)]

    def reasons(self, creator: Person) -> list[tuple[int, str, str | None]]:
        """The payouts, with why they failed."""
        rows = creator.get(f"/api/creators/{creator.id}/payouts").json()["rows"]
        return [(row["amount"], row["status"], row["reason"]) for row in rows]

    def balance(self) -> dict[str, int]:
        """Each kind of account; the books balance."""
        found = self.admin.get("/api/journal/trial-balance").json()
        assert found["balanced"], found
        return {row["kind"]: row["debits"] - row["credits"] for row in found["rows"]}


def done(answer: httpx.Response) -> int:
    assert answer.status_code == 200, answer.text
    return int(answer.json()["position"])


def stream(answer: httpx.Response) -> str:
    """The name of what was begun."""
    assert answer.status_code == 200, answer.text
    return str(answer.json()["stream"]).partition(":")[2]
