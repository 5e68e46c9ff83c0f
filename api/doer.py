"""The port `Doer`: commands that jobs do, from the threads they run in."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from concurrent.futures import TimeoutError as TooLate
from threading import Event, Thread
from types import TracebackType
from typing import Any, Self
from uuid import uuid5

from psycopg_pool import AsyncConnectionPool

from adapters.postgres.connect import connect
from adapters.postgres.ledger import PostgresLedger
from adapters.postgres.vault import PostgresVault
from application.do import Do
from application.jobs import Errand
from application.ledger import Caller, Receipt, Unavailable
from domain.kernel import Stream, Value

DONE_S_MAX = 30.0


class LedgerDoer:
    """Has a loop, and a ledger to write to, on a thread of its own."""

    def __init__(self, url: str, logs: int, vault_key: str, vault_key_before: Sequence[str] = ()) -> None:
        self._url = url
        self._logs = logs
        self._vault_keys = (vault_key, tuple(vault_key_before))
        self._opened = Event()
        self._loop = asyncio.new_event_loop()
        self._closing = asyncio.Event()
        self._do: Do | None = None
        self._thread = Thread(target=self._live, name="doer", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self._opened.wait()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._closing.set)
        self._thread.join()

    def do(self, errand: Errand[Any], stream: Stream[Any, Any, Any], command: Value) -> Receipt:
        """Do it; `Rejected` says no, and while the ledger is away the job is tried again."""
        if self._do is None:
            raise Unavailable("the ledger is not open yet")
        by = f"job:{type(errand.order).__name__}"
        # The job and the stream make the command, so that the same job does it once, however often it runs.
        id_ = uuid5(errand.id, f"{stream.name}:{type(command).__name__}")
        caller = Caller(errand.tenant, by, "job", errand.correlation, errand.causation, command=id_)
        asked = asyncio.run_coroutine_threadsafe(self._do(stream, command, caller), self._loop)
        try:
            return asked.result(DONE_S_MAX)
        except TooLate:
            asked.cancel()
            raise Unavailable("the ledger does not answer") from None

    def _live(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_until_complete(self._keep_open())
        finally:
            self._opened.set()
            self._loop.close()

    async def _keep_open(self) -> None:
        pool = AsyncConnectionPool[Any](self._url, min_size=0, max_size=2, kwargs={"autocommit": True}, open=False)
        async with pool, PostgresLedger(lambda: connect(self._url), self._logs) as ledger:
            key, before = self._vault_keys
            self._do = Do(ledger, PostgresVault(pool.connection, key, before))
            self._opened.set()
            await self._closing.wait()
