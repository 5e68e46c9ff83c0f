"""The ledger: durable appends, their latency as it grows, and replay."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

import psycopg

from adapters.postgres.reading import facts, read_log
from bench.appending import IN_FLIGHT, appending, appends_per_second, each
from bench.facts import entry
from bench.filling import fill
from bench.ground import Ground
from bench.peers import bare_insert, stock
from bench.result import Result, held, median, percentile

APPENDS = 30_000
SMALL, LARGE = 100_000, 10_000_000
REPLAYED = 400_000


async def measure(ground: Ground) -> AsyncIterator[Result]:
    url = ground.database("appends")
    data = entry(0).facts[0].data.encode()
    ours: list[float] = []
    bare: list[float] = []
    for round_ in range(3):
        entries = [entry(n, course=f"course-{round_}") for n in range(APPENDS)]
        ours.append(await appends_per_second(url, entries))
        bare.append(await asyncio.to_thread(bare_insert.facts_per_second, url, entries, IN_FLIGHT))
    stocks = [await asyncio.to_thread(stock.appends_per_second, url, 2_000, IN_FLIGHT, data) for _ in range(3)]
    rate = median(ours)
    yield held(
        f"durable appends, {IN_FLIGHT} in flight",
        rate,
        "facts/s",
        bar=10,
        against="stock recorder",
        peer=median(stocks),
    )
    yield held(
        f"durable appends, {IN_FLIGHT} in flight",
        rate,
        "facts/s",
        bar=0.6,
        against="bare unnest-insert",
        peer=median(bare),
    )
    async for result in _growth(ground):
        yield result


async def _growth(ground: Ground) -> AsyncIterator[Result]:
    small, large = ground.database("small"), ground.database("large")
    await asyncio.gather(asyncio.to_thread(fill, small, SMALL), asyncio.to_thread(fill, large, LARGE))
    took: dict[str, list[float]] = {small: [], large: []}
    for round_ in range(4):
        for url in (small, large):
            async with appending(url) as ledger:
                await each(ledger, iter([entry(n, course=f"warm-{round_}") for n in range(2_000)]))
                took[url] += await each(ledger, iter([entry(n, course=f"new-{round_}") for n in range(10_000)]))
    yield held(
        f"append latency, ledger of {LARGE:,} facts, median of {IN_FLIGHT} in flight",
        median(took[large]) * 1000,
        "ms",
        bar=1.3,
        against=f"ledger of {SMALL:,}",
        peer=median(took[small]) * 1000,
        at="most",
    )
    yield held(
        f"append latency, ledger of {LARGE:,} facts, p99",
        percentile(took[large], 0.99) * 1000,
        "ms",
        bar=1.3,
        against=f"ledger of {SMALL:,}",
        peer=percentile(took[small], 0.99) * 1000,
        at="most",
    )
    rate, cpu = await _replay(large)
    yield held("replay: read and decoded to typed facts", rate, "facts/s", bar=200_000)
    yield held("replay: facts a second of this process's own time", cpu, "facts/s", bar=200_000)


async def _replay(url: str) -> tuple[float, float]:
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        await read_log(connection, 0, 0, 10_000)
        begun, cpu, count = time.perf_counter(), time.process_time(), 0
        async for _ in facts(connection, 0, until=REPLAYED):
            count += 1
        return count / (time.perf_counter() - begun), count / (time.process_time() - cpu)
