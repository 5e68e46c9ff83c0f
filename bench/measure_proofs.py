"""Proofs: how fast facts become leaves of signed trees, and how soon a proof is served and verified."""

from __future__ import annotations

import asyncio
import time
from base64 import b64decode
from collections.abc import AsyncIterator
from typing import Any

import psycopg
from psycopg_pool import AsyncConnectionPool

import annals_verify
from adapters.postgres.connect import connect, dsn
from adapters.postgres.followers.runner import Following
from adapters.postgres.followers.tail import Tail
from adapters.postgres.followers.watch import HeadWatch
from adapters.postgres.proofs.archivist import Archivist
from adapters.postgres.questions import Questions
from api.http import proofs
from application import merkle
from application.checkpoints import Signer, origin
from bench.facts import TENANT
from bench.filling import fill
from bench.ground import Ground
from bench.result import Result, held, median, percentile

FACTS = 300_000
ROUNDS = 3
PROOFS = 500
TENANTS = 200
KEY = bytes(range(32))


async def measure(ground: Ground) -> AsyncIterator[Result]:
    rates = [await _archived_per_second(ground, f"archiving_{round_}", keep=round_ == 0) for round_ in range(ROUNDS)]
    yield held("facts taken into a tree whose head is signed, one archivist", median(rates), "facts/s", bar=20_000)
    many = await _archived_per_second(ground, "archiving_many", tenants=TENANTS)
    yield held(f"the same, of {TENANTS} tenants in turn", many, "facts/s", bar=20_000)
    times = await _proven_ms(ground.postgres.database_url("archiving_0"))
    ground.drop("archiving_0")
    yield held("a proof made and verified, of one fact of 300,000, median", median(times), "ms", bar=5, at="most")
    yield held("a proof made and verified, p99", percentile(times, 0.99), "ms", bar=5, at="most")


async def _archived_per_second(ground: Ground, name: str, *, tenants: int = 1, keep: bool = False) -> float:
    url = ground.database(name)
    await asyncio.to_thread(fill, url, FACTS)
    if tenants > 1:
        await asyncio.to_thread(_spread, url, tenants)

    async def as_projector() -> psycopg.AsyncConnection[Any]:
        return await connect(dsn(url, "projector"))

    async with HeadWatch(as_projector) as watch, Tail(as_projector, 0, watch) as tail:
        following = Following(Archivist("annals", KEY), 0, as_projector, tail)
        begun = time.perf_counter()
        task = asyncio.create_task(following.run())
        while following.position < FACTS:
            await watch.news(0.01)
        seconds = time.perf_counter() - begun
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    if not keep:
        ground.drop(name)
    return FACTS / seconds


def _spread(url: str, tenants: int) -> None:
    """Give the facts to many tenants in turn, as no one may but a measure."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("set session_replication_role = replica")
        connection.execute(
            "update ledger.facts_0 set tenant = (left(tenant::text, -8) || lpad(to_hex(position %% %s), 8, '0'))::uuid",
            (tenants,),
        )
        connection.execute("vacuum analyze ledger.facts_0")


async def _proven_ms(url: str) -> list[float]:
    """How long it takes to ask for a proof of some fact, as the route does, and to verify it."""
    key = annals_verify.key_of(str(Signer(KEY).log_key(origin("annals", TENANT))))
    found: list[float] = []
    async with AsyncConnectionPool[Any](
        dsn(url, "app"), min_size=2, max_size=2, open=False, kwargs={"autocommit": True}
    ) as pool:
        ask = Questions(pool)
        for number in range(PROOFS):
            at = 1 + number * (FACTS // PROOFS)
            begun = time.perf_counter()
            place, _ = await proofs.placed(ask, TENANT, at)
            assert place is not None
            hashes = await proofs.hashes(ask, TENANT, merkle.inclusion(place.number, place.size))
            head = annals_verify.note_of(place.note)
            assert annals_verify.signed(head, key) is not None
            path = [b64decode(one) for one in hashes]
            assert annals_verify.includes(place.number, place.size, place.leaf, path, head.root)
            found.append((time.perf_counter() - begun) * 1000)
    return found
