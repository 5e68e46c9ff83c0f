"""Who came in, who read what is watched, whose roles were changed, and who was refused."""

from __future__ import annotations

from application.reports import Kind
from application.trail import TrailEntry

_EVENTS = frozenset({"login", "two_factor", "key", "role", "lockout", "password", "account", "provider", "refusal"})


def _shows(entry: TrailEntry) -> bool:
    return entry.kind == "read" or entry.event in _EVENTS


KIND = Kind("access", "Access", "Who came in, what they read of what is watched, and who was refused.", _shows)
