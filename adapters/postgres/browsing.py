"""The ledger as it is written, for people who look: every fact as a line of JSON, none of it interpreted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
import psycopg
from psycopg.rows import tuple_row

from adapters.postgres.doorbell import CHANNEL
from domain.kernel import Value

WINDOW = 10_000
"""Positions looked at in one query."""
LOOK_EVERY_S = 0.5
"""How often one who follows looks, should no doorbell ring."""


class Choice(Value, kw_only=True):
    """Which facts to show."""

    types: tuple[str, ...] = ()
    """Whole names, or `context.*`."""
    streams: tuple[str, ...] = ()
    """Whole names, or beginnings that end in `*`."""
    tenant: UUID | None = None
    since: datetime | None = None
    until: datetime | None = None
    after: int = 0
    to: int | None = None
    logs: tuple[int, ...] = ()
    """All, where none is named."""


class Line(msgspec.Struct, frozen=True, gc=False):
    """A fact as it is shown."""

    log: int
    position: int
    at: datetime
    type: str
    tenant: UUID
    stream: str
    version: int
    by: str
    id: UUID
    command: UUID
    correlation: UUID
    causation: UUID | None
    data: msgspec.Raw


class StreamLine(msgspec.Struct, frozen=True):
    """A stream as it is shown."""

    stream: str
    tenant: UUID
    version: int
    first_at: datetime
    last_at: datetime
    log: int
    last_position: int


Looked = Callable[[int, int, int], None]
"""Called with a log, the position that was looked up to, and where the log ends."""


def browse(
    connection: psycopg.Connection[Any], choice: Choice, looked: Looked, *, follow: bool = False
) -> Iterator[Line]:
    """The chosen facts, log by log in the order of their positions; then, if asked, those that are still to come."""
    reached = dict.fromkeys(choice.logs or _logs(connection), choice.after)
    if follow:
        connection.execute(f"listen {CHANNEL}".encode())
    while True:
        for log in reached:
            for until, end, found in _windows(connection, log, reached[log], choice):
                yield from found
                reached[log] = until
                looked(log, until, end)
        if not follow or (choice.to is not None and all(position >= choice.to for position in reached.values())):
            return
        for _ in connection.notifies(timeout=LOOK_EVERY_S, stop_after=1):
            break


def streams(
    connection: psycopg.Connection[Any], tenant: UUID | None, beginning: str, limit: int | None
) -> Iterator[StreamLine]:
    """The streams whose names begin so, in the order of their names."""
    with connection.cursor(row_factory=tuple_row) as cursor:
        cursor.execute(
            "select stream, tenant, version, first_at, last_at, log, last_position from analysis.streams "
            "where (%(tenant)s::uuid is null or tenant = %(tenant)s) and starts_with(stream, %(beginning)s) "
            "order by stream, tenant limit %(limit)s",
            {"tenant": tenant, "beginning": beginning, "limit": limit},
        )
        for row in cursor:
            yield StreamLine(*row)


def _logs(connection: psycopg.Connection[Any]) -> list[int]:
    with connection.cursor(row_factory=tuple_row) as cursor:
        return [log for (log,) in cursor.execute("select log from ledger.log_head order by log")]


_FACTS = """
select log, position, at, type, tenant, stream, version, by, id, command, correlation, causation,
  data::text
from ledger.facts
where log = %(log)s and position > %(after)s and position <= %(until)s
  and (%(types)s::text[] is null or type like any (%(types)s))
  and (%(streams)s::text[] is null or stream like any (%(streams)s))
  and (%(tenant)s::uuid is null or tenant = %(tenant)s)
  and (%(since)s::timestamptz is null or at >= %(since)s) and (%(before)s::timestamptz is null or at < %(before)s)
order by position
"""


def _windows(
    connection: psycopg.Connection[Any], log: int, after: int, choice: Choice
) -> Iterator[tuple[int, int, list[Line]]]:
    with connection.cursor(row_factory=tuple_row) as cursor:
        head = cursor.execute("select position from ledger.log_head where log = %s", (log,)).fetchone()
        if head is None:
            raise LookupError(f"there is no log {log}")
        end = head[0] if choice.to is None else min(head[0], choice.to)
        while after < end:
            until = min(after + WINDOW, end)
            parameters = {
                "log": log,
                "after": after,
                "until": until,
                "types": patterns(choice.types),
                "streams": patterns(choice.streams),
                "tenant": choice.tenant,
                "since": choice.since,
                "before": choice.until,
            }
            cursor.execute(_FACTS, parameters)
            yield until, end, [_line(row) for row in cursor]
            after = until


def _line(row: tuple[Any, ...]) -> Line:
    columns: tuple[Any, ...] = (*row[:-1], msgspec.Raw(row[-1].encode()))
    return Line(*columns)


def patterns(names: tuple[str, ...]) -> list[str] | None:
    """As `like` wants them; only a star at the end means more than itself."""
    escaped = (name.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_") for name in names)
    return [f"{name[:-1]}%" if name.endswith("*") else name for name in escaped] or None
