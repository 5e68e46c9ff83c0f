"""Serials of certificates: derived, so that what is done twice is the same, and not to be guessed."""

from __future__ import annotations

import hashlib
import re
from base64 import b32encode
from uuid import UUID

from domain.certificates.events import Serial

GROUPS, LETTERS = 4, 5
SERIAL = re.compile(rf"[A-Z2-7]{{{LETTERS}}}(?:-[A-Z2-7]{{{LETTERS}}}){{{GROUPS - 1}}}")
"""Five letters four times are 100 bits. There is no 0, 1, 8 or 9 in them, which are mistaken for letters."""


def serial_of(cause: UUID) -> Serial:
    """The serial of the certificate that follows from a fact, or from a command."""
    letters = b32encode(hashlib.sha256(b"annals certificate:" + cause.bytes).digest()).decode()
    return Serial("-".join(letters[at : at + LETTERS] for at in range(0, GROUPS * LETTERS, LETTERS)))


def serial_in(text: str) -> Serial | None:
    """The serial that somebody typed or scanned; None where it can be none."""
    said = text.strip().upper()
    return Serial(said) if SERIAL.fullmatch(said) else None
