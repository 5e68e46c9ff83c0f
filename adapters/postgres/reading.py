"""The ledger read in the order it was written: what every follower, export and replay goes through.

Postgres sends rows in binary, ids stay sixteen bytes, and msgspec makes them: a third of the time of other ways tried.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from datetime import datetime
from itertools import repeat
from struct import pack
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
import psycopg
from psycopg.pq import Format
from psycopg.rows import tuple_row

from application.catalogue import Undecodable, UnknownFact, decode
from application.ledger import Recorded, TenantId

WINDOW = 500
"""Positions looked at in one query: with more, making room for the facts takes longer than making them."""

_READ = "select * from ledger.read_facts(%b::smallint, %b::bigint, %b::int, %b::text[], %b::uuid)"


class Wanted(NamedTuple):
    """Which facts."""

    types: Sequence[str] | None = None
    tenant: TenantId | None = None


EVERYTHING = Wanted()


async def read_log(
    connection: psycopg.AsyncConnection[Any], log: int, after: int, window: int, types: Sequence[str] | None = None
) -> tuple[int, list[Recorded[Any]]]:
    """The facts of the next `window` positions after this one, and how far that goes.

    A fact that this program cannot read comes as `Undecodable`, so that one such fact does not hide its neighbours.
    """
    until, rows = await _rows(connection, log, after, window, Wanted(types))
    return until, _recorded(log, rows)


async def facts(
    connection: psycopg.AsyncConnection[Any],
    log: int,
    after: int = 0,
    until: int | None = None,
    wanted: Wanted = EVERYTHING,
) -> AsyncGenerator[Recorded[Any]]:
    """The facts after a position, up to `until` or to where the log ends now.

    While one window is decoded and used, Postgres is already at the next.
    """

    def start(position: int) -> asyncio.Task[tuple[int, list[tuple[Any, ...]]]]:
        window = WINDOW if until is None else max(0, min(WINDOW, until - position))
        return asyncio.create_task(_rows(connection, log, position, window, wanted))

    position, coming = after, start(after)
    try:
        while True:
            reached, rows = await coming
            if reached == position:
                return
            position = reached
            coming = start(position)
            await asyncio.sleep(0)  # Lets the next query leave before this window is decoded.
            for fact in _recorded(log, rows):
                yield fact
    finally:
        coming.cancel()
        await asyncio.gather(coming, return_exceptions=True)


class Columns(NamedTuple):
    """Facts as they are kept, column by column."""

    position: Sequence[int]
    id: Sequence[UUID]
    tenant: Sequence[TenantId]
    stream: Sequence[str]
    version: Sequence[int]
    type: Sequence[str]
    data: Sequence[bytes]
    at: Sequence[datetime]
    by: Sequence[str]
    command: Sequence[UUID]
    correlation: Sequence[UUID]
    causation: Sequence[UUID | None]


def picked(facts: Columns, indexes: Sequence[int]) -> Columns:
    """Some of these facts."""
    columns: Sequence[Sequence[Any]] = facts
    return Columns._make([column[index] for index in indexes] for column in columns)


NOTHING = Columns(*[()] * 12)


async def read_columns(
    connection: psycopg.AsyncConnection[Any], log: int, after: int, window: int, wanted: Wanted = EVERYTHING
) -> tuple[int, Columns]:
    """How far was looked, and the facts up to there, undecoded."""
    until, rows = await _rows(connection, log, after, window, wanted)
    return until, as_columns(rows)


async def _rows(
    connection: psycopg.AsyncConnection[Any], log: int, after: int, window: int, wanted: Wanted
) -> tuple[int, list[tuple[Any, ...]]]:
    async with connection.cursor(binary=True, row_factory=tuple_row) as cursor:
        plain_bytes(cursor)
        types = None if wanted.types is None else list(wanted.types)
        await cursor.execute(_READ, (log, after, window, types, wanted.tenant), prepare=True)
        rows = await cursor.fetchall()
    if not rows:
        raise LookupError(f"there is no log {log}")
    return rows[0][0], [] if rows[0][1] is None else rows


def plain_bytes(cursor: psycopg.AsyncCursor[Any]) -> None:
    """Have ids and JSON come as the bytes they are sent as."""
    as_bytes = cursor.adapters.get_loader(psycopg.adapters.types["bytea"].oid, Format.BINARY)
    if as_bytes is not None:
        cursor.adapters.register_loader("uuid", as_bytes)
        cursor.adapters.register_loader("json", as_bytes)


def as_columns(rows: Sequence[tuple[Any, ...]]) -> Columns:
    if not rows:
        return NOTHING
    _, position, id_, tenant, stream, version, type_, data, at, by, command, correlation, causation = zip(
        *rows, strict=True
    )
    return Columns(
        position, _uuids(id_), _few_uuids(tenant), stream, version, type_, data, at, by,
        _uuids(command), _uuids(correlation), _uuids(causation),
    )  # fmt: skip


def _recorded(log: int, rows: Sequence[tuple[Any, ...]]) -> list[Recorded[Any]]:
    facts = as_columns(rows)
    return list(
        map(
            Recorded,
            map(_event, facts.type, facts.data),
            facts.type,
            facts.tenant,
            facts.stream,
            facts.version,
            repeat(log),
            facts.position,
            facts.id,
            facts.at,
            facts.by,
            facts.command,
            facts.correlation,
            facts.causation,
        )
    )


def _event(type_: str, data: bytes) -> Any:
    try:
        return decode(type_, data)
    except (UnknownFact, msgspec.ValidationError, msgspec.DecodeError) as error:
        return Undecodable(f"{type(error).__name__}: {error}")


_read_uuids = msgspec.msgpack.Decoder(list[UUID | None]).decode
_NOTHING = b"\xc0"
_SIXTEEN_BYTES = b"\xc4\x10"


def _uuids(column: Sequence[bytes | None]) -> Any:
    """Many ids at once. msgspec makes a UUID from MessagePack in a fifth of the time that `UUID(bytes=...)` takes."""
    head = b"\xdd" + pack(">I", len(column))
    return _read_uuids(head + b"".join([_NOTHING if id_ is None else _SIXTEEN_BYTES + id_ for id_ in column]))


def _few_uuids(column: Sequence[bytes]) -> Any:
    """The same, where few ids come again and again."""
    few = list(set(column))
    return list(map(dict(zip(few, _uuids(few), strict=True)).__getitem__, column))
