"""Notices that are signed with a secret we share: the time and an HMAC of the time and the exact bytes."""

from __future__ import annotations

import hashlib
import hmac
import re
from datetime import UTC, datetime

from application.gateways import Forged, TooOld

NOTICE_AGE_S_MAX = 300
"""A notice that was signed longer ago could be one that somebody has kept, to send it again."""
SIGNATURE = re.compile(r"t=([0-9]{1,12}),v1=([0-9a-f]{64})")


def signed(raw: bytes, secret: str, at: float) -> str:
    """What stands in the header of a notice."""
    made = int(at)
    return f"t={made},v1={_code(raw, secret, made)}"


def check_signed(raw: bytes, header: str, secret: str) -> datetime:
    """When a notice was signed. Raises `Forged`."""
    found = SIGNATURE.fullmatch(header)
    if found is None:
        raise Forged("it is not signed")
    made = int(found[1])
    if not hmac.compare_digest(_code(raw, secret, made), found[2]):
        raise Forged("its signature is not of these bytes")
    return datetime.fromtimestamp(made, UTC)


def check_age(made: datetime, now: datetime, age_s_max: int) -> None:
    """Raise `TooOld` where our clocks are further apart than this. No clock is ahead of ours by more, either."""
    if abs((now - made).total_seconds()) > age_s_max:
        raise TooOld(f"it was signed at {made.isoformat()}, which is not within {age_s_max} s of our clock")


def _code(raw: bytes, secret: str, made: int) -> str:
    return hmac.new(secret.encode(), b"%d." % made + raw, hashlib.sha256).hexdigest()
