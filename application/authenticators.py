"""What we need of authenticators: of the apps that show codes, and of the devices that hold passkeys."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Any, Protocol

from application.ledger import TenantId
from domain.kernel import PersonId, Value

# --- apps that show codes -------------------------------------------------------------------------


class Invitation(Value):
    """What an app is told to show codes: as a person types it, as apps read it, and that as a picture (PNG)."""

    secret: str
    uri: str
    picture: bytes


class CodeApps(Protocol):
    """Apps that show a code which changes every 30 seconds."""

    def new_secret(self) -> bytes:
        """What an app makes its codes of."""
        ...

    def invitation(self, secret: bytes, account: str, issuer: str) -> Invitation:
        """What it is told."""
        ...

    def step_of(self, secret: bytes, code: str, at: datetime) -> int | None:
        """Which step this is the code of, among those near a time; None if of none."""
        ...


# --- passkeys -------------------------------------------------------------------------------------

_NAMES = {
    "client_data_json": "clientDataJSON",
    "attestation_object": "attestationObject",
    "authenticator_data": "authenticatorData",
    "user_handle": "userHandle",
}
"""As browsers write them."""


class Unbelieved(Exception):  # noqa: N818 — it reads as what is wrong
    """An answer of an authenticator that is not believed, and why."""


class Attestation(Value, rename=_NAMES):
    """What a browser says of a key that was made; more of it is not read."""

    client_data_json: str = ""
    attestation_object: str = ""
    transports: tuple[str, ...] = ()


class Assertion(Value, rename=_NAMES):
    """What a browser says of a challenge that was signed."""

    client_data_json: str = ""
    authenticator_data: str = ""
    signature: str = ""
    user_handle: str | None = None


class MadeKey(Value):
    """What `navigator.credentials.create()` gives, as `toJSON()` writes it."""

    id: str
    response: Attestation


class SignedChallenge(Value):
    """What `navigator.credentials.get()` gives, as `toJSON()` writes it."""

    id: str
    response: Assertion


class NewKey(Value):
    """A key that was made, and is believed."""

    credential: str
    public_key: str
    counter: int
    authenticator: str
    backed_up: bool


class Party(Value):
    """Who we are to authenticators: the domain that passkeys are kept for, and whose pages may ask for them."""

    domain: str
    origins: tuple[str, ...]
    name: str = "Annals"


class Authenticators(Protocol):
    """Devices that hold passkeys, and the browsers in front of them."""

    def party(self, host: str) -> Party:
        """Who we are when we are reached under this hostname."""
        ...

    def ask_to_make(
        self, party: Party, challenge: str, person: PersonId, account: str, known: Sequence[str]
    ) -> dict[str, Any]:
        """What `navigator.credentials.create()` takes. `known` are the keys there are, so that none is made twice."""
        ...

    def ask_to_sign(self, party: Party, challenge: str) -> dict[str, Any]:
        """What `navigator.credentials.get()` takes. No key is named: it says nothing of who has one."""
        ...

    def challenge_of(self, answer: MadeKey | SignedChallenge) -> str:
        """The challenge that an answer says it is to. Whether it was ours is for others to find out."""
        ...

    def key_of(self, answer: MadeKey, party: Party, challenge: str) -> NewKey:
        """The key that was made for us, in answer to this challenge; or `Unbelieved`."""
        ...

    def count_of(self, answer: SignedChallenge, party: Party, challenge: str, public_key: str, person: PersonId) -> int:
        """How often the key says it has signed, this challenge of ours included; or `Unbelieved`."""
        ...


KnownKeys = Callable[[TenantId, PersonId], Awaitable[Sequence[str]]]
"""Tells the passkeys that a person has, as authenticators call them."""
