"""A leaf of the tree: a fact as it is kept, personal data sealed, as one line of JSON.

The line is what is hashed, to the byte, so it is also what auditors are given: they need not know how to write it. Its
fields are in this order for ever. What is kept of `data` comes last, as it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec


class Leaf(msgspec.Struct, frozen=True, gc=False):
    """All that is kept of a fact."""

    tenant: UUID
    log: int
    position: int
    stream: str
    version: int
    type: str
    id: UUID
    at: datetime
    by: str
    command: UUID
    correlation: UUID
    causation: UUID | None
    data: msgspec.Raw


line = msgspec.json.Encoder().encode
"""The bytes of a leaf."""


def line_of(columns: Sequence[Any]) -> bytes:
    """The bytes of a leaf from its fields in their order, where the data comes as text."""
    fields: list[Any] = [*columns[:-1], msgspec.Raw(columns[-1].encode())]
    return line(Leaf(*fields))
