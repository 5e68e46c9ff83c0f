"""The ledger in Postgres. Concurrent appends become one commit, concurrent reads one query."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Generic, TypeVar

import msgspec
import psycopg
import structlog

from adapters.postgres import arrays
from adapters.postgres.arrays import blobs, ints, moments, texts, uuids
from application.ledger import Entry, History, Kept, Known, Moved, Receipt, Refusal, TenantId, Unavailable, Verdict

log = structlog.get_logger()

Job = TypeVar("Job")
Answer = TypeVar("Answer")
Connect = Callable[[], Awaitable[psycopg.AsyncConnection[Any]]]

BATCH_MAX = 512
"""Commands in one commit, streams in one reading."""
WAITING_MAX = 20_000
"""Beyond this many waiting the ledger says it is unavailable, rather than answer too late."""
RECONNECT_S_MAX = 1.0
GIVE_UP_S = 15.0
"""How long a caller waits for a Postgres that is away."""



class PostgresLedger:
    """A `Ledger` on Postgres: for each log one connection that appends and one that reads."""

    def __init__(self, connect: Connect, logs: int, *, after_commit: Callable[[int, int], None] | None = None) -> None:
        """`after_commit(log, position)` is called after each commit that moved a log; it must not wait."""
        self._logs = logs
        self._appenders = [_Appender(connect, log, after_commit) for log in range(logs)]
        self._readers = [_Reader(connect, log) for log in range(logs)]

    async def __aenter__(self) -> PostgresLedger:
        for part in (*self._appenders, *self._readers):
            part.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await asyncio.gather(*(part.stop() for part in (*self._appenders, *self._readers)))

    def log_of(self, tenant: TenantId) -> int:
        """Which log keeps this tenant's facts; the same as `ledger.log_of`."""
        return int.from_bytes(tenant.bytes[-4:], "big") % self._logs

    async def append(self, entry: Entry) -> Verdict:
        return await self._appenders[self.log_of(entry.caller.tenant)].ask(entry)

    async def read(self, tenant: TenantId, stream: str, shape: str) -> History:
        return await self._readers[self.log_of(tenant)].ask((tenant, stream, shape))

    async def snapshot(self, tenant: TenantId, stream: str, shape: str, version: int, state: bytes) -> None:
        await self._readers[self.log_of(tenant)].keep_snapshot(tenant, stream, shape, version, state)


class _Gathering(Generic[Job, Answer]):
    """Work that many ask for and one connection does: while one batch is under way, the next one gathers.

    Nothing waits on a timer. When the connection is lost the batch is done again on a new one, which is why every
    batch must be safe to do twice; those who have waited too long are told that the database is away.
    """

    def __init__(self, connect: Connect, log: int) -> None:
        self._connect = connect
        self._log = log
        self._waiting: deque[tuple[Job, asyncio.Future[Answer], float]] = deque()
        self._bell = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._connection: psycopg.AsyncConnection[Any] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._run(), name=f"{type(self).__name__} of log {self._log}")

    async def stop(self) -> None:
        """End after the batch under way; what still waits is told so."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        for _, answer, _ in self._waiting:
            _fail(answer, Unavailable("shutting down"))
        self._waiting.clear()
        if self._connection is not None:
            await self._connection.close()

    async def ask(self, job: Job) -> Answer:
        if len(self._waiting) >= WAITING_MAX:
            raise Unavailable("too much is waiting for the ledger")
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Answer] = loop.create_future()
        self._waiting.append((job, answer, loop.time() + GIVE_UP_S))
        self._bell.set()
        return await answer

    async def _run(self) -> None:
        while True:
            await self._bell.wait()
            self._bell.clear()
            while self._waiting:
                batch = self._next()
                try:
                    await self._settle(batch)
                except BaseException:
                    for _, answer, _ in batch:
                        _fail(answer, Unavailable("the work was interrupted; ask again with the same key"))
                    raise

    def _next(self) -> list[tuple[Job, asyncio.Future[Answer], float]]:
        return [self._waiting.popleft() for _ in range(min(len(self._waiting), BATCH_MAX))]

    async def _settle(self, batch: list[tuple[Job, asyncio.Future[Answer], float]]) -> None:
        loop, pause = asyncio.get_running_loop(), 0.01
        while batch:
            try:
                answers = await self._do(await self._connected(), [job for job, _, _ in batch])
            except (psycopg.OperationalError, psycopg.InterfaceError, OSError) as lost:
                await self._drop_connection()
                log.warning("ledger.connection_lost", part=type(self).__name__, log=self._log, error=str(lost).strip())
                now = loop.time()
                for _, answer, deadline in batch:
                    if deadline < now:
                        _fail(answer, Unavailable("the database cannot be reached"))
                batch = [waiting for waiting in batch if not waiting[1].done()]
                await asyncio.sleep(pause)
                pause = min(pause * 2, RECONNECT_S_MAX)
            except psycopg.Error as broken:
                # Something in this batch offends the database itself. Alone, the culprit fails alone.
                if len(batch) == 1:
                    log.exception("ledger.refused_by_postgres", part=type(self).__name__, log=self._log)
                    _fail(batch[0][1], broken)
                    return
                for one in batch:
                    await self._settle([one])
                return
            else:
                for (_, answer, _), given in zip(batch, answers, strict=True):
                    if not answer.done():
                        answer.set_result(given)
                return

    async def _connected(self) -> psycopg.AsyncConnection[Any]:
        if self._connection is None or self._connection.closed:
            self._connection = await self._connect()
            arrays.register(self._connection)
        return self._connection

    async def _drop_connection(self) -> None:
        if self._connection is not None:
            await self._connection.close()
            self._connection = None

    async def _do(self, connection: psycopg.AsyncConnection[Any], jobs: Sequence[Job]) -> Sequence[Answer]:
        raise NotImplementedError


def _fail(answer: asyncio.Future[Any], error: BaseException) -> None:
    if not answer.done():
        answer.set_exception(error)


_APPEND = """
select n, verdict, position, digest, outcome, stream, version, refusal from ledger.append_batch(
  %b::smallint,
  %b::uuid[], %b::uuid[], %b::text[], %b::text[], %b::text[], %b::text[], %b::bytea[],
  %b::text[], %b::text[], %b::int[], %b::bytea[],
  %b::timestamptz[], %b::uuid[], %b::uuid[], %b::text[], %b::int[],
  %b::int[], %b::text[], %b::int[],
  %b::int[], %b::int[], %b::text[], %b::int[], %b::text[], %b::text[], %b::uuid[]
)"""


class _Appender(_Gathering[Entry, Verdict]):
    """Group commit. A batch may be sent again after a lost connection: a command's id keeps it from happening twice."""

    def __init__(self, connect: Connect, log: int, after_commit: Callable[[int, int], None] | None) -> None:
        super().__init__(connect, log)
        self._after_commit = after_commit

    def _next(self) -> list[tuple[Entry, asyncio.Future[Verdict], float]]:
        """The next batch: at most one command of an id and one on a stream; the others keep their place in the queue."""
        batch: list[tuple[Entry, asyncio.Future[Verdict], float]] = []
        later: list[tuple[Entry, asyncio.Future[Verdict], float]] = []
        taken: set[str | int] = set()
        while self._waiting and len(batch) < BATCH_MAX:
            waiting = self._waiting.popleft()
            entry = waiting[0]
            # Streams of two tenants may have one name; that one of them waits a batch then harms nobody.
            free = entry.id.int not in taken and all(stream not in taken for stream, _ in entry.reads)
            (batch if free else later).append(waiting)
            taken.add(entry.id.int)
            taken.update(stream for stream, _ in entry.reads)
        self._waiting.extendleft(reversed(later))
        return batch

    async def _do(self, connection: psycopg.AsyncConnection[Any], jobs: Sequence[Entry]) -> Sequence[Verdict]:
        cursor = await connection.execute(_APPEND, (self._log, *_columns(jobs)), prepare=True, binary=True)
        verdicts: list[Verdict] = [Moved()] * len(jobs)
        head = 0
        for n, verdict, position, digest, outcome, stream, version, refusal in await cursor.fetchall():
            if verdict == "accepted":
                verdicts[n - 1] = Kept(position)
                if jobs[n - 1].facts:
                    head = max(head, position)
            elif verdict == "replayed":
                answer = (
                    msgspec.json.decode(refusal, type=Refusal)
                    if outcome == "refused"
                    else Receipt(jobs[n - 1].id, stream, version, position)
                )
                verdicts[n - 1] = Known(digest, answer)
        if head and self._after_commit is not None:
            self._after_commit(self._log, head)
        return verdicts


def _columns(entries: Sequence[Entry]) -> tuple[object, ...]:
    """A batch as the arrays that `ledger.append_batch` takes, in its order."""
    callers = [entry.caller for entry in entries]
    reads = [(n, stream, version) for n, entry in enumerate(entries, 1) for stream, version in entry.reads]
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
    )


class _Reader(_Gathering[tuple[TenantId, str, str], History]):
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
        rows: list[list[tuple[int, str | None, str]]] = [[] for _ in jobs]
        for n, *row in await cursor.fetchall():
            rows[n - 1].append(tuple(row))
        return [_history(found) for found in rows]

    async def keep_snapshot(self, tenant: TenantId, stream: str, shape: str, version: int, state: bytes) -> None:
        """A snapshot that cannot be kept is not missed."""
        try:
            connection = await self._connect()
            async with connection:
                await connection.execute(
                    "insert into ledger.snapshots (log, tenant, stream, shape, version, state) values (%s, %s, %s, %s, %s, %s) "
                    "on conflict (log, tenant, stream) do update "
                    "set shape = excluded.shape, version = excluded.version, state = excluded.state "
                    "where snapshots.version < excluded.version or snapshots.shape <> excluded.shape",
                    (self._log, tenant, stream, shape, version, state.decode()),
                )
        except psycopg.Error as error:
            log.warning("ledger.snapshot_not_kept", stream=stream, error=str(error).strip())


def _history(rows: Sequence[tuple[int, str | None, str]]) -> History:
    if not rows:
        return History(0, None, ())
    snapshot = rows[0][2].encode() if rows[0][1] is None else None
    facts = [(type_, data.encode()) for _, type_, data in rows if type_ is not None]
    return History(rows[-1][0], snapshot, facts)
