"""The ledger in Postgres. Concurrent appends become one commit, concurrent reads one query."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from functools import partial
from itertools import groupby
from operator import itemgetter
from typing import Any, Self

import msgspec
import psycopg

from adapters.postgres.arrays import blobs, ints, moments, texts, uuids
from adapters.postgres.chains import Choosing, Link, linked
from adapters.postgres.gathering import BATCH_MAX, Connect, Gathering, OnRetry, Waiting
from application.ledger import Entry, History, Kept, Known, Moved, Receipt, Refusal, TenantId, Verdict

AfterCommit = Callable[[int, int], None]


class PostgresLedger:
    """A `Ledger` on Postgres: for each log one connection that appends and one that reads."""

    def __init__(
        self,
        connect: Connect,
        logs: int,
        *,
        after_commit: AfterCommit | None = None,
        on_retry: OnRetry | None = None,
    ) -> None:
        """`after_commit(log, position)` is called after each commit that moved a log.

        `on_retry(why)` is called when Postgres made a batch fail that is then done again: `40P01` for a deadlock,
        `40001` for a serialization failure, `connection_lost`. Neither may wait.
        """
        self._logs = logs
        self._appenders = [_Appender(connect, log, after_commit, on_retry) for log in range(logs)]
        self._readers = [_Reader(connect, log, on_retry) for log in range(logs)]
        self._keepers = [_Keeper(connect, log) for log in range(logs)]
        self._parts: list[Gathering[Any, Any]] = [*self._appenders, *self._readers, *self._keepers]

    async def __aenter__(self) -> Self:
        for part in self._parts:
            part.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await asyncio.gather(*(part.stop() for part in self._parts))

    def log_of(self, tenant: TenantId) -> int:
        """Which log keeps this tenant's facts; the same as `ledger.log_of`."""
        return (tenant.int & 0xFFFFFFFF) % self._logs

    def append(self, entry: Entry) -> asyncio.Future[Verdict]:
        return self._appenders[self.log_of(entry.caller.tenant)].ask(entry)

    async def read(self, tenant: TenantId, stream: str, shape: str) -> History:
        return await self._readers[self.log_of(tenant)].ask((tenant, stream, shape))

    def snapshot(self, tenant: TenantId, stream: str, shape: str, version: int, state: bytes) -> None:
        self._keepers[self.log_of(tenant)].tell((tenant, stream, shape, version, state))


APPEND = """
select n, verdict, position, digest, outcome, stream, version, refusal from ledger.append_batch(
  %b::smallint,
  %b::uuid[], %b::uuid[], %b::text[], %b::text[], %b::text[], %b::text[], %b::bytea[],
  %b::text[], %b::text[], %b::int[], %b::bytea[],
  %b::timestamptz[], %b::uuid[], %b::uuid[], %b::text[], %b::int[],
  %b::int[], %b::text[], %b::int[],
  %b::int[], %b::int[], %b::text[], %b::int[], %b::text[], %b::text[], %b::uuid[],
  %b::int[]
)"""


class _Appender(Gathering[Entry, Verdict]):
    """Group commit. A batch may be sent again after a lost connection: a command's id keeps it from happening twice."""

    def __init__(self, connect: Connect, log: int, after_commit: AfterCommit | None, on_retry: OnRetry | None) -> None:
        super().__init__(connect, log, on_retry)
        self._after_commit = after_commit

    def _next(self) -> list[Waiting[Entry, Verdict]]:
        """The next batch; those that may not come into it keep their places."""
        batch: list[Waiting[Entry, Verdict]] = []
        later: list[Waiting[Entry, Verdict]] = []
        choosing = Choosing()
        while self._waiting and len(batch) < BATCH_MAX and len(later) < BATCH_MAX:
            waiting = self._waiting.popleft()
            if not waiting.answer.done():  # Who has gone away meanwhile is not served.
                (batch if choosing.takes(waiting.job) else later).append(waiting)
        self._waiting.extendleft(reversed(later))
        return batch

    async def _do(self, connection: psycopg.AsyncConnection[Any], jobs: Sequence[Entry]) -> Sequence[Verdict]:
        verdicts: list[Verdict] = [Moved()] * len(jobs)
        links = linked(jobs)
        warned: list[str] = []
        warn = partial(_warned, warned)
        connection.add_notice_handler(warn)
        try:
            cursor = await connection.execute(APPEND, (self._log, *columns(links)), prepare=True, binary=True)
        finally:
            connection.remove_notice_handler(warn)
        if warned:
            # The commit waited for whoever receives the log, and somebody called that off: it is kept here, and perhaps
            # nowhere else. Said again, it waits again, and is then answered by what it was known for.
            raise psycopg.OperationalError(warned[0])
        head = 0
        for n, verdict, position, digest, outcome, stream, version, refusal in await cursor.fetchall():
            number, entry, *_ = links[int(n) - 1]
            if verdict == "accepted":
                verdicts[number] = Kept(position)
                if entry.facts:
                    head = max(head, position)
            elif verdict == "replayed":
                said: Receipt | Refusal = (
                    msgspec.json.decode(refusal, type=Refusal)
                    if outcome == "refused"
                    else Receipt(entry.id, stream, version, position)
                )
                verdicts[number] = Known(digest, said)
        for entry, told in zip(jobs, verdicts, strict=True):
            if entry.fate is not None:
                entry.fate.kept = isinstance(told, Kept)
        if head and self._after_commit is not None:
            self._after_commit(self._log, head)
        return verdicts


def _warned(warned: list[str], diagnostic: psycopg.errors.Diagnostic) -> None:
    if diagnostic.severity_nonlocalized == "WARNING":
        warned.append(diagnostic.message_primary or "a warning")


def columns(links: Sequence[Link]) -> tuple[object, ...]:
    """A batch as the arrays that `ledger.append_batch` takes, in its order."""
    entries = [link.entry for link in links]
    callers = [entry.caller for entry in entries]
    reads = [(n, stream, version) for n, link in enumerate(links, 1) for stream, version in link.reads]
    facts = [(n, place, fact) for n, entry in enumerate(entries, 1) for place, fact in enumerate(entry.facts, 1)]
    return (
        uuids([caller.tenant for caller in callers]),
        uuids([entry.id for entry in entries]),
        texts([entry.name for entry in entries]),
        texts([caller.by for caller in callers]),
        texts([caller.route for caller in callers]),
        texts([caller.key for caller in callers]),
        blobs([caller.digest for caller in callers]),
        texts(["accepted" if entry.refusal is None else "refused" for entry in entries]),
        texts([entry.stream for entry in entries]),
        ints([entry.version for entry in entries]),
        blobs([None if entry.refusal is None else msgspec.json.encode(entry.refusal) for entry in entries]),
        moments([entry.at for entry in entries]),
        uuids([caller.correlation for caller in callers]),
        uuids([caller.causation for caller in callers]),
        texts([None if caller.origin is None else msgspec.json.encode(caller.origin).decode() for caller in callers]),
        ints([len(entry.facts) for entry in entries]),
        ints([n for n, _, _ in reads]),
        texts([stream for _, stream, _ in reads]),
        ints([version for _, _, version in reads]),
        ints([n for n, _, _ in facts]),
        ints([place for _, place, _ in facts]),
        texts([fact.stream for _, _, fact in facts]),
        ints([fact.version for _, _, fact in facts]),
        texts([fact.type for _, _, fact in facts]),
        texts([fact.data for _, _, fact in facts]),
        uuids([fact.id for _, _, fact in facts]),
        ints([link.chain for link in links]),
    )


class _Reader(Gathering[tuple[TenantId, str, str], History]):
    """Gathered reads: as many streams as are wanted at once, in one query."""

    async def _do(
        self, connection: psycopg.AsyncConnection[Any], jobs: Sequence[tuple[TenantId, str, str]]
    ) -> Sequence[History]:
        tenants, streams, shapes = zip(*jobs, strict=True)
        cursor = await connection.execute(
            "select n, version, type, data from ledger.read_streams(%b::smallint, %b::uuid[], %b::text[], %b::text[])",
            (self._log, uuids(tenants), texts(streams), texts(shapes)),
            prepare=True,
            binary=True,
        )
        histories = [NO_HISTORY] * len(jobs)
        for n, rows in groupby(await cursor.fetchall(), itemgetter(0)):
            histories[n - 1] = _history(list(rows))
        return histories


NO_HISTORY = History(0, None, ())


def _history(rows: Sequence[tuple[int, int, str | None, str]]) -> History:
    """A stream's rows in order; the one without a type is its snapshot."""
    _, _, type_, state = rows[0]
    facts = rows if type_ is not None else rows[1:]
    return History(
        rows[-1][1], None if type_ is not None else state.encode(), [(row[2] or "", row[3]) for row in facts]
    )


Snapshot = tuple[TenantId, str, str, int, bytes]


class _Keeper(Gathering[Snapshot, None]):
    """Writes snapshots."""

    async def _do(self, connection: psycopg.AsyncConnection[Any], jobs: Sequence[Snapshot]) -> Sequence[None]:
        newest = {(tenant, stream): (tenant, stream, *rest) for tenant, stream, *rest in jobs}
        tenants, streams, shapes, versions, states = zip(*newest.values(), strict=True)
        await connection.execute(
            """
            insert into ledger.snapshots (log, tenant, stream, shape, version, state)
            select %b::smallint, tenant, stream, shape, version, convert_from(state, 'utf8')::json
            from unnest(%b::uuid[], %b::text[], %b::text[], %b::int[], %b::bytea[])
              as s (tenant, stream, shape, version, state)
            on conflict (log, tenant, stream) do update
            set shape = excluded.shape, version = excluded.version, state = excluded.state
            where snapshots.version < excluded.version or snapshots.shape <> excluded.shape
            """,
            (self._log, uuids(tenants), texts(streams), texts(shapes), ints(versions), blobs(states)),
            prepare=True,
            binary=True,
        )
        return [None] * len(jobs)
