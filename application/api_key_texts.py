"""What an API key looks like: `ak_<which><whose>_<secret>`, all of it letters and digits.

`which` is the id of the key, and what people are shown of it later; `whose` is the tenant, so that a key is found
without asking every tenant. The secret has 256 bits of chance. It is kept as its SHA-256, without salt and without
slowness: those protect what people can think up, and nobody can think up, list or try out 2^256 texts. What is kept
is sealed in the vault besides.
"""

from __future__ import annotations

import hashlib
import secrets
import string
from uuid import UUID

from application.ledger import TenantId
from domain.kernel import Value

BEGINNING = "ak_"
_DIGITS = string.digits + string.ascii_uppercase + string.ascii_lowercase
_VALUES = {digit: value for value, digit in enumerate(_DIGITS)}

WHICH = 12
"""How many characters tell one key from others: 71 bits of chance."""
_WHOSE = 22
_SECRET = 43
LENGTH = len(BEGINNING) + WHICH + _WHOSE + 1 + _SECRET


class NewKey(Value):
    """A key that nobody has seen yet."""

    id: str
    text: str
    digest: bytes


def new_key(tenant: TenantId) -> NewKey:
    """A key of a tenant's, made by chance."""
    id_ = "".join(secrets.choice(_DIGITS) for _ in range(WHICH))
    secret = _written(secrets.randbits(256), _SECRET)
    text = f"{BEGINNING}{id_}{_written(tenant.int, _WHOSE)}_{secret}"
    return NewKey(id_, text, digest(text))


def prefix(id_: str) -> str:
    """How a key of this id begins: by this people know it."""
    return BEGINNING + id_


def digest(text: str) -> bytes:
    """What is kept of a key."""
    return hashlib.sha256(text.encode()).digest()


def whose(text: str) -> tuple[TenantId, str] | None:
    """The tenant and the id that a text names; None if it has not the form of a key."""
    if len(text) != LENGTH or not text.startswith(BEGINNING) or text[-_SECRET - 1] != "_":
        return None
    id_, tenant = text[len(BEGINNING) :][:WHICH], text[len(BEGINNING) + WHICH : -_SECRET - 1]
    number = _read(tenant)
    if number is None or number >> 128 or _read(id_) is None:
        return None
    return TenantId(UUID(int=number)), id_


def _written(number: int, length: int) -> str:
    digits: list[str] = []
    for _ in range(length):
        number, value = divmod(number, len(_DIGITS))
        digits.append(_DIGITS[value])
    return "".join(reversed(digits))


def _read(text: str) -> int | None:
    number = 0
    for digit in text:
        value = _VALUES.get(digit)
        if value is None:
            return None
        number = number * len(_DIGITS) + value
    return number
