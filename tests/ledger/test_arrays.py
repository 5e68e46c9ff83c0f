"""Arrays packed by hand are what psycopg would have sent."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from adapters.postgres import arrays
from tests.servers import Database

CASES: list[tuple[str, Any, list[Any]]] = [
    ("int[]", arrays.ints, [0, 1, -1, 2**31 - 1, -(2**31)]),
    ("text[]", arrays.texts, ["", "a", None, "ünïcode 🎓", 'NULL, "quoted" {and} \\slashed']),
    ("bytea[]", arrays.blobs, [b"", None, b"\x00\xff", bytes(1000)]),
    ("uuid[]", arrays.uuids, [uuid4(), None, uuid4()]),
    (
        "timestamptz[]",
        arrays.moments,
        [
            datetime(2026, 11, 21, 5, 1, 2, 345678, tzinfo=UTC),
            datetime(1969, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
            datetime(2000, 1, 1, tzinfo=timezone(timedelta(hours=5, minutes=30))),
        ],
    ),
]

SAME = "select %b::{0}, %b::{0} is not distinct from %s::{0}"


@pytest.mark.parametrize(("type_", "pack", "values"), [*CASES, *((type_, pack, []) for type_, pack, _ in CASES)])
async def test_it_arrives_as_it_was(database: Database, type_: str, pack: Any, values: list[Any]) -> None:
    connection: psycopg.AsyncConnection[Any]
    async with await database.connect() as connection:
        arrays.register(connection)
        cursor = await connection.execute(SAME.format(type_).encode(), (pack(values), pack(values), values))
        assert await cursor.fetchone() == (values, True)
