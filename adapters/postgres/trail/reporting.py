"""The port `Trails`: entries as jobs read them, in order."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import msgspec
from psycopg_pool import ConnectionPool

from application.ledger import TenantId
from application.ports import NotYet
from application.trail import TrailEntry

AT_ONCE = 1_000
LOOK_EVERY_S = 0.1
WAIT_S_MAX = 5.0
"""The clerk is soon so far: a job that is tried again waits longer."""

_entries = msgspec.json.Decoder(tuple[TrailEntry, ...])


class PostgresTrails:
    """Asked by jobs, in the threads they run in."""

    def __init__(self, pool: ConnectionPool[Any]) -> None:
        self._pool = pool

    def size(self, tenant: TenantId, position: int) -> int:
        until = time.monotonic() + WAIT_S_MAX
        while True:
            with self._pool.connection() as connection:
                found = connection.execute("select * from trail.trail_size(%s)", (tenant,)).fetchone()
            if found is not None and found[0] >= position:
                return int(found[1])
            if time.monotonic() >= until:
                raise NotYet
            time.sleep(LOOK_EVERY_S)

    def entries(self, tenant: TenantId, since: datetime, until: datetime, first: int) -> Iterator[TrailEntry]:
        at, number = since, 0
        while True:
            asked = (tenant, at, number, until, first, AT_ONCE)
            with self._pool.connection() as connection:
                found = connection.execute(
                    "select trail.entries_of_period(%s, %s, %s, %s, %s, %s)::text", asked
                ).fetchone()
            some = _entries.decode(found[0] if found else "[]")
            yield from some
            if len(some) < AT_ONCE:
                return
            at, number = some[-1].at, some[-1].number
