"""Ways to a provider and back, without anything of ours around them."""

from __future__ import annotations

import secrets
from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from urllib.parse import urlsplit

from adapters.identity_providers import IdentityProviders
from application.providers import Proof, Trip
from tests.sso.graph import Graph, graph
from tests.sso.openid import OpenId, openid
from tests.sso.saml_provider import SamlProvider, saml
from tests.sso.wire import Brought, browse

CALLBACK = "https://annals.test/api/login/callback"
KINDS = ("oidc", "google", "apple", "facebook", "cognito", "saml")

StandIn = OpenId | Graph | SamlProvider


def trip() -> Trip:
    """A new one."""
    state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
    return Trip(secrets.token_hex(16), state, nonce, verifier, CALLBACK)


@contextmanager
def standing_in(kind: str) -> Generator[StandIn]:
    """A provider of this kind, running."""
    match kind:
        case "facebook":
            with graph() as facebook:
                yield facebook
        case "saml":
            with saml() as provider:
                yield provider
        case "oidc" | "google" | "apple" | "cognito":
            with openid(kind) as provider:
                yield provider
        case _:
            raise ValueError(kind)


def reaching(provider: StandIn) -> IdentityProviders:
    """Our side, which may reach this provider although it is on this machine."""
    return IdentityProviders([urlsplit(provider.url).netloc])


async def gone(ours: IdentityProviders, provider: StandIn, way: Trip) -> Brought:
    """What the browser brings back."""
    return browse(await ours.way_to(provider.registration, way), CALLBACK)


async def there_and_back(ours: IdentityProviders, provider: StandIn, now: datetime | None = None) -> Proof:
    """Who came back."""
    way = trip()
    brought = await gone(ours, provider, way)
    return await ours.who_came(provider.registration, way, brought.said, now or datetime.now(UTC))
