"""Names for what must not be said, and texts that only we can have written: keyed hashes of one key of ours."""

from __future__ import annotations

import hmac
import unicodedata
from base64 import b32encode, urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence

import msgspec

from application.ledger import TenantId

KEY_BYTES = 32
NAME_LENGTH = 26
"""So many letters of base32 are 130 bits."""
NAME_BYTES = 20
"""So many bytes are enough letters; more would only be written to be cut off."""


class KeyedBlind:
    """The port `Blind`. Keys are 32 bytes in base64url."""

    def __init__(self, key: str, before: Sequence[str] = ()) -> None:
        """`before` are earlier keys, the newest first: what was written under them is still believed.

        Names are made under the oldest of all, because streams have them for ever.
        """
        self.masters = tuple(key_bytes(one) for one in (key, *before))
        self._naming = derived(self.masters[-1], "names")
        self._signing = tuple(derived(master, "tokens") for master in self.masters)

    def blind(self, tenant: TenantId, kind: str, value: str) -> str:
        said = f"{tenant}\0{kind}\0{_folded(value)}"
        digest = hmac.digest(self._naming, said.encode("utf-8", "surrogatepass"), "sha256")
        return b32encode(digest[:NAME_BYTES]).decode()[:NAME_LENGTH].lower()

    def seal_token(self, purpose: str, *parts: str) -> str:
        said = _encoded(msgspec.json.encode(parts))
        return f"{said}.{_signed(self._signing[0], purpose, said)}"

    def open_token(self, purpose: str, token: str) -> tuple[str, ...] | None:
        said, _, mark = token.rpartition(".")
        if not token.isascii():
            return None
        for key in self._signing:
            if hmac.compare_digest(_signed(key, purpose, said), mark):
                return msgspec.json.decode(urlsafe_b64decode(said + "=" * (-len(said) % 4)), type=tuple[str, ...])
        return None


def key_bytes(text: str) -> bytes:
    """A key from how it is written."""
    raw = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if len(raw) != KEY_BYTES:
        raise ValueError(f"a key of the vault has {KEY_BYTES} bytes, not {len(raw)}")
    return raw


def derived(master: bytes, purpose: str) -> bytes:
    """A key for one purpose, so that what is learned of one says nothing of another."""
    return hmac.digest(master, f"annals vault: {purpose}".encode(), "sha256")


def _signed(key: bytes, purpose: str, said: str) -> str:
    return _encoded(hmac.digest(key, f"{purpose}\0{said}".encode(), "sha256"))


def _folded(value: str) -> str:
    """As people mean it: however it was typed, in whichever case."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", value).casefold())


def _encoded(raw: bytes) -> str:
    return urlsafe_b64encode(raw).decode().rstrip("=")
