"""Every identity provider that we can speak with, by its kind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING

from adapters.facebook import Facebook
from adapters.oidc.relying_party import RelyingParty
from adapters.web import Web
from application.providers import Proof, Registration, Trip

if TYPE_CHECKING:
    from adapters.saml.service_provider import ServiceProvider


class IdentityProviders:
    """Speaks with each in its own way."""

    def __init__(self, named_hosts: Sequence[str] = ()) -> None:
        self._web = Web(named_hosts)
        self._oidc = RelyingParty(self._web)
        self._facebook = Facebook(self._web)

    async def way_to(self, provider: Registration, trip: Trip) -> str:
        """Where to send the browser."""
        return await self._of(provider).way_to(provider, trip)

    async def who_came(self, provider: Registration, trip: Trip, said: Mapping[str, str], now: datetime) -> Proof:
        """Who it is that came back."""
        return await self._of(provider).who_came(provider, trip, said, now)

    def description(self, provider: Registration, callback: str) -> bytes | None:
        """Our metadata, where the provider wants any."""
        return self._saml.description(provider, callback) if provider.kind == "saml" else None

    async def close(self) -> None:
        """Let go of what is open."""
        await self._web.close()

    @cached_property
    def _saml(self) -> ServiceProvider:
        from adapters.saml.service_provider import ServiceProvider  # noqa: PLC0415 — reading XML takes much memory

        return ServiceProvider(self._web)

    def _of(self, provider: Registration) -> RelyingParty | Facebook | ServiceProvider:
        match provider.kind:
            case "facebook":
                return self._facebook
            case "saml":
                return self._saml
            case _:
                return self._oidc
