"""The ledger read again, forward from anywhere: facts as they are kept, column by column, a bounded number at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from typing import Any, NamedTuple

import msgspec
from psycopg.rows import tuple_row

from adapters.postgres.browsing import Choice, Line, patterns
from adapters.postgres.connect import Lend
from adapters.postgres.reading import Columns, as_columns, plain_bytes
from application.ledger import TenantId
from application.ports import Keys
from application.sealing import Slot, Unopenable, keyring, unseal

WINDOW = 5_000
"""Positions looked at in one query, and so the facts that are in memory at once, twice over."""

_COLUMNS = """
select null::bigint, position, id, tenant, stream, version, type, data, at, by, command, correlation, causation
from ledger.facts
where log = %(log)s and position > %(after)s and position <= %(until)s
  and (%(types)s::text[] is null or type like any (%(types)s))
  and (%(since)s::timestamptz is null or at >= %(since)s) and (%(before)s::timestamptz is null or at < %(before)s)
"""
_WINDOW = f"""{_COLUMNS}
  and (%(streams)s::text[] is null or stream like any (%(streams)s))
  and (%(tenant)s::uuid is null or tenant = %(tenant)s)
order by position
"""
_STREAM = f"{_COLUMNS} and tenant = %(tenant)s and stream = %(stream)s order by version limit %(limit)s"
"""Of one stream: found by its name, however far apart its facts are."""


class Part(NamedTuple):
    """Some facts of a log in order, how far was looked for them, and how far it goes."""

    log: int
    until: int
    end: int
    facts: Columns


class Exporter:
    """Reads again what was chosen. Asks for the next part while this one is used."""

    def __init__(self, lend: Lend, window: int = WINDOW) -> None:
        self._lend = lend
        self._window = window

    async def logs(self) -> list[int]:
        """The logs there are."""
        return [log for (log,) in await self._rows("select log from ledger.log_head order by log", {})]

    async def log_of(self, tenant: TenantId) -> int:
        """The log that keeps a tenant's facts."""
        ((log,),) = await self._rows("select ledger.log_of(%(tenant)s)", {"tenant": tenant})
        return int(log)

    async def end(self, log: int, choice: Choice) -> int:
        """Up to where there is anything to read now."""
        found = await self._rows("select position from ledger.log_head where log = %(log)s", {"log": log})
        if not found:
            raise LookupError(f"there is no log {log}")
        head = int(found[0][0])
        return head if choice.to is None else min(head, choice.to)

    async def parts(self, log: int, choice: Choice, end: int) -> AsyncGenerator[Part]:
        """What was chosen of one log, up to a position that it has reached, part by part; some may be empty."""
        stream = choice.streams[0] if _is_one_stream(choice) else None
        after = choice.after
        coming = self._soon(log, choice, stream, after, end) if after < end else None
        try:
            while coming is not None:
                part = await coming
                coming = self._soon(log, choice, stream, part.until, end) if part.until < end else None
                await asyncio.sleep(0)  # Lets the next question leave before this part is used.
                yield part
        finally:
            if coming is not None:
                coming.cancel()
                await asyncio.gather(coming, return_exceptions=True)

    def _soon(self, log: int, choice: Choice, stream: str | None, after: int, end: int) -> asyncio.Task[Part]:
        return asyncio.create_task(self._part(log, choice, stream, after, end))

    async def _part(self, log: int, choice: Choice, stream: str | None, after: int, end: int) -> Part:
        until = end if stream is not None else min(after + self._window, end)
        parameters = {
            "log": log,
            "after": after,
            "until": until,
            "types": patterns(choice.types),
            "streams": patterns(choice.streams),
            "tenant": choice.tenant,
            "since": choice.since,
            "before": choice.until,
            "stream": stream,
            "limit": self._window,
        }
        facts = as_columns(await self._rows(_WINDOW if stream is None else _STREAM, parameters))
        if stream is not None and len(facts.position) == self._window:
            until = facts.position[-1]
        return Part(log, until, end, facts)

    async def _rows(self, query: str, parameters: dict[str, Any]) -> list[tuple[Any, ...]]:
        async with self._lend() as connection, connection.cursor(binary=True, row_factory=tuple_row) as cursor:
            plain_bytes(cursor)
            await cursor.execute(query.encode(), parameters)
            return await cursor.fetchall()


def _is_one_stream(choice: Choice) -> bool:
    return choice.tenant is not None and len(choice.streams) == 1 and not choice.streams[0].endswith("*")


async def opened(keys: Keys, facts: Columns) -> Columns:
    """These facts with what is sealed in them opened; erased, where the key was destroyed.

    What cannot be opened stays as it is kept: one such fact does not hide those behind it.
    """
    ring = await keyring(keys, zip(facts.tenant, facts.type, facts.data, strict=True))

    def one(type_: str, data: bytes, slot: Slot) -> bytes:
        try:
            said = unseal(type_, data, slot, ring)
        except Unopenable:
            return data
        return said.encode() if isinstance(said, str) else bytes(said)

    slots = map(Slot, facts.tenant, facts.stream, facts.version)
    return facts._replace(data=list(map(one, facts.type, facts.data, slots)))


_encode_lines = msgspec.json.Encoder().encode_lines


def as_lines(log: int, facts: Columns) -> bytes:
    """Facts as JSON, one a line."""
    logs: Sequence[int] = (log,) * len(facts.position)
    return _encode_lines(
        list(
            map(
                Line, logs, facts.position, facts.at, facts.type, facts.tenant, facts.stream, facts.version, facts.by,
                facts.id, facts.command, facts.correlation, facts.causation, map(msgspec.Raw, facts.data),
            )
        )
    )  # fmt: skip
