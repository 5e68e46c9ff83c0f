"""An entry of the trail: who did what, when, from where, to which record, with what outcome, in which correlation.

Every command has one, also those that were refused; so has every request that was refused before it was a command, and
every read that is watched. The line is what is hashed into the tree over a tenant's trail, to the byte; its fields are
in this order for ever.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import Literal
from uuid import UUID, uuid5

import msgspec

from application.permissions import AUDITOR, permissions
from application.security import Event, Severity
from application.standing import Principal
from domain.kernel import Value

CLERK = "clerk"
"""Who takes what has happened into the trail."""

Kind = Literal["command", "refusal", "read"]
Outcome = Literal["accepted", "refused"]

_TRAILS = UUID("0d3c7f0a-54d1-5f0e-8b8f-6a2f0c4f1e77")


class Note(msgspec.Struct, frozen=True, gc=False):
    """What the ledger knows nothing of: a request that was refused before it was a command, or a watched read."""

    tenant: UUID
    id: UUID
    kind: Kind
    at: datetime
    by: str
    action: str
    route: str
    record: str
    outcome: Outcome
    code: str | None
    times: int
    correlation: UUID
    origin: str


class Entry(msgspec.Struct, frozen=True, gc=False):
    """All that is kept of what somebody did, but for where they came from: of that there is a digest, with salt."""

    tenant: UUID
    number: int
    kind: Kind
    id: UUID
    at: datetime
    by: str
    action: str
    route: str
    record: str
    outcome: Outcome
    code: str | None
    times: int
    facts: tuple[str, ...]
    position: int
    correlation: UUID
    causation: UUID | None
    origin_digest: str | None


class Origin(msgspec.Struct, frozen=True, omit_defaults=False):
    """From where. Of what policies and jobs do there is nothing."""

    address: str | None = None
    agent: str | None = None
    request: str | None = None
    api_key: str | None = None


class TrailEntry(Value):
    """Who did what, when, from where, to which record, with what outcome, under which correlation.

    `number` is its place in the trail, `facts` the types of the facts that a command decided, `times` how often it was
    refused in the same words within a moment.
    """

    number: int
    kind: Kind
    id: UUID
    at: datetime
    by: str
    action: str
    route: str
    record: str
    outcome: Outcome
    code: str | None
    times: int
    facts: tuple[str, ...]
    position: int
    correlation: UUID
    causation: UUID | None
    origin: Origin | None
    event: Event | None
    severity: Severity | None


COLUMNS = (
    *("number", "at", "by", "kind", "action", "route", "record", "outcome", "code", "times", "facts", "position"),
    *("correlation", "causation", "address", "agent", "id"),
)
"""What a table of entries shows of each."""


def cells(entry: TrailEntry) -> list[str]:
    """An entry as a row of a table."""
    origin = entry.origin or Origin()
    said: dict[str, object] = {
        **{name: getattr(entry, name) for name in entry.__struct_fields__},
        "at": entry.at.astimezone(UTC).isoformat(timespec="microseconds"),
        "facts": " ".join(entry.facts),
        "address": origin.address,
        "agent": origin.agent,
    }
    return ["" if said[name] is None else str(said[name]) for name in COLUMNS]


line = msgspec.json.Encoder().encode
"""The bytes of an entry."""


def tree_of(tenant: UUID) -> UUID:
    """The id of the tree over a tenant's trail."""
    return uuid5(_TRAILS, tenant.hex)


def origin_digest(origin: str, salt: bytes) -> str:
    """What is in the leaf of where somebody came from. Without the salt nobody guesses an address from it."""
    return hashlib.sha256(salt + origin.encode()).hexdigest()


def watched(principal: Principal, permission: str, about: str | None) -> bool:
    """Whether a read is noted: all that an auditor reads, and what others see of people. Not what is one's own."""
    if about is not None and about == principal.person:
        return False
    if permissions()[permission].watched:
        return True
    return any(grant.role == AUDITOR for grant in principal.standing.grants)
