"""Proofs: how fast facts become leaves of signed trees, and how soon a proof is served and verified."""

from __future__ import annotations

import asyncio
import time
from base64 import b64decode
from collections.abc import AsyncIterator
from typing import Any

import httpx
import psycopg

import annals_verify
from adapters.postgres.connect import connect, dsn
from adapters.postgres.followers.runner import Following
from adapters.postgres.followers.tail import Tail
from adapters.postgres.followers.watch import HeadWatch
from adapters.postgres.proofs.archivist import Archivist
from application.checkpoints import Signer, origin
from bench.facts import TENANT
from bench.filling import fill
from bench.ground import Ground
from bench.result import Result, held, median, percentile
from bench.serving import Server, bearer, ours
from bench.tokens import token

FACTS = 300_000
ROUNDS = 3
PROOFS = 500
WARMING = 50
"""An API that was just started has plans to make on each of its connections."""
TENANTS = 200
KEY = bytes(range(32))


async def measure(ground: Ground) -> AsyncIterator[Result]:
    rates = [await _archived_per_second(ground, f"archiving_{round_}", keep=round_ == 0) for round_ in range(ROUNDS)]
    yield held("facts taken into a tree whose head is signed, one archivist", median(rates), "facts/s", bar=20_000)
    many = await _archived_per_second(ground, "archiving_many", tenants=TENANTS)
    yield held(f"the same, of {TENANTS} tenants in turn", many, "facts/s", bar=20_000)
    async with ours(ground, ground.postgres.database_url("archiving_0")) as annals:
        times = await asyncio.to_thread(_proven_ms, annals)
    ground.drop("archiving_0")
    name = "a proof asked for over HTTP and verified, of one fact of 300,000"
    yield held(f"{name}, median", median(times), "ms", bar=5, at="most")
    yield held(f"{name}, p99", percentile(times, 0.99), "ms", bar=5, at="most")


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


def _proven_ms(server: Server) -> list[float]:
    """How long it takes to ask for the proof of some fact, over one connection that stays open, and to verify it."""
    key = annals_verify.key_of(str(Signer(KEY).log_key(origin("annals", TENANT))))
    found: list[float] = []
    with httpx.Client(base_url=server.url, headers=bearer(token())) as client:
        for number in range(-WARMING, PROOFS):
            at = 1 + abs(number) * (FACTS // PROOFS)
            begun = time.perf_counter()
            told = client.get(f"/api/proofs/inclusion?at={at}").json()
            head = annals_verify.note_of(told["note"])
            path = [b64decode(one) for one in told["hashes"]]
            assert annals_verify.signed(head, key) is not None
            assert annals_verify.includes(told["number"], told["size"], told["leaf"].encode(), path, head.root)
            found.append((time.perf_counter() - begun) * 1000)
    return found[WARMING:]
