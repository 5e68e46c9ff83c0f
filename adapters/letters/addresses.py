"""Addresses as mail servers everywhere take them."""

from __future__ import annotations

import re
from email.utils import parseaddr

import idna

from domain.kernel import Value

LOCAL_PART = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-][A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{0,63}")
"""Without quotes, spaces and letters from outside ASCII. Dots may stand together or last: there are such mailboxes."""
ADDRESS_LENGTH_MAX = 254


class NotAnAddress(ValueError):  # noqa: N818 — said of a text
    """This cannot be written to. The text itself is somebody's, and is not repeated."""


class Sender(Value):
    """Who letters come from."""

    address: str
    name: str = ""

    @property
    def domain(self) -> str:
        return self.address.rpartition("@")[2]


def address(text: str) -> str:
    """An address in ASCII: a domain in other letters is encoded. A local part in other letters is refused, for most
    mail servers refuse it too.
    """
    local, at, domain = text.rpartition("@")
    if not at or not LOCAL_PART.fullmatch(local):
        raise NotAnAddress("not an address that mail can be sent to: its local part")
    try:
        encoded = idna.encode(domain, uts46=True).decode()
    except idna.IDNAError:
        raise NotAnAddress("not an address that mail can be sent to: its domain") from None
    if len(local) + 1 + len(encoded) > ADDRESS_LENGTH_MAX:
        raise NotAnAddress("not an address that mail can be sent to: it is too long")
    return f"{local}@{encoded}"


def sender(text: str) -> Sender:
    """`Annals <no-reply@school.example>`, or the address alone."""
    name, bare = parseaddr(text)
    if not name.isprintable():
        raise NotAnAddress("the name of a sender is one line of text")
    return Sender(address(bare), name)
