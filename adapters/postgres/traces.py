"""The port `Traces`: what the ledger has of somebody, found by reading what a tenant has, some positions at once."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from psycopg_pool import ConnectionPool

from application.ledger import TenantId
from application.ports import Trace

WINDOW = 20_000
"""Positions looked at in one query, so that it takes no longer than a moment."""

_HEAD = """
select log, position from ledger.log_head where log = ledger.log_of(%s)
"""
_MENTIONING = """
select position, at, type, stream, version, by, data::text from ledger.facts
where log = %(log)s and position > %(after)s and position <= %(until)s and tenant = %(tenant)s
  and (strpos(stream, %(person)s) > 0 or strpos(data::text, %(person)s) > 0)
order by position
"""
_OF_STREAM = """
select position, at, type, stream, version, by, data::text from ledger.facts
where log = ledger.log_of(%(tenant)s) and tenant = %(tenant)s and stream = %(stream)s
order by version
"""


class PostgresTraces:
    """Asked by jobs, in the threads they run in."""

    def __init__(self, pool: ConnectionPool[Any], window: int = WINDOW) -> None:
        self._pool = pool
        self._window = window

    def mentioning(self, tenant: TenantId, person: str) -> Iterator[Trace]:
        head = self._rows(_HEAD, (tenant,))
        for log, end in head:
            for after in range(0, end, self._window):
                asked = {"log": log, "after": after, "until": min(after + self._window, end)}
                for row in self._rows(_MENTIONING, {**asked, "tenant": tenant, "person": person}):
                    yield Trace(*row)

    def of_streams(self, tenant: TenantId, streams: Collection[str]) -> Iterator[Trace]:
        for stream in sorted(streams):
            for row in self._rows(_OF_STREAM, {"tenant": tenant, "stream": stream}):
                yield Trace(*row)

    def _rows(self, query: str, values: Any) -> list[tuple[Any, ...]]:
        with self._pool.connection() as connection:
            found: list[tuple[Any, ...]] = connection.execute(query.encode(), values).fetchall()
            return found
