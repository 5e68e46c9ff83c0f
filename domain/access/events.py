"""What happened to roles and to who holds them. These words are public: facts are kept in them for ever."""

from __future__ import annotations

from typing import NewType

from domain.kernel import Value

RoleName = NewType("RoleName", str)
Scope = NewType("Scope", str)
"""Where a role holds: `course:algebra`, `department:arts`, `section:7b`, `person:{id}`."""

# --- role:{name} ----------------------------------------------------------------------------------


class RoleDefined(Value):
    permissions: tuple[str, ...]


class PermissionsAdded(Value):
    permissions: tuple[str, ...]


class PermissionsRemoved(Value):
    permissions: tuple[str, ...]


class RoleRetired(Value):
    """It permits nothing any more, whoever holds it."""


# --- grants:{person} ------------------------------------------------------------------------------


class RoleGranted(Value):
    """Without a scope it holds everywhere in the tenant."""

    role: RoleName
    scope: Scope | None = None


class RoleWithdrawn(Value):
    role: RoleName
    scope: Scope | None = None


Event = RoleDefined | PermissionsAdded | PermissionsRemoved | RoleRetired | RoleGranted | RoleWithdrawn
