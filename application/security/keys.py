"""API keys."""

from __future__ import annotations

from application.security import Sign
from domain.keys.events import ApiKeyIssued, ApiKeyRevoked, ApiKeyRotated

SIGNS = (Sign(ApiKeyIssued, "key", "warning"), Sign(ApiKeyRotated, "key"), Sign(ApiKeyRevoked, "key", "warning"))
