"""Identity providers that people come in by."""

from __future__ import annotations

from application.security import Sign
from domain.sso.events import (
    LoginLinked,
    LoginUnlinked,
    ProviderConfigured,
    ProviderDisabled,
    ProviderEnabled,
    ProviderRemoved,
    ProviderRevised,
    RolesMapped,
)

SIGNS = (
    *(Sign(type_, "provider", "warning") for type_ in (ProviderConfigured, ProviderRevised, ProviderEnabled)),
    *(Sign(type_, "provider", "warning") for type_ in (ProviderDisabled, ProviderRemoved)),
    Sign(LoginLinked, "login"),
    Sign(LoginUnlinked, "login"),
    Sign(RolesMapped, "role", "warning"),
)
