"""Whether this process can do its work, part by part. Looked at when asked, not more than twice a second."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from typing import Any, Literal
from urllib.parse import urlsplit

import psycopg
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from api.http.metrics import Requests
from application.gateways import Gateway, Unreachable
from application.gateways import Refused as NotTaken
from domain.kernel import Value

LOOK_S_MAX = 1.0
LOOK_AGAIN_S = 0.5
BEHIND = 10_000
"""A follower further behind than this is not keeping up."""

State = Literal["up", "down", "behind", "absent", "unknown"]


class Part(Value, omit_defaults=True):
    """One thing we stand on: absent when this run was set up without it, unknown while nobody can tell."""

    state: State
    lag: int | None = None


class Health(Value):
    """Whether everything is there that is needed."""

    ready: bool
    parts: dict[str, Part]


class Readiness:
    """Asks Postgres, NATS and the followers how they are."""

    def __init__(
        self, pool: AsyncConnectionPool[Any], nats_url: str, requests: Requests, gateways: Mapping[str, Gateway]
    ) -> None:
        self._pool = pool
        self._nats_url = nats_url
        self._requests = requests
        self._gateways = gateways
        self._believed = set[str]()
        self._known: tuple[float, Health] | None = None
        self._looking = asyncio.Lock()

    async def look(self, needed: Sequence[str] | None = None) -> Health:
        """How it stands; with `needed`, whether these parts are up."""
        async with self._looking:
            if self._known is None or self._known[0] <= time.monotonic():
                self._known = (time.monotonic() + LOOK_AGAIN_S, await self._look())
        health = self._known[1]
        if needed is None:
            return health
        return Health(all(health.parts[name].state == "up" for name in needed if name in health.parts), health.parts)

    async def _look(self) -> Health:
        asked = (self._gateway(name, gateway) for name, gateway in self._gateways.items())
        (postgres, nats), gateways = await asyncio.gather(
            asyncio.gather(self._postgres(), self._nats()), asyncio.gather(*asked)
        )
        parts = {**postgres, "nats": nats, **dict(zip(self._gateways, gateways, strict=True))}
        return Health(all(part.state in {"up", "absent", "unknown"} for part in parts.values()), parts)

    async def _postgres(self) -> dict[str, Part]:
        try:
            async with asyncio.timeout(LOOK_S_MAX), self._pool.connection(LOOK_S_MAX) as connection:
                cursor = await connection.execute("select follower, log, lag, parked from followers.lag", prepare=True)
                rows = await cursor.fetchall()
        except (psycopg.Error, PoolTimeout, OSError, TimeoutError):
            return {"postgres": Part("down"), "projections": Part("down")}
        for follower, log, lag, parked in rows:
            self._requests.lag.labels(follower, str(log)).set(lag)
            self._requests.parked.labels(follower, str(log)).set(parked)
        if not rows:
            return {"postgres": Part("up"), "projections": Part("absent")}
        most = max(lag for _, _, lag, _ in rows)
        return {"postgres": Part("up"), "projections": Part("behind" if most > BEHIND else "up", most)}

    async def _gateway(self, name: str, gateway: Gateway) -> Part:
        """Whether a gateway takes us for who we say we are. Whoever believed us once is not asked again.

        One that does not answer is no fault of ours, and nothing is to stop for it.
        """
        if name in self._believed:
            return Part("up")
        try:
            async with asyncio.timeout(LOOK_S_MAX):
                await gateway.healthy()
        except NotTaken:
            return Part("down")
        except (Unreachable, TimeoutError):
            return Part("unknown")
        self._believed.add(name)
        return Part("up")

    async def _nats(self) -> Part:
        if not self._nats_url:
            return Part("absent")
        where = urlsplit(self._nats_url.split(",")[0])
        try:
            async with asyncio.timeout(LOOK_S_MAX):
                reader, writer = await asyncio.open_connection(where.hostname, where.port or 4222)
                try:
                    greeting = await reader.readline()
                finally:
                    writer.close()
        except (OSError, TimeoutError):
            return Part("down")
        return Part("up" if greeting.startswith(b"INFO ") else "down")
