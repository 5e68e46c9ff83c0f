"""Rates that hold across all processes: counted in Postgres, and large ones taken in blocks."""

from __future__ import annotations

import asyncio
import hashlib
import time
from typing import Any, NamedTuple

from psycopg_pool import AsyncConnectionPool

WINDOW_S = 60
BLOCKS = 64
"""A rate is taken from the shared count in at most so many blocks; one up to this is counted one by one."""
BUCKETS_MAX = 100_000


class Standing(NamedTuple):
    """How a caller stands with its rate."""

    admitted: bool
    limit: int
    remaining: int
    resets_in_s: float


class _Bucket:
    """What one caller still has of one rate, as far as this process was granted it."""

    __slots__ = ("ends_at", "granted", "shared", "taking")

    def __init__(self) -> None:
        self.granted = 0
        self.shared = 0
        self.ends_at = 0.0
        self.taking: asyncio.Lock | None = None


class Limits:
    """Admits no more than so many a minute, however many processes ask. A block that is not used up is lost."""

    def __init__(self, pool: AsyncConnectionPool[Any], *, window_s: int = WINDOW_S) -> None:
        self._pool = pool
        self._window_s = window_s
        self._buckets: dict[tuple[str, str], _Bucket] = {}

    def admit_now(self, rate: str, who: str, limit: int) -> Standing | None:
        """Admit from what this process was granted before; None when the shared count must be asked."""
        bucket = self._buckets.get((rate, who))
        if bucket is None:
            return None
        left = bucket.ends_at - time.monotonic()
        if left <= 0:
            return None
        if bucket.granted:
            bucket.granted -= 1
            return Standing(True, limit, bucket.granted + bucket.shared, left)  # noqa: FBT003 — it is its name
        return None if bucket.shared else Standing(False, limit, 0, left)  # noqa: FBT003

    async def admit(self, rate: str, who: str, limit: int) -> Standing:
        """Admit one, if the rate allows."""
        while True:
            known = self.admit_now(rate, who, limit)
            if known is not None:
                return known
            bucket = self._bucket(rate, who)
            if bucket.taking is None:
                bucket.taking = asyncio.Lock()
            async with bucket.taking:
                if bucket.granted == 0 or bucket.ends_at <= time.monotonic():
                    await self._take(bucket, rate, who, limit)

    def _bucket(self, rate: str, who: str) -> _Bucket:
        bucket = self._buckets.get((rate, who))
        if bucket is None:
            if len(self._buckets) >= BUCKETS_MAX:
                now = time.monotonic()
                for key in [key for key, old in self._buckets.items() if old.ends_at <= now]:
                    del self._buckets[key]
            bucket = self._buckets[rate, who] = _Bucket()
        return bucket

    async def _take(self, bucket: _Bucket, rate: str, who: str, limit: int) -> None:
        key = hashlib.sha256(f"{rate}\0{who}".encode()).digest()
        # Counted from before the question was sent, a window never lasts longer here than it does there.
        asked_at = time.monotonic()
        async with self._pool.connection() as connection:
            cursor = await connection.execute(
                "select * from limits.take_allowance(%s, make_interval(secs => %s), %s, %s)",
                (key, self._window_s, limit, max(1, limit // BLOCKS)),
                prepare=True,
            )
            found = await cursor.fetchone()
        assert found is not None  # noqa: S101 — the function answers one row
        bucket.granted, bucket.shared, resets_in = found
        bucket.ends_at = asked_at + resets_in
