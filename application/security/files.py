"""What was deleted, and what was found in files."""

from __future__ import annotations

from application.security import Sign
from domain.files.events import BelongingsErased, ErasureOfBelongingsOrdered, FileDeleted, FileFoundInfected

SIGNS = (
    Sign(FileDeleted, "deletion"),
    Sign(ErasureOfBelongingsOrdered, "deletion", "warning"),
    Sign(BelongingsErased, "deletion", "warning"),
    Sign(FileFoundInfected, "refusal", "critical"),
)
