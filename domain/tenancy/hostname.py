"""One hostname on the platform, and the tenant it belongs to."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import assert_never
from uuid import UUID

from domain.kernel import Decider, Rejected, Value
from domain.tenancy.events import HostnameClaimed, HostnameReleased, HostnameRemapped
from domain.tenancy.events import HostnameEvent as Event

LENGTH_MAX = 253
_NAME = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")


def hostname(said: str) -> str:
    """A hostname as it is compared and kept: in lower case, and what is not ASCII as IDNA writes it."""
    try:
        plain = said.strip().rstrip(".").encode("idna").decode().lower()
        again = plain.encode().decode("idna").encode("idna").decode().lower()
    except UnicodeError:
        raise _malformed() from None
    # A last part of digits is an address and names nobody.
    if plain != again or len(plain) > LENGTH_MAX or not _NAME.fullmatch(plain) or plain.rpartition(".")[2].isdigit():
        raise _malformed()
    return plain


def _malformed() -> Rejected:
    return Rejected("hostname.malformed", "a hostname is like `acme.example`, and it is not a number")


class Claim(Value):
    tenant: UUID


class Release(Value):
    """Give it back, by the tenant that has it."""

    tenant: UUID


class HandOver(Value):
    """Let another tenant have it, with no moment in which nobody has."""

    by: UUID
    to: UUID


Command = Claim | Release | HandOver


class Free(Value, tag=True):
    """It belongs to nobody."""


class Claimed(Value, tag=True):
    tenant: UUID


State = Free | Claimed


def decide(state: State, command: Command) -> Iterator[Event]:
    match state, command:
        case Free(), Claim(tenant):
            yield HostnameClaimed(tenant)
        case Claimed(holder), Claim(tenant) if tenant != holder:
            raise Rejected("hostname.taken", "another tenant is reached under this hostname")
        case Claimed(holder), Release(tenant) if tenant == holder:
            yield HostnameReleased()
        case Claimed(holder), HandOver(_, to) if to == holder:
            return  # Handed over already.
        case Claimed(holder), HandOver(by, to) if by == holder:
            yield HostnameRemapped(to)
        case _, HandOver():
            raise Rejected("hostname.not_theirs", "this hostname is not with the tenant that would hand it over")
        case _:
            return  # Already so: it is theirs, or it is not.


def evolve(_: State, event: Event) -> State:
    match event:
        case HostnameClaimed(tenant) | HostnameRemapped(tenant):
            return Claimed(tenant)
        case HostnameReleased():
            return Free()
        case _:
            assert_never(event)


HOSTNAME = Decider[State, Command, Event]("hostname", Free(), decide, evolve)
