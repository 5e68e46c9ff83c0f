"""Reading answers of gateways, in which anything may be missing or null."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def inside(thing: Mapping[str, Any], *names: str) -> dict[str, Any]:
    """What is inside a thing, under a name, and under another in that; nothing where it is missing."""
    found: Any = thing
    for name in names:
        found = found.get(name) or {}
    said: dict[str, Any] = found
    return said


def rows(thing: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    """A list of things; empty where it is missing."""
    found: list[dict[str, Any]] = thing.get(name) or []
    return found


def text(thing: Mapping[str, Any], name: str) -> str | None:
    """A text; None where it is missing or something else."""
    found = thing.get(name)
    return found if isinstance(found, str) else None
