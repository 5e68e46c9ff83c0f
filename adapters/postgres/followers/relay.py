"""Tells every fact to the world outside, through JetStream, in the order of the ledger.

Where the stream ends is where the relay goes on: there is no second truth about it. A stream that was wiped ends at
nothing, and is filled again.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar

import msgspec
import psycopg
import structlog

from adapters.nats import Diverged, JetStreamLog, Message
from adapters.postgres.followers.follower import Follower
from adapters.postgres.followers.rows import Row
from adapters.postgres.followers.sending import Change
from application.ledger import Unavailable
from application.publishing import CORRELATION, SCHEMA, TYPE, Published, schema_version, subject

log = structlog.get_logger()

Answer = TypeVar("Answer")


class Relay(Follower):
    """The relay of all logs; each has a stream of its own."""

    name = "relay"
    window = 500
    pause_s = 0.05
    parks = False

    def __init__(self, stream_of: Callable[[int], JetStreamLog]) -> None:
        self._stream_of = stream_of

    async def begin(self, connection: psycopg.AsyncConnection[Any], number: int, checkpoint: int) -> int:
        stream = self._stream_of(number)
        end = await _asked(stream.end())
        if end < checkpoint:
            log.warning("relay.refills", log=number, told=end, checkpoint=checkpoint)
        if end:
            cursor = await connection.execute(
                "select id::text from ledger.facts where log = %s and position = %s", (number, end)
            )
            found = await cursor.fetchone()
            told = await _asked(stream.id_at(end))
            if found is None or (told is not None and told != found[0]):
                raise Diverged(f"{stream.name} ends at {end} with {told}, which is not the ledger's")
        return end

    async def handle(self, number: int, rows: Sequence[Row]) -> Sequence[Change]:
        await self._stream_of(number).publish([_message(number, row) for row in rows])
        return ()

    async def steady(self, number: int, position: int) -> bool:
        return await _asked(self._stream_of(number).end()) == position


async def _asked(question: Awaitable[Answer]) -> Answer:
    """An answer of JetStream, or that it is away."""
    try:
        return await question
    except Exception as error:
        raise Unavailable(f"JetStream: {error!r}") from error


def _message(number: int, row: Row) -> Message:
    schema = schema_version(row.type)
    published = Published(
        row.id,
        row.type,
        schema,
        row.tenant,
        row.stream,
        row.version,
        number,
        row.position,
        row.at,
        row.by,
        row.correlation,
        row.causation,
        row.data,
    )
    headers = {CORRELATION: str(row.correlation), SCHEMA: schema, TYPE: row.type}
    body = msgspec.json.encode(published)
    return Message(row.position, str(row.id), subject(row.tenant, row.type), headers, body)
