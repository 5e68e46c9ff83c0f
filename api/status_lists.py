"""The lists that say which badges hold no more, as the school that issued them signs them."""

from __future__ import annotations

import asyncio
from datetime import datetime

from api.links import address
from api.schools import EVERYONES
from application.ledger import TenantId
from application.papers import Badges
from application.tenants import Tenants


class StatusLists:
    def __init__(self, tenants: Tenants, badges: Badges, url: str) -> None:
        self._tenants = tenants
        self._badges = badges
        self._url = url

    async def signed(self, tenant: TenantId, path: str, revoked: frozenset[int], at: datetime) -> bytes:
        """The list that is shown under a path, in which these places are revoked."""
        school = await self._tenants.name(tenant) or EVERYONES
        url = address(self._url, await self._tenants.hostname(tenant), tenant, path)
        return await asyncio.to_thread(self._badges.status_list, tenant, school, url, revoked, at)
