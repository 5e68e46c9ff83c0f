"""The port `Gateways`: those that are set up, and which of them a tenant has chosen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from application.gateways import Gateway, Refused
from application.ledger import TenantId
from application.ports import TenantSettings


class ForAll(Gateway, Protocol):
    """A gateway that can be seen by one tenant."""

    def within(self, tenant: TenantId) -> Gateway: ...

    async def close(self) -> None: ...


class Choosing:
    """Gateways by their names. The first is that of whoever has chosen none."""

    def __init__(self, gateways: Mapping[str, ForAll], settings: TenantSettings | None = None) -> None:
        self._gateways = gateways
        self._settings = settings

    def of(self, tenant: TenantId) -> Gateway:
        chosen = "" if self._settings is None else self._settings.of(tenant).payment_gateway
        return self.named(chosen or next(iter(self._gateways), "none"), tenant)

    def named(self, name: str, tenant: TenantId | None = None) -> Gateway:
        found = self._gateways.get(name)
        if found is None:
            raise Refused("gateway.unknown", f"the gateway {name!r} is not set up here")
        return found if tenant is None else found.within(tenant)

    async def close(self) -> None:
        """Let go of what is open."""
        for gateway in self._gateways.values():
            await gateway.close()

    def all(self) -> Mapping[str, Gateway]:
        """Every gateway there is."""
        return self._gateways
