"""A school whose people come in by providers, and the browsers that they do it with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit
from uuid import UUID, uuid4

import httpx
import msgspec
from psycopg_pool import AsyncConnectionPool

from adapters.blind import KeyedBlind
from adapters.postgres.ledger import PostgresLedger
from adapters.postgres.vault import PostgresVault
from api.settings_agree import DEVELOPMENT_VAULT_KEY
from application.do import Do
from application.ledger import Caller, Receipt, TenantId
from application.providers import Registration
from domain.kernel import Stream
from tests.api.serving import Client, Served
from tests.sso.wire import Brought, browse
from tests.trusting import TRUST


def terms(registration: Registration, **more: Any) -> dict[str, Any]:
    """How a provider is configured at a school."""
    said: dict[str, Any] = msgspec.to_builtins(registration)
    kind = said.pop("kind")
    if not said["secret"]:
        del said["secret"]
    if not said["sign_in_url"]:
        del said["sign_in_url"]
    return {"kind": kind, "name": "The provider", **said, **more}


class School(Client):
    """An operator of a tenant."""

    def __init__(self, served: Served, tenant: UUID) -> None:
        super().__init__(served, tenant, subject="operator")
        self.served = served

    def configure(self, registration: Registration, identity: str = "college", **more: Any) -> int:
        answer = self.command("/api/identity-providers", {"id": identity, **terms(registration, **more)})
        assert answer.status_code == 200, answer.text
        return int(answer.json()["position"])

    def browser(self) -> Browser:
        return Browser(self.served, self.tenant)

    async def do(self, stream: Stream[Any, Any, Any], command: Any) -> Receipt:
        """A command that no route is needed for here."""
        database = self.served.database
        caller = Caller(TenantId(self.tenant), "operator", "test", uuid4())
        async with (
            AsyncConnectionPool(database.dsn("app"), min_size=1, max_size=1, open=False) as pool,
            PostgresLedger(lambda: database.connect("app"), 1) as ledger,
        ):
            return await Do(ledger, PostgresVault(pool.connection, DEVELOPMENT_VAULT_KEY))(stream, command, caller)

    def blind(self, kind: str, value: str) -> str:
        return KeyedBlind(DEVELOPMENT_VAULT_KEY).blind(TenantId(self.tenant), kind, value)

    def facts(self) -> str:
        """All that is kept of this tenant, as it is kept."""
        found = self.get("/api/facts", params={"limit": 200})
        assert found.status_code == 200, found.text
        return found.text


class Browser(httpx.Client):
    """Somebody's browser. It keeps cookies, and after it came in, the tokens."""

    def __init__(self, served: Served, tenant: UUID) -> None:
        super().__init__(base_url=served.url, timeout=30, verify=TRUST)
        self.served = served
        self.tenant = tenant
        self.person: str = ""

    def set_out(self, provider: str = "college", **query: str) -> httpx.Response:
        return self.get(f"/api/login/{provider}", params={"tenant": str(self.tenant), **query})

    def roles(self) -> list[str]:
        """The roles one holds now."""
        answer = self.get("/api/me/permissions", params={"min_position": self.served.head()})
        assert answer.status_code == 200, answer.text
        return [grant["role"] for grant in answer.json()["roles"]]

    def there(self, provider: str = "college", **query: str) -> Brought:
        """At the provider, let in, and about to come back."""
        answer = self.set_out(provider, **query)
        assert answer.status_code == 303, answer.text
        return browse(answer.headers["Location"], str(self.base_url))

    def bring(self, brought: Brought, **changes: str | None) -> httpx.Response:
        """Come back, perhaps with other words than the provider gave."""
        words = {name: value for name, value in {**brought.said, **changes}.items() if value is not None}
        if brought.method == "POST":
            return self.post(brought.url, data=words)
        return self.get(f"{brought.url.partition('?')[0]}?{urlencode(words)}")

    def come_in(self, provider: str = "college", **query: str) -> httpx.Response:
        return self.take(self.bring(self.there(provider, **query)))

    def take(self, answer: httpx.Response) -> httpx.Response:
        if answer.status_code == 200:
            said: dict[str, Any] = answer.json()
            entered: dict[str, str] | None = said.get("entered", said)
            if entered and "access" in entered:
                self.headers["Authorization"] = f"Bearer {entered['access']}"
                self.person = entered["person"]
        return answer

    def enter(self, path: str, body: Any) -> httpx.Response:
        return self.post(path, json=body, headers={"Annals-Tenant": str(self.tenant)})

    def unlink(self, login: str) -> httpx.Response:
        return self.post(f"/api/me/logins/{login}/unlink", json={}, headers={"Idempotency-Key": str(uuid4())})

    def register(self, address: str, password: str = "nine lanterns over the harbour") -> str:  # noqa: S107 — of nobody
        """An account of the usual kind, and logged in."""
        answer = self.enter("/api/register", {"address": address, "name": "Ada", "password": password})
        assert answer.status_code == 200, answer.text
        answer = self.enter("/api/login", {"name": address, "password": password})
        assert self.take(answer).status_code == 200, answer.text
        return self.person


def ticket_of(answer: httpx.Response, kind: str = "ticket") -> str:
    """The ticket that a browser is sent on with."""
    assert answer.status_code == 303, answer.text
    name, _, ticket = urlsplit(answer.headers["Location"]).fragment.partition("=")
    assert name == kind
    return ticket


def refused(answer: httpx.Response, status: int, code: str) -> None:
    """It was refused so."""
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text


def only(said: Mapping[str, Any]) -> Any:
    """The one row of a page."""
    (row,) = said["rows"]
    return row
