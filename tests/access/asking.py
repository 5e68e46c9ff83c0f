"""Roles defined and granted for tests of what can be asked."""

from __future__ import annotations

from typing import Any

from application.do import Do
from application.ledger import Receipt, TenantId
from domain.access.events import RoleName, Scope
from domain.access.grants import GRANTS, GrantRole, WithdrawRole
from domain.access.role import ROLE, DefineRole
from tests.followers.running import TENANT, caller

MARKER = RoleName("marker")
ALGEBRA = Scope("course:algebra")
READ, LEARN, ENROLL = "enrollments.read", "enrollments.learn", "enrollments.enroll"


async def define(do: Do, role: str, *permissions: str, tenant: TenantId = TENANT) -> Receipt:
    wanted = frozenset(permissions)
    return await do(ROLE.at(role), DefineRole(wanted, wanted), caller(tenant))


async def change(do: Do, role: str, command: Any) -> Receipt:
    return await do(ROLE.at(role), command, caller())


async def grant(do: Do, person: str, role: str, scope: str | None = None, *, tenant: TenantId = TENANT) -> Receipt:
    wanted = frozenset({READ})
    where = None if scope is None else Scope(scope)
    return await do(GRANTS.at(person), GrantRole(RoleName(role), where, wanted, wanted), caller(tenant))


async def withdraw(do: Do, person: str, role: str, scope: str | None = None) -> Receipt:
    wanted = frozenset({READ})
    where = None if scope is None else Scope(scope)
    return await do(GRANTS.at(person), WithdrawRole(RoleName(role), where, wanted, wanted), caller())
