"""The port `Retained`: what came in and is kept in the vault beside the facts, as it is sealed there."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg_pool import ConnectionPool

from application.ledger import TenantId
from application.ports import RetainedItem

_OLDER = """
select id, kind, person, made_at, sealed from vault.secrets
where tenant = %s and kind = any (%s) and made_at < %s
order by made_at, id limit %s
"""
_DROP = "delete from vault.secrets where tenant = %s and id = any (%s)"
_PUT_BACK = """
insert into vault.secrets (tenant, id, kind, person, made_at, sealed) values (%s, %s, %s, %s, %s, %s)
on conflict do nothing
"""


class PostgresRetained:
    """Asked by jobs, in the threads they run in."""

    def __init__(self, pool: ConnectionPool[Any]) -> None:
        self._pool = pool

    def older(self, tenant: TenantId, kinds: Collection[str], before: datetime, limit: int) -> Sequence[RetainedItem]:
        with self._pool.connection() as connection:
            found = connection.execute(_OLDER, (tenant, list(kinds), before, limit)).fetchall()
        return [RetainedItem(str(row[0]), *row[1:]) for row in found]

    def drop(self, tenant: TenantId, items: Collection[str]) -> None:
        with self._pool.connection() as connection:
            connection.execute(_DROP, (tenant, [UUID(item) for item in items]))

    def put_back(self, tenant: TenantId, items: Sequence[RetainedItem]) -> None:
        with self._pool.connection() as connection, connection.transaction(), connection.cursor() as cursor:
            rows = [(tenant, UUID(one.id), one.kind, one.person, one.made_at, one.sealed) for one in items]
            cursor.executemany(_PUT_BACK, rows)
