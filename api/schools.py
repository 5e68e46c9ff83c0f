"""What a process without a loop of its own knows of tenants: `annals worker` asks here how a school is set up."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import TimeoutError as TooLate
from threading import Event, Thread
from types import TracebackType
from typing import Any, Self, TypeVar

from adapters.postgres.connect import connect
from adapters.postgres.followers.hearing import Ears
from adapters.postgres.followers.watch import HeadWatch
from adapters.postgres.ledger import PostgresLedger
from application.do import Do
from application.ledger import TenantId, Unavailable
from application.tenants import HEARD, Tenants
from domain.tenancy.configuration import Configuration

Answer = TypeVar("Answer")

ANSWER_S_MAX = 10.0
EVERYONES = "Annals"


class Schools:
    """`TenantSettings` for many threads. It hears what is adjusted on a thread of its own."""

    def __init__(self, url: str, logs: int) -> None:
        self._url = url
        self._logs = logs
        self._opened = Event()
        self._loop = asyncio.new_event_loop()
        self._closing = asyncio.Event()
        self._tenants: Tenants | None = None
        self._thread = Thread(target=self._live, name="schools", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self._opened.wait()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._closing.set)
        self._thread.join()

    def of(self, tenant: TenantId) -> Configuration:
        """How a tenant is set up now. While the ledger is away nobody can tell, and the job is tried again."""
        known = None if self._tenants is None else self._tenants.known(tenant)
        return (known or self._asked(lambda tenants: tenants.school(tenant))).configuration

    def hostname(self, tenant: TenantId) -> str | None:
        """Under which hostname a tenant is reached, if it has one of its own."""
        return self._asked(lambda tenants: tenants.hostname(tenant))

    def name(self, tenant: TenantId) -> str:
        """What a tenant is called, or what everyone here is."""
        return self._asked(lambda tenants: tenants.name(tenant)) or EVERYONES

    def _asked(self, ask: Callable[[Tenants], Coroutine[Any, Any, Answer]]) -> Answer:
        if self._tenants is None:
            raise Unavailable("the ledger is not heard yet")
        asked = asyncio.run_coroutine_threadsafe(ask(self._tenants), self._loop)
        try:
            return asked.result(ANSWER_S_MAX)
        except TooLate:
            asked.cancel()
            raise Unavailable("the ledger does not answer") from None

    def _live(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_until_complete(self._hear())
        finally:
            self._opened.set()
            self._loop.close()

    async def _hear(self) -> None:
        async with (
            PostgresLedger(lambda: connect(self._url), self._logs) as ledger,
            HeadWatch(lambda: connect(self._url)) as watch,
        ):
            ears = Ears(lambda: connect(self._url), watch)
            tenants = self._tenants = Tenants(Do(ledger).look, ears.attentive)
            ears.listen(HEARD, tenants.hear)
            hearing = asyncio.create_task(ears.run())
            self._opened.set()
            await self._closing.wait()
            hearing.cancel()
            await asyncio.gather(hearing, return_exceptions=True)
