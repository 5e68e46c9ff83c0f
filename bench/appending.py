"""Appends as an API makes them: so many in flight at any time, through one ledger."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import msgspec
import psycopg

from adapters.postgres.ledger import PostgresLedger
from application.ledger import Entry
from application.ports import Keys
from application.sealing import sealed

IN_FLIGHT = 64


@asynccontextmanager
async def appending(url: str) -> AsyncGenerator[PostgresLedger]:
    async def connect() -> psycopg.AsyncConnection[Any]:
        return await psycopg.AsyncConnection.connect(url, autocommit=True)

    async with PostgresLedger(connect, 1) as ledger:
        yield ledger


async def appends_per_second(url: str, entries: Sequence[Entry], keys: Keys | None = None) -> float:
    async with appending(url) as ledger:
        begun = time.perf_counter()
        await each(ledger, iter(entries), keys)
        return len(entries) / (time.perf_counter() - begun)


async def each(ledger: PostgresLedger, entries: Iterator[Entry], keys: Keys | None = None) -> list[float]:
    """Append them all, with `keys` their personal data sealed before; how long each took, in seconds."""
    took: list[float] = []

    async def client() -> None:
        for one in entries:
            begun = time.perf_counter()
            if keys is None:
                await ledger.append(one)
            else:
                facts = await sealed(keys, one.caller.tenant, one.facts)
                await ledger.append(msgspec.structs.replace(one, facts=facts))
            took.append(time.perf_counter() - begun)

    await asyncio.gather(*(client() for _ in range(IN_FLIGHT)))
    return took
