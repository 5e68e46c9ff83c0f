"""Apps that show a code which changes every 30 seconds (RFC 6238): what they are given, and what they show."""

from __future__ import annotations

import base64
import io
import secrets
from datetime import datetime
from hmac import compare_digest

import segno
from pyotp.totp import TOTP

from application.authenticators import Invitation

STEP_S = 30
DRIFT_STEPS = 1
"""A clock may be wrong, and a person slow: the code before and the one after are accepted as well."""
SECRET_BYTES = 20
"""As long as the hash it is used with (RFC 4226)."""


class AuthenticatorApps:
    """The port `CodeApps`."""

    def new_secret(self) -> bytes:
        return secrets.token_bytes(SECRET_BYTES)

    def invitation(self, secret: bytes, account: str, issuer: str) -> Invitation:
        uri = _codes(secret).provisioning_uri(name=account, issuer_name=issuer)
        picture = io.BytesIO()
        segno.make(uri, error="m", micro=False).save(picture, kind="png", scale=6, border=4)
        return Invitation(base64.b32encode(secret).decode().rstrip("="), uri, picture.getvalue())

    def step_of(self, secret: bytes, code: str, at: datetime) -> int | None:
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
