"""What was taken away: whole trails, and whole histories."""

from __future__ import annotations

from application.reports import Kind
from application.trail import TrailEntry


def _shows(entry: TrailEntry) -> bool:
    return entry.event == "export"


KIND = Kind("exports", "Exports", "Who took what away: facts, trails, and what there is of a person.", _shows)
