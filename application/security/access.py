"""Who may what."""

from __future__ import annotations

from application.security import Sign
from domain.access.events import (
    PermissionsAdded,
    PermissionsRemoved,
    RoleDefined,
    RoleGranted,
    RoleRetired,
    RoleWithdrawn,
)

SIGNS = tuple(
    Sign(type_, "role", "warning")
    for type_ in (RoleDefined, PermissionsAdded, PermissionsRemoved, RoleRetired, RoleGranted, RoleWithdrawn)
)
