"""What follows the ledger has come to the same: read models, JetStream, and what jobs have done."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import nats
import psycopg
from nats.js import JetStreamContext

from adapters.postgres.connect import connect
from adapters.postgres.followers.rebuild import verify
from projections.model import models
from tests.faults.processes import eventually
from tests.servers import Database

COMES_S_MAX = 60


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


async def one_letter_each(database: Database, outbox: Path) -> None:
    """Each learner was welcomed, once."""
    async with await connect(database.url) as connection:
        learners = await column(
            connection, "select stream from ledger.facts where type = 'enrollments.LearnerEnrolled'"
        )

    async def delivered() -> bool:
        letters = await asyncio.to_thread(lambda: list(outbox.rglob("*.eml")))
        return len(letters) == len(learners)

    await eventually(delivered, COMES_S_MAX)


async def column(connection: psycopg.AsyncConnection[Any], query: str) -> list[Any]:
    return [value for (value,) in await (await connection.execute(query.encode())).fetchall()]
