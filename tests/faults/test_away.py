"""Servers that go away under load, for a minute or for good, while two engines work: nothing is lost."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from adapters.embedded.nats import EmbeddedNats
from adapters.embedded.postgres import EmbeddedPostgres
from tests.faults.agreeing import followers_agree, one_letter_each
from tests.faults.client import check, under_load
from tests.faults.processes import processes_on
from tests.proves import proves
from tests.servers import Database

AWAY_S = 60
PAUSE_S = 0.05


@pytest.mark.long
@pytest.mark.timeout(600)
@proves("es.outbox", "es.store")
async def test_what_goes_away_under_load_comes_back_to_the_same(
    postgres_of_its_own: tuple[EmbeddedPostgres, Database], fresh_nats: Callable[[], EmbeddedNats], tmp_path: Path
) -> None:
    postgres, database = postgres_of_its_own
    broker = fresh_nats()
    with processes_on(database, broker.url, tmp_path) as processes:
        await processes.start("api", "engine", "engine", "worker")
        async with under_load(processes, pause_s=PAUSE_S) as client:
            await asyncio.to_thread(broker.kill)
            back_at = time.monotonic() + AWAY_S
            while time.monotonic() < back_at:
                await client.acknowledged(20)  # commands are accepted meanwhile
            await asyncio.to_thread(broker.start)
            await client.acknowledged(50)

            processes.kill("engine")
            await client.acknowledged(50)
            await processes.start("engine")

            await asyncio.to_thread(postgres.kill)
            await asyncio.to_thread(postgres.start)
            await client.acknowledged(50)
        await check(database.url, client.intents)
        await followers_agree(database, broker.url)
        await one_letter_each(database, tmp_path / "outbox")

        await asyncio.to_thread(broker.stop)
        broker.wipe()
        await asyncio.to_thread(broker.start)
        await followers_agree(database, broker.url)
