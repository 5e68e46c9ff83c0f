"""A worker's desk: a ledger and a vault on a loop of their own, for jobs that give commands. Opened when first used."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Any, Self

import psycopg
import uvloop
from psycopg_pool import AsyncConnectionPool

from adapters.blind import KeyedBlind
from adapters.postgres.connect import connect
from adapters.postgres.ledger import PostgresLedger
from api.doorbell import doorbell
from api.settings import Settings
from api.vault import vault_of
from application.bulk import Done, Means
from application.do import Do

VAULT_CONNECTIONS = 2


class WorkersDesk:
    """Runs work of jobs, any number at a time."""

    def __init__(self, settings: Settings, blind: KeyedBlind) -> None:
        self._settings = settings
        self._blind = blind
        self._loop = uvloop.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="desk", daemon=True)
        self._stack = AsyncExitStack()
        self._opening: asyncio.Task[Means] | None = None

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        asyncio.run_coroutine_threadsafe(self._stack.aclose(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def run(self, work: Callable[[Means], Awaitable[Done]]) -> Done:
        """Do this work, wait for its end, and say what came of it."""
        return asyncio.run_coroutine_threadsafe(self._run(work), self._loop).result()

    async def _run(self, work: Callable[[Means], Awaitable[Done]]) -> Done:
        if self._opening is None or (self._opening.done() and self._opening.exception() is not None):
            self._opening = asyncio.create_task(self._open())
        return await work(await asyncio.shield(self._opening))

    async def _open(self) -> Means:
        settings = self._settings

        async def as_app() -> psycopg.AsyncConnection[Any]:
            return await connect(settings.dsn("app"))

        bell = doorbell(settings, "worker")
        await self._stack.enter_async_context(bell)
        ledger = await self._stack.enter_async_context(PostgresLedger(as_app, settings.logs, after_commit=bell.ring))
        pool = AsyncConnectionPool[Any](
            settings.dsn("app"), min_size=1, max_size=VAULT_CONNECTIONS, kwargs={"autocommit": True}, open=False
        )
        await self._stack.enter_async_context(pool)
        vault = vault_of(settings, pool)
        return Means(Do(ledger, vault), vault, self._blind, vault)
