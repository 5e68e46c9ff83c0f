"""Which gateways there are."""

from __future__ import annotations

from datetime import UTC, datetime

from adapters.gateways.sandbox import Sandbox
from adapters.gateways.sandbox_notices import Notices
from adapters.gateways.sandbox_store import Store
from api.settings import Settings
from application.gateways import Gateway, Gateways, Refused
from application.ledger import TenantId


class SystemClock:
    def now(self) -> datetime:
        return datetime.now(UTC)


class SandboxOnly:
    """The sandbox, for everyone."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    def of(self, tenant: TenantId) -> Gateway:
        return self._sandbox.within(tenant)

    def named(self, name: str, tenant: TenantId | None = None) -> Gateway:
        if name != self._sandbox.name:
            raise Refused("gateway.unknown", f"there is no gateway {name}")
        return self._sandbox if tenant is None else self._sandbox.within(tenant)


def gateways_of(settings: Settings) -> Gateways:
    """Those that are set up."""
    store = Store(settings.files_folder / "sandbox.db")
    secret = settings.vault_key
    sandbox = Sandbox(store, Notices(store, secret), secret=secret, clock=SystemClock(), public_url=settings.public_url)
    return SandboxOnly(sandbox)
