"""How a fact is told to the world outside: its subject, its headers, its body. `docs/` describes them from here."""

from __future__ import annotations

import hashlib
from functools import cache
from uuid import UUID

import msgspec

from application.catalogue import words
from domain.kernel import Moment, Value

ID = "Nats-Msg-Id"
CORRELATION = "Annals-Correlation"
SCHEMA = "Annals-Schema"
TYPE = "Annals-Type"


class Published(Value):
    """A fact as consumers get it. `data` is as `docs/facts.json` describes it for this `type` and `schema`."""

    id: UUID
    type: str
    schema: str
    tenant: UUID
    stream: str
    version: int
    log: int
    position: int
    at: Moment
    by: str
    correlation: UUID
    causation: UUID | None
    data: msgspec.Raw


def subject(tenant: UUID, type_: str) -> str:
    """`annals.{tenant}.{context}.{Fact}`: consumers choose by any part of it."""
    return f"annals.{tenant}.{type_}"


@cache
def schema_version(type_: str) -> str:
    """Which shape of this fact is told: another shape is another version. `unknown` for a newer program's words."""
    word = words().get(type_)
    if word is None:
        return "unknown"
    return hashlib.sha256(msgspec.json.encode(msgspec.json.schema(word.type), order="sorted")).hexdigest()[:12]
