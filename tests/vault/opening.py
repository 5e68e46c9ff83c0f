"""A vault to keep things in, for tests."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from time import monotonic
from typing import Any
from uuid import UUID

from psycopg_pool import AsyncConnectionPool

from adapters.postgres.connect import Role
from adapters.postgres.vault import PostgresVault
from application.ledger import TenantId
from tests.servers import Database

KEY = "YSBrZXkgZm9yIHRoZSB2YXVsdHMgb2YgdGVzdHMuLi4"
OTHER_KEY = "YW5vdGhlciBrZXkgZm9yIHZhdWx0cyBvZiB0ZXN0cy4"
TENANT = TenantId(UUID("018f0000-0000-7000-8000-000000000001"))
OTHER = TenantId(UUID("018f0000-0000-7000-8000-000000000002"))


@asynccontextmanager
async def vault_on(
    database: Database,
    key: str = KEY,
    before: Sequence[str] = (),
    *,
    role: Role = "app",
    now: Callable[[], float] = monotonic,
) -> AsyncGenerator[PostgresVault]:
    """A vault as a process opens it, which remembers nothing yet."""
    pool = AsyncConnectionPool[Any](
        database.dsn(role), min_size=1, max_size=4, open=False, kwargs={"autocommit": True}, timeout=5
    )
    async with pool:
        yield PostgresVault(pool.connection, key, before, now=now)
