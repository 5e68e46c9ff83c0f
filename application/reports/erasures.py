"""What was deleted, and what was erased of people."""

from __future__ import annotations

from application.reports import Kind
from application.trail import TrailEntry


def _shows(entry: TrailEntry) -> bool:
    return entry.event == "deletion"


KIND = Kind("erasures", "Erasures", "What was deleted, and what was erased of people.", _shows)
