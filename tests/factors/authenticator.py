"""An authenticator in software, as the standards have it (CTAP2, WebAuthn level 2): it makes keys, and signs with them.

It shares no code with ours, but the library that knows the curves, and one that writes CBOR.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import struct
from dataclasses import dataclass, field
from typing import Any, Literal

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

PRESENT, VERIFIED, ELIGIBLE, BACKED_UP, ATTESTED = 0x01, 0x04, 0x08, 0x10, 0x40


def base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def from_base64url(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


@dataclass
class Authenticator:
    """One key, and the browser in front of it. What it says can be made wrong in every way that matters."""

    algorithm: Literal["ES256", "EdDSA"] = "ES256"
    origin: str = "http://localhost:8000"
    domain: str = "localhost"
    verifies: bool = True
    counts: bool = True
    counter: int = 0
    identity: bytes = field(default_factory=lambda: os.urandom(32))
    handle: bytes | None = None
    within: bool = False
    """The page is shown within one of somebody else's."""
    _elliptic: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    _edwards: ed25519.Ed25519PrivateKey = field(default_factory=ed25519.Ed25519PrivateKey.generate)

    def make(self, options: Any) -> dict[str, Any]:
        """What `navigator.credentials.create()` gives, as `toJSON()` writes it."""
        assert {"type": "public-key", "alg": -7 if self.algorithm == "ES256" else -8} in options["pubKeyCredParams"]
        self.handle = from_base64url(options["user"]["id"])
        attested = bytes(16) + struct.pack(">H", len(self.identity)) + self.identity + cbor2.dumps(self._cose())
        said: dict[str, Any] = {"fmt": "none", "attStmt": {}, "authData": self._data(ATTESTED, attested)}
        client = self._client("webauthn.create", options["challenge"])
        return self._answer(
            clientDataJSON=base64url(client), attestationObject=base64url(cbor2.dumps(said)), transports=["internal"]
        )

    def sign(self, options: Any) -> dict[str, Any]:
        """What `navigator.credentials.get()` gives, as `toJSON()` writes it."""
        assert options["userVerification"] == "required"
        data, client = self._data(0, b""), self._client("webauthn.get", options["challenge"])
        signed = self._signed(data + hashlib.sha256(client).digest())
        return self._answer(
            clientDataJSON=base64url(client),
            authenticatorData=base64url(data),
            signature=base64url(signed),
            userHandle=None if self.handle is None else base64url(self.handle),
        )

    def _data(self, flags: int, attested: bytes) -> bytes:
        """Authenticator data: whose domain, what was seen of the person, how often it has signed."""
        if self.counts:
            self.counter += 1
        flags |= PRESENT | ELIGIBLE | BACKED_UP | (VERIFIED if self.verifies else 0)
        return hashlib.sha256(self.domain.encode()).digest() + struct.pack(">BI", flags, self.counter) + attested

    def _client(self, kind: str, challenge: str) -> bytes:
        said = {"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": self.within}
        return json.dumps(said).encode()

    def _cose(self) -> dict[int, Any]:
        if self.algorithm == "EdDSA":
            return {1: 1, 3: -8, -1: 6, -2: self._edwards.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)}
        point = self._elliptic.public_key().public_numbers()
        return {1: 2, 3: -7, -1: 1, -2: point.x.to_bytes(32), -3: point.y.to_bytes(32)}

    def _signed(self, what: bytes) -> bytes:
        if self.algorithm == "EdDSA":
            return self._edwards.sign(what)
        return self._elliptic.sign(what, ec.ECDSA(hashes.SHA256()))

    def _answer(self, **response: Any) -> dict[str, Any]:
        name = base64url(self.identity)
        return {
            "id": name,
            "rawId": name,
            "type": "public-key",
            "authenticatorAttachment": "platform",
            "clientExtensionResults": {},
            "response": response,
        }
