"""The doorbell where there is no NATS: NOTIFY, from a connection of its own and never in a transaction that appends."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any, Self

import psycopg
import structlog

from adapters.postgres.followers.watch import Connect
from application.ports import Heard

log = structlog.get_logger()

CHANNEL = "annals_ledger"
RECONNECT_S = 0.5


class PostgresDoorbell:
    """Rings by NOTIFY. Rings that come while one is on its way become one."""

    def __init__(self, connect: Connect) -> None:
        self._connect = connect
        self._reached: dict[int, int] = {}
        self._bell = asyncio.Event()
        self._ringing: asyncio.Task[None] | None = None

    def ring(self, log: int, position: int) -> None:
        self._reached[log] = max(position, self._reached.get(log, 0))
        self._bell.set()
        if self._ringing is None or self._ringing.done():
            self._ringing = asyncio.create_task(self._ring(), name="doorbell")

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._ringing is not None:
            self._ringing.cancel()
            await asyncio.gather(self._ringing, return_exceptions=True)

    @asynccontextmanager
    async def listen(self, heard: Heard) -> AsyncGenerator[None]:
        listening = asyncio.create_task(self._hear(heard), name="doorbell heard")
        try:
            yield
        finally:
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)

    async def _ring(self) -> None:
        async def ringing(connection: psycopg.AsyncConnection[Any]) -> None:
            while True:
                await self._bell.wait()
                self._bell.clear()
                reached, self._reached = self._reached, {}
                for number, position in reached.items():
                    await connection.execute("select pg_notify(%s, %s)", (CHANNEL, f"{number} {position}"))

        await self._connected(ringing)

    async def _hear(self, heard: Heard) -> None:
        async def hearing(connection: psycopg.AsyncConnection[Any]) -> None:
            await connection.execute(f"listen {CHANNEL}")
            async for notice in connection.notifies():
                number, position = notice.payload.split()
                heard(int(number), int(position))

        await self._connected(hearing)

    async def _connected(self, work: Any) -> None:
        """Do the work, on a new connection whenever one is lost. What was missed is found by looking."""
        while True:
            try:
                async with await self._connect() as connection:
                    await work(connection)
            except (psycopg.OperationalError, psycopg.InterfaceError, OSError) as error:
                log.warning("doorbell.interrupted", error=str(error).strip())
            await asyncio.sleep(RECONNECT_S)
