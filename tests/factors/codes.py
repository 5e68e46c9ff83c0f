"""One-time codes, made by hand after RFC 4226 and RFC 6238, to hold ours against."""

from __future__ import annotations

import base64
import hashlib
import hmac
import struct
import time


def code(secret: bytes, at: float, *, digits: int = 6, algorithm: str = "sha1") -> str:
    """The code of a secret at a time."""
    digest = hmac.new(secret, struct.pack(">Q", int(at) // 30), getattr(hashlib, algorithm)).digest()
    start = digest[-1] & 0xF
    number = struct.unpack(">I", digest[start : start + 4])[0] & 0x7FFFFFFF
    return str(number % 10**digits).zfill(digits)


def code_of(written: str, *, later: int = 0) -> str:
    """The code that an app shows now which was given this secret, or shows so many steps later."""
    secret = base64.b32decode(written + "=" * (-len(written) % 8))
    return code(secret, time.time() + 30 * later)
