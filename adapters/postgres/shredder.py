"""What the vault forgets for those who cannot wait in `await`: jobs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from psycopg_pool import ConnectionPool

from adapters.postgres.vault import DESTROY, FORGET_SECRETS, REMEMBERED_S
from application.ledger import TenantId

UNDER_WAY = 1.5
"""So many times as long as a key is remembered it is waited: what was sealed with it just before is kept by then."""


class PostgresShredder:
    """The port `Shredder`."""

    def __init__(self, pool: ConnectionPool[Any], remember_s: float = REMEMBERED_S) -> None:
        self._pool = pool
        self._settles_in = timedelta(seconds=remember_s * UNDER_WAY)

    def shred(self, tenant: TenantId, *secrets: UUID) -> None:
        with self._pool.connection() as connection:
            connection.execute("delete from vault.secrets where tenant = %s and id = any (%s)", (tenant, list(secrets)))

    def destroy(self, tenant: TenantId, person: str) -> datetime:
        with self._pool.connection() as connection, connection.transaction():
            connection.execute(DESTROY, (tenant, person))
            connection.execute(FORGET_SECRETS, (tenant, person))
        return datetime.now(UTC) + self._settles_in
