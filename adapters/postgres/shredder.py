"""What the vault forgets for those who cannot wait in `await`: jobs."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from psycopg_pool import ConnectionPool

from application.ledger import TenantId


class PostgresShredder:
    """The port `Shredder`."""

    def __init__(self, pool: ConnectionPool[Any]) -> None:
        self._pool = pool

    def shred(self, tenant: TenantId, *secrets: UUID) -> None:
        with self._pool.connection() as connection:
            connection.execute("delete from vault.secrets where tenant = %s and id = any (%s)", (tenant, list(secrets)))
