"""Kill -9 of each process under load, at random moments: nothing acknowledged is lost, nothing is done twice."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from adapters.embedded.nats import EmbeddedNats
from adapters.postgres.connect import connect
from tests.faults.agreeing import followers_agree, one_letter_each
from tests.faults.client import check, under_load
from tests.faults.processes import Name, processes_on
from tests.proves import proves
from tests.servers import Database

KILLS = 3

pytestmark = pytest.mark.long


@pytest.mark.parametrize("victim", ["api", "engine", "worker"])
@proves("es.store")
async def test_a_killed_process_loses_nothing_and_repeats_nothing(
    victim: Name, database: Database, fresh_nats: Callable[[], EmbeddedNats], tmp_path: Path
) -> None:
    broker = fresh_nats()
    with processes_on(database, broker.url, tmp_path) as processes:
        await processes.start("api", "engine", "worker")
        async with under_load(processes) as client:
            for _ in range(KILLS):
                processes.kill(victim)
                await processes.start(victim)
                await client.acknowledged(random.randint(20, 120))  # noqa: S311
        await check(database.url, client.intents)
        await followers_agree(database, broker.url)
        await one_letter_each(database, tmp_path / "outbox")


async def test_control_one_lost_fact_is_found_out(
    database: Database, fresh_nats: Callable[[], EmbeddedNats], tmp_path: Path
) -> None:
    with processes_on(database, fresh_nats().url, tmp_path) as processes:
        await processes.start("api")
        async with under_load(processes) as client:
            pass
        await check(database.url, client.intents)
        async with await connect(database.url) as connection:
            await connection.execute("set session_replication_role = replica")
            await connection.execute("delete from ledger.facts where position = 7")
        with pytest.raises(AssertionError, match="an acknowledged one is lost"):
            await check(database.url, client.intents)
