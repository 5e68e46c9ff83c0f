"""Appends as an API makes them: so many in flight at any time, through one ledger."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import psycopg

from adapters.postgres.ledger import PostgresLedger
from application.ledger import Entry

IN_FLIGHT = 64

Write = Callable[[Entry], Awaitable[Entry]]
"""Writes the facts of an entry, at the moment when it is appended."""


@asynccontextmanager
async def appending(url: str) -> AsyncGenerator[PostgresLedger]:
    async def connect() -> psycopg.AsyncConnection[Any]:
        return await psycopg.AsyncConnection.connect(url, autocommit=True)

    async with PostgresLedger(connect, 1) as ledger:
        yield ledger


async def appends_per_second(url: str, entries: Sequence[Entry], write: Write | None = None) -> float:
    async with appending(url) as ledger:
        begun = time.perf_counter()
        await each(ledger, iter(entries), write)
        return len(entries) / (time.perf_counter() - begun)


async def each(ledger: PostgresLedger, entries: Iterator[Entry], write: Write | None = None) -> list[float]:
    """Append them all; how long each took, in seconds."""
    took: list[float] = []

    async def client() -> None:
        for one in entries:
            begun = time.perf_counter()
            await ledger.append(one if write is None else await write(one))
            took.append(time.perf_counter() - begun)

    await asyncio.gather(*(client() for _ in range(IN_FLIGHT)))
    return took
