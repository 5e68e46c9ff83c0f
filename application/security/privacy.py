"""What people ask of us about themselves, and what becomes of it."""

from __future__ import annotations

from application.security import Sign
from domain.privacy.events import (
    DataArchived,
    DataRestored,
    ErasureAsked,
    ExportAsked,
    HoldLifted,
    HoldPlaced,
    PersonErased,
)

SIGNS = (
    Sign(ExportAsked, "export"),
    Sign(ErasureAsked, "deletion", "warning"),
    Sign(PersonErased, "deletion", "warning"),
    Sign(HoldPlaced, "deletion"),
    Sign(HoldLifted, "deletion", "warning"),
    Sign(DataArchived, "export"),
    Sign(DataRestored, "export"),
)
