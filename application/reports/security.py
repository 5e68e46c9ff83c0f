"""What security is watched by."""

from __future__ import annotations

from application.reports import Kind
from application.trail import TrailEntry


def _shows(entry: TrailEntry) -> bool:
    return entry.severity is not None


KIND = Kind("security", "Security", "Logins, second factors, keys, roles, lockouts, exports and deletions.", _shows)
