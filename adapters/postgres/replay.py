"""Pages of a tenant's facts, as they were kept."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import UUID

from psycopg_pool import AsyncConnectionPool

WINDOW = 20_000
"""How many positions are looked at for one page, so that a page of a quiet tenant does not read a whole log."""


class Facts(NamedTuple):
    """Facts in order as one JSON array, how far was looked, and how far there is anything to look at."""

    until: int
    head: int
    facts: bytes


class Replay:
    """Reads through a pool of connections of the role annals_app."""

    def __init__(self, pool: AsyncConnectionPool[Any]) -> None:
        self._pool = pool

    async def __call__(
        self, tenant: UUID, after: int, limit: int, types: Sequence[str] | None = None, stream: str | None = None
    ) -> Facts:
        """The facts of a tenant after a position; of these types, of this stream."""
        wanted = None if types is None else list(types)
        async with self._pool.connection() as connection:
            if stream is None:
                cursor = await connection.execute(
                    "select * from ledger.tenant_facts(%s, %s, %s, %s, %s)",
                    (tenant, after, WINDOW, limit, wanted),
                    prepare=True,
                )
            else:
                cursor = await connection.execute(
                    "select * from ledger.stream_facts(%s, %s, %s, %s, %s)",
                    (tenant, stream, after, limit, wanted),
                    prepare=True,
                )
            found = await cursor.fetchone()
        if found is None:
            return Facts(after, after, b"[]")
        until, head, facts = found
        return Facts(max(until, after), head, facts.encode())
