"""Read models built aside for those who ask over HTTP: one at a time, and not too much of it.

It is done by the process that serves everybody, so what is larger is for the command line, or for the lake.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from typing import TypeVar

from adapters.postgres.aside import Aside, Bounds, TooMuch, aside
from adapters.postgres.exporting import Exporter
from adapters.postgres.followers.watch import Connect
from api.http import problems
from api.http.problems import Refused
from application.ports import Keys

BOUNDS = Bounds(facts=20_000, seconds=20.0)
ROWS_MAX = 10_000

Row = TypeVar("Row")

problems.tell(TooMuch, "aside.too_much")


class Asides:
    """A place aside, lent to one at a time."""

    def __init__(self, connect: Connect, exporter: Exporter, keys: Keys) -> None:
        self._connect = connect
        self._exporter = exporter
        self._keys = keys
        self._taken = asyncio.Lock()

    @asynccontextmanager
    async def lend(self) -> AsyncGenerator[Aside]:
        """A place aside, for as long as one answer takes."""
        if self._taken.locked():
            raise Refused("aside.busy", "another read model is being built; ask again")
        async with self._taken, aside(self._connect, self._exporter, self._keys, BOUNDS) as place:
            yield place


async def few(rows: AsyncIterator[Row]) -> tuple[Row, ...]:
    """All of these rows, unless they are more than one answer tells."""
    found: list[Row] = []
    async for row in rows:
        if len(found) == ROWS_MAX:
            raise TooMuch(f"these are more than {ROWS_MAX:,} rows")
        found.append(row)
    return tuple(found)
