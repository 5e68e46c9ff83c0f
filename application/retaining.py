"""What is kept at hand for a while, put away in files as it is sealed, and brought back when it is wanted.

A file is written, read again and compared before anything is dropped that it is for; its name follows from the order,
so a job that broke off goes on with the very same file.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import sha256
from types import MappingProxyType

import msgspec

from application.ports import RetainedItem
from domain.privacy.events import DataClass

KINDS: Mapping[DataClass, tuple[str, ...]] = MappingProxyType(
    {"lists": ("enrollments.list", "enrollments.errors"), "notices": ("gateway.notice",)}
)
"""Of each class of data, what it is called where it is kept."""
AT_ONCE = 200
"""So many are put away together."""

_lines = msgspec.json.Encoder().encode_lines
_line = msgspec.json.Decoder(RetainedItem)


def file_name(data_class: DataClass, archive: str) -> str:
    """Under which name an archive is kept."""
    return f"archives/{data_class}/{archive}.jsonl"


def packed(items: Sequence[RetainedItem]) -> bytes:
    """The content of an archive: one of them a line."""
    return _lines(items)


def unpacked(content: bytes) -> tuple[RetainedItem, ...]:
    """What is in an archive."""
    return tuple(_line.decode(line) for line in content.splitlines())


def checksum(content: bytes) -> str:
    return sha256(content).hexdigest()
