"""The port `PasswordRules`: which passwords a tenant takes, by the policy it has adopted."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from application.ledger import TenantId
from application.tenants import Tenants
from domain.tenancy.passwords import broken


class Adopted:
    """As the process remembers it."""

    def __init__(self, tenants: Tenants) -> None:
        self._tenants = tenants

    async def broken(self, tenant: TenantId, password: str, about: Sequence[str]) -> Sequence[str]:
        return broken((await self._tenants.school(tenant)).password_policy, password, about)

    async def lasts(self, tenant: TenantId) -> timedelta | None:
        days = (await self._tenants.school(tenant)).password_policy.expires_after_days
        return None if days is None else timedelta(days=days)

    async def former(self, tenant: TenantId) -> int:
        return (await self._tenants.school(tenant)).password_policy.history
