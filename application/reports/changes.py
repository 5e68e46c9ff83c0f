"""What was changed: every command that decided facts."""

from __future__ import annotations

from application.reports import Kind
from application.trail import TrailEntry


def _shows(entry: TrailEntry) -> bool:
    return bool(entry.facts)


KIND = Kind("changes", "Changes", "Who changed what: every command that was accepted and decided something.", _shows)
