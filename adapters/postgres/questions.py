"""Asks read models their questions, and waits for them where someone wants to read what they wrote."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import psycopg
from psycopg_pool import AsyncConnectionPool

from projections.model import ReadModel, TooEarly

WAIT_S_MAX = 2.0
LOOK_EVERY_S = 0.005

_POSITIONS = "select follower, log, position from followers.checkpoints"


class Questions:
    """Asks through a pool of connections of the role annals_app."""

    def __init__(self, pool: AsyncConnectionPool[Any], *, wait_s_max: float = WAIT_S_MAX) -> None:
        self._pool = pool
        self._wait_s_max = wait_s_max
        self._waiting: dict[asyncio.Future[None], tuple[str, int, UUID]] = {}
        self._looking: asyncio.Task[None] | None = None

    async def __call__(
        self, model: ReadModel, question: str, tenant: UUID, values: Sequence[Any], min_position: int
    ) -> tuple[int, bytes]:
        """The answer of a model that has come at least as far as `min_position`. Raises `TooEarly`."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self._wait_s_max
        while True:
            position, page = await self._ask(model, question, tenant, values)
            if position >= min_position:
                return position, page
            if loop.time() >= deadline:
                raise TooEarly(position)
            await self._until(model.name, min_position, tenant, deadline)

    async def _ask(self, model: ReadModel, question: str, tenant: UUID, values: Sequence[Any]) -> tuple[int, bytes]:
        holes = ", ".join(["%s"] * (len(values) + 1))
        sql = f'select "position", page::text from {model.schema}.{question}({holes})'  # noqa: S608 — our own names
        try:
            async with self._pool.connection() as connection:
                cursor = await connection.execute(sql.encode(), (tenant, *values), prepare=True)
                found = await cursor.fetchone()
        except (psycopg.errors.UndefinedFunction, psycopg.errors.InvalidSchemaName):
            raise TooEarly(0) from None  # Nobody has built this model yet.
        return (0, b"[]") if found is None else (found[0], found[1].encode())

    async def _until(self, follower: str, position: int, tenant: UUID, deadline: float) -> None:
        """Wait for a model to come so far. However many wait, one of them all looks."""
        reached = asyncio.get_running_loop().create_future()
        self._waiting[reached] = (follower, position, tenant)
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look())
        try:
            async with asyncio.timeout_at(deadline):
                await reached
        except TimeoutError:
            pass
        finally:
            self._waiting.pop(reached, None)

    async def _look(self) -> None:
        async with self._pool.connection() as connection:
            while self._waiting:
                cursor = await connection.execute(_POSITIONS, prepare=True)
                positions: dict[str, dict[int, int]] = {}
                for follower, number, position in await cursor.fetchall():
                    positions.setdefault(follower, {})[number] = position
                for reached, (follower, wanted, tenant) in list(self._waiting.items()):
                    logs = positions.get(follower, {})
                    at = logs.get(int.from_bytes(tenant.bytes[-4:], "big") % max(len(logs), 1), 0)
                    if at >= wanted and not reached.done():
                        reached.set_result(None)
                await asyncio.sleep(LOOK_EVERY_S)
