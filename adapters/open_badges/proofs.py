"""Data Integrity proofs (eddsa-rdfc-2022): what is signed is what a document means, not how it is written."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

CONTEXTS = {
    "https://www.w3.org/ns/credentials/v2": "credentials-v2.json",
    "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json": "open-badges-v3.json",
}
FOLDER = Path(__file__).parent / "contexts"
LETTERS = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
ED25519 = b"\xed\x01"
"""How a public key of this kind begins, in the words of multicodec."""


class Issuer:
    """Signs in a name that is its own public key, so that nobody has to be asked for it."""

    def __init__(self, seed: bytes) -> None:
        self._key = Ed25519PrivateKey.from_private_bytes(seed)
        said = base58(ED25519 + self._key.public_key().public_bytes_raw())
        self.name = f"did:key:{said}"
        self.method = f"{self.name}#{said}"

    def signed(self, document: dict[str, Any], at: datetime) -> dict[str, Any]:
        """The document with a proof that it is ours."""
        proof = {
            "type": "DataIntegrityProof",
            "cryptosuite": "eddsa-rdfc-2022",
            "created": at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "verificationMethod": self.method,
            "proofPurpose": "assertionMethod",
        }
        signature = self._key.sign(_hashed(document, proof))
        return {**document, "proof": {**proof, "proofValue": base58(signature)}}


def base58(raw: bytes) -> str:
    """As bitcoin writes bytes, with the letter of multibase that says so."""
    number, text = int.from_bytes(raw, "big"), ""
    while number:
        number, letter = divmod(number, len(LETTERS))
        text = LETTERS[letter] + text
    zeros = len(raw) - len(raw.lstrip(b"\0"))
    return "z" + LETTERS[0] * zeros + text


def _hashed(document: dict[str, Any], proof: dict[str, Any]) -> bytes:
    parts = ({"@context": document["@context"], **proof}, document)
    return b"".join(hashlib.sha256(_canonical(part)).digest() for part in parts)


def _canonical(document: dict[str, Any]) -> bytes:
    """RDFC-1.0 is URDNA2015 by another name for all that has no control characters in it."""
    from pyld import jsonld  # type: ignore[import-untyped]  # noqa: PLC0415 — it is large: loaded where badges are made

    options = {"algorithm": "URDNA2015", "format": "application/n-quads", "documentLoader": _load}
    library: Any = jsonld
    return str(library.normalize(document, options)).encode()


def _load(url: str, _options: dict[str, Any]) -> dict[str, Any]:
    if url not in CONTEXTS:
        raise LookupError(f"{url} is none of the contexts that are kept here")
    return {"contextUrl": None, "documentUrl": url, "contentType": "application/ld+json", "document": _context(url)}


@cache
def _context(url: str) -> Any:
    return msgspec.json.decode((FOLDER / CONTEXTS[url]).read_bytes())
