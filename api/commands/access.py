"""Roles, and who holds them."""

from __future__ import annotations

from typing import Annotated

import msgspec

from api.http.commands import Doing, command
from application.access import defining, extending, granting, ours, withdrawing
from application.ledger import Receipt
from application.permissions import known
from domain.access.events import RoleName, Scope
from domain.access.role import ROLE, RemovePermissions, RetireRole
from domain.kernel import ID, PersonId, Value

Role = Annotated[RoleName, ID]
Person = Annotated[PersonId, ID]
Where = Annotated[
    Scope,
    msgspec.Meta(
        pattern=r"^(course|department|person|section):[A-Za-z0-9][A-Za-z0-9._~-]{0,63}$(?!\n)",
        max_length=75,
        description="Within what the role holds: `course:algebra`, `department:arts`, `section:7b`, `person:{id}`.",
    ),
]
PERMISSIONS_MAX = 200
Permissions = Annotated[
    tuple[Annotated[str, msgspec.Meta(min_length=1, max_length=64)], ...],
    msgspec.Meta(min_length=1, max_length=PERMISSIONS_MAX),
]


class DefineRoleBody(Value, forbid_unknown_fields=True):
    """What a role is called, and what it permits."""

    name: Role
    permissions: Permissions


class PermissionsBody(Value, forbid_unknown_fields=True):
    """Some permissions, by their names."""

    permissions: Permissions


class GrantBody(Value, forbid_unknown_fields=True):
    """Which role, and where it holds: everywhere, unless it says within what."""

    role: Role
    scope: Where | None = None


@command(
    "/api/roles",
    requires="access.define",
    limit="command",
    refuses=[
        "permission.unknown",
        "permission.not_held",
        "role.built_in",
        "role.permits_nothing",
        "role.defined_otherwise",
        "role.retired",
    ],
    example={"name": "course-assistant", "permissions": ["enrollments.enroll", "enrollments.read"]},
)
async def define_role(body: DefineRoleBody, do: Doing) -> Receipt:
    """Define a role."""
    return await do.across(*defining(do.principal, body.name, known(body.permissions)))


@command(
    "/api/roles/{role}/permissions/add",
    requires="access.define",
    limit="command",
    refuses=["permission.unknown", "permission.not_held", "role.built_in", "role.retired", "not_found"],
    example={"permissions": ["enrollments.learn"]},
)
async def add_permissions(role: Role, body: PermissionsBody, do: Doing) -> Receipt:
    """Let a role permit more."""
    return await do.across(*extending(do.principal, role, known(body.permissions)))


@command(
    "/api/roles/{role}/permissions/remove",
    requires="access.define",
    limit="command",
    refuses=["permission.unknown", "role.built_in", "role.retired", "not_found"],
    example={"permissions": ["enrollments.learn"]},
)
async def remove_permissions(role: Role, body: PermissionsBody, do: Doing) -> Receipt:
    """Let a role permit less, whoever holds it."""
    return await do(ROLE.at(ours(role)), RemovePermissions(known(body.permissions)))


@command(
    "/api/roles/{role}/retire",
    requires="access.define",
    limit="command",
    refuses=["role.built_in", "not_found"],
)
async def retire_role(role: Role, do: Doing) -> Receipt:
    """Let a role permit nothing any more, for ever."""
    return await do(ROLE.at(ours(role)), RetireRole())


@command(
    "/api/people/{person}/roles/grant",
    requires="access.grant",
    limit="command",
    refuses=["permission.not_held", "grant.not_here", "grant.not_scoped", "grant.needs_person", "not_found"],
    example={"role": "staff", "scope": "course:celestial-navigation"},
)
async def grant_role(person: Person, body: GrantBody, do: Doing) -> Receipt:
    """Grant a role to a person.

    Whoever grants it must be allowed, in the same place, all that it permits.
    """
    return await do.across(*granting(do.principal, person, body.role, body.scope))


@command(
    "/api/people/{person}/roles/withdraw",
    requires="access.grant",
    limit="command",
    refuses=["permission.not_held"],
    example={"role": "staff", "scope": "course:celestial-navigation"},
)
async def withdraw_role(person: Person, body: GrantBody, do: Doing) -> Receipt:
    """Withdraw a role from a person."""
    return await do.across(*withdrawing(do.principal, person, body.role, body.scope))
