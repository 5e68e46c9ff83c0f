"""How long what came in is kept, what was put away after that, and what was held back or restored."""

from __future__ import annotations

from application.reports import Kind, of_facts

KIND = Kind(
    "retention",
    "Retention",
    "How long data is kept, and what was put away, held back and restored.",
    of_facts("privacy.Retention", "privacy.Data", "privacy.ArchivingHeldBack", "privacy.Restore"),
)
