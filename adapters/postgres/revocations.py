"""Which tokens were revoked: asked every second, so that a revoked token is refused within two."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

import psycopg
import structlog
from psycopg_pool import AsyncConnectionPool, PoolTimeout

log = structlog.get_logger()

LOOK_EVERY_S = 1.0


class Revocations:
    """The list of revoked tokens, kept in Postgres and told to whoever checks tokens."""

    def __init__(self, pool: AsyncConnectionPool[Any], tell: Callable[[frozenset[UUID]], None]) -> None:
        self._pool = pool
        self._tell = tell

    async def look(self) -> None:
        """Tell the list as it is now."""
        async with self._pool.connection() as connection:
            await connection.execute("delete from vault.revoked_tokens where expires_at <= now()", prepare=True)
            cursor = await connection.execute(
                "select id from vault.revoked_tokens where expires_at > now()", prepare=True
            )
            self._tell(frozenset(id_ for (id_,) in await cursor.fetchall()))

    async def watch(self) -> None:
        """Tell the list for ever. While Postgres is away the last one holds; nothing else can be done then either."""
        while True:
            try:
                await self.look()
            except (psycopg.OperationalError, psycopg.InterfaceError, PoolTimeout) as error:
                log.warning("tokens.revocations_unknown", error=str(error).strip())
            await asyncio.sleep(LOOK_EVERY_S)


def revoke(url: str, token: UUID, expires_at: datetime, by: str) -> None:
    """Refuse this token from now on. Done again, nothing changes."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "insert into vault.revoked_tokens (id, expires_at, by) values (%s, %s, %s) on conflict do nothing",
            (token, expires_at, by),
        )
