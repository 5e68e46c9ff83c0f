"""Apps that show a code which changes every 30 seconds (RFC 6238): what they are given, and what they show."""

from __future__ import annotations

import base64
import io
import secrets
from datetime import datetime
from hmac import compare_digest

import segno
from pyotp.totp import TOTP

STEP_S = 30
DRIFT_STEPS = 1
"""A clock may be wrong, and a person slow: the code before and the one after are accepted as well."""
SECRET_BYTES = 20
"""As long as the hash it is used with (RFC 4226)."""


def new_secret() -> bytes:
    """What an app makes its codes of."""
    return secrets.token_bytes(SECRET_BYTES)


def uri(secret: bytes, account: str, issuer: str) -> str:
    """What an app is told: the secret, and whose it is."""
    return _codes(secret).provisioning_uri(name=account, issuer_name=issuer)


def picture(text: str) -> bytes:
    """A text as a QR code, to be read by the camera of a phone: a PNG."""
    image = io.BytesIO()
    segno.make(text, error="m", micro=False).save(image, kind="png", scale=6, border=4)
    return image.getvalue()


def written(secret: bytes) -> str:
    """The secret as a person types it into an app."""
    return base64.b32encode(secret).decode().rstrip("=")


def step_of(secret: bytes, code: str, at: datetime) -> int | None:
    """Which step this is the code of, among those near a time; None if of none."""
    codes = _codes(secret)
    now = int(at.timestamp()) // STEP_S
    near = (now, *(step for far in range(1, DRIFT_STEPS + 1) for step in (now - far, now + far)))
    found: int | None = None
    for step in near:  # All of them are looked at, so that the time it takes says nothing.
        if compare_digest(codes.generate_otp(step).encode(), code.encode()) and found is None:
            found = step
    return found


def _codes(secret: bytes) -> TOTP:
    return TOTP(base64.b32encode(secret).decode(), interval=STEP_S)
