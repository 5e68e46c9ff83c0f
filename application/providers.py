"""What we ask of an identity provider: to send a person there, and to prove who came back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from domain.kernel import Value
from domain.sso.events import Kind

Attributes = Mapping[str, tuple[str, ...]]
"""What a provider says of a person besides who it is, each thing perhaps more than once."""


class Registration(Value):
    """How a provider and we know each other."""

    kind: Kind
    issuer: str
    """Its own name for itself: a URL, or for SAML any text."""
    client_id: str
    """Its name for us; for SAML the name we give ourselves."""
    secret: str = ""
    """What proves us to it: a text; for Apple the private key, as JSON with its `team`, `key` and `pem`."""
    sign_in_url: str = ""
    """Where SAML sends the browser. The others say it themselves."""
    certificates: tuple[str, ...] = ()
    """Whose SAML signatures are believed, in PEM. A new one is added before the old one goes."""


class Trip(Value):
    """One way to a provider and back again."""

    id: str
    state: str
    """Goes along and comes back as it was."""
    nonce: str
    """Is found again in what the provider signs."""
    verifier: str
    """Never leaves us before the end, so that a stolen code is worth nothing (PKCE)."""
    callback: str
    """Where the provider is to send the browser back to."""


class Proof(Value):
    """Who came back, as the provider says."""

    subject: str
    """Its own name for the person, which stays when an address or a name does not."""
    address: str | None
    address_is_verified: bool
    name: str | None
    attributes: Attributes
    message: str | None = None
    """The id of a message that must not be believed twice."""
    until: datetime | None = None
    """After this the message would not be believed anyway."""


class NotProven(Exception):  # noqa: N818 — it reads as what is wrong
    """What came back proves nothing, and why."""


class Unreachable(Exception):  # noqa: N818 — it reads as what is wrong
    """The provider cannot be asked, and why; or it answered with this status, which helps nobody."""

    def __init__(self, why: str, status: int | None = None) -> None:
        super().__init__(why)
        self.status = status


class Providers(Protocol):
    """Speaks with identity providers."""

    async def way_to(self, provider: Registration, trip: Trip) -> str:
        """Where to send the browser. Raises `Unreachable`."""
        ...

    async def who_came(self, provider: Registration, trip: Trip, said: Mapping[str, str], now: datetime) -> Proof:
        """Who it is that came back with these words. Raises `NotProven` or `Unreachable`."""
        ...

    def description(self, provider: Registration, callback: str) -> bytes | None:
        """What a provider wants to read of us before it knows us: SAML metadata. The others want none."""
        ...


@dataclass(frozen=True)
class Abroad:
    """What it takes to go to a provider, and to come back."""

    providers: Providers
    is_secure: bool
    """Whether browsers reach us with TLS, though it ends before us."""
    origins: tuple[str, ...]
    """Whose pages may call us, and be come back to."""
