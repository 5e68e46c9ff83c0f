"""Followers: how fast a read model is made."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

import psycopg

from adapters.postgres.connect import connect, dsn
from adapters.postgres.followers.projector import Projector, install
from adapters.postgres.followers.runner import Following
from adapters.postgres.followers.tail import Tail
from adapters.postgres.followers.watch import HeadWatch
from bench.filling import fill
from bench.ground import Ground
from bench.peers import stock
from bench.result import Result, held, median
from projections.enrollments import roster

FACTS = 300_000
STOCK_FACTS = 2_000
ROUNDS = 3


async def measure(ground: Ground) -> AsyncIterator[Result]:
    rates = [await _projected_per_second(ground, f"projecting_{round_}") for round_ in range(ROUNDS)]
    peer = await asyncio.to_thread(stock.projected_per_second, ground.empty_database("stock_projecting"), STOCK_FACTS)
    yield held("projecting into a roster, one follower", median(rates), "facts/s", bar=50_000)
    yield held(
        "projecting into a roster, one follower",
        median(rates),
        "facts/s",
        bar=30,
        against="the stock ProjectionRunner",
        peer=peer,
    )


async def _projected_per_second(ground: Ground, name: str) -> float:
    url = ground.database(name)
    await asyncio.to_thread(fill, url, FACTS)
    projector_dsn = dsn(url, "projector")
    async with await connect(projector_dsn) as connection:
        await install(connection, roster.MODEL)

    async def as_projector() -> psycopg.AsyncConnection[Any]:
        return await connect(projector_dsn)

    async with HeadWatch(as_projector) as watch, Tail(as_projector, 0, watch) as tail:
        following = Following(Projector(roster.MODEL), 0, as_projector, tail)
        begun = time.perf_counter()
        task = asyncio.create_task(following.run())
        while following.position < FACTS:
            await watch.news(0.01)
        seconds = time.perf_counter() - begun
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    ground.drop(name)
    return FACTS / seconds
