"""Kill -9 of each process under load, at random moments: nothing acknowledged is lost, nothing is done twice."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

import nats
import psycopg
import pytest
from nats.js import JetStreamContext

from adapters.embedded.nats import EmbeddedNats
from adapters.postgres.connect import connect
from adapters.postgres.followers.rebuild import verify
from projections.model import models
from tests.faults.client import Client, check
from tests.faults.processes import Name, Processes, eventually, processes_on, token
from tests.proves import proves
from tests.servers import Database

TENANT = "0198c0de-da7a-7000-8000-00000000fa17"
KILLS = 3
COMES_S_MAX = 30


@asynccontextmanager
async def under_load(processes: Processes) -> AsyncGenerator[Client]:
    """A client that keeps sending while the body does harm, and that has an answer for everything when it is over."""
    client = Client(lambda: processes.url, token(TENANT), in_flight=4)
    sending = asyncio.create_task(client.run())
    await client.acknowledged(50)
    yield client
    await client.acknowledged(50)
    client.stop()
    await sending
    await client.settle()


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
        await one_notice_each(database, tmp_path / "outbox")


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


async def followers_agree(database: Database, broker: str) -> None:
    """Read models are what the facts say, and JetStream has the very facts of the ledger, in order."""
    async with await connect(database.url) as connection:
        facts = await column(connection, "select id::text from ledger.facts order by position")
    await eventually(lambda: caught_up(database, len(facts)), COMES_S_MAX)
    for model in models():
        assert all(checked.equal for checked in await verify(lambda: connect(database.dsn("projector")), model)), (
            model.name
        )
    client = await nats.connect(broker)
    try:
        stream = client.jetstream()
        await eventually(lambda: reached(stream, len(facts)), COMES_S_MAX)
        told = await asyncio.gather(*(fact_id(stream, n + 1) for n in range(len(facts))))
        assert list(told) == facts
    finally:
        await client.close()


async def fact_id(stream: JetStreamContext, sequence: int) -> str:
    """The id of the fact that JetStream keeps under this number."""
    message = await stream.get_msg("ANNALS_0", seq=sequence)
    headers = cast("Mapping[str, str]", message.headers)
    return headers["Nats-Msg-Id"]


async def caught_up(database: Database, head: int) -> bool:
    async with await connect(database.url) as connection:
        positions = await column(connection, "select position from followers.checkpoints")
        return bool(min(positions) >= head)


async def reached(stream: JetStreamContext, head: int) -> bool:
    info = await stream.stream_info("ANNALS_0")
    return info.state.last_seq == head


async def one_notice_each(database: Database, outbox: Path) -> None:
    """Each learner was welcomed, once."""
    async with await connect(database.url) as connection:
        learners = await column(
            connection, "select stream from ledger.facts where type = 'enrollments.LearnerEnrolled'"
        )

    async def delivered() -> bool:
        notices = await asyncio.to_thread(lambda: list(outbox.rglob("*.eml")))
        return len(notices) == len(learners)

    await eventually(delivered, COMES_S_MAX)


async def column(connection: psycopg.AsyncConnection[Any], query: str) -> list[Any]:
    return [value for (value,) in await (await connection.execute(query.encode())).fetchall()]
