"""Work that many ask for and one connection does, batch by batch."""

from __future__ import annotations

import asyncio
import os
import socket
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import suppress
from typing import Any, Generic, NamedTuple, TypeVar

import psycopg
import structlog

from adapters.postgres import arrays
from application.ledger import Unavailable
from domain.kernel import Rejected

log = structlog.get_logger()

Job = TypeVar("Job")
Answer = TypeVar("Answer")
Connect = Callable[[], Awaitable[psycopg.AsyncConnection[Any]]]
OnRetry = Callable[[str], None]

BATCH_MAX = 512
"""Jobs in one batch."""
WAITING_MAX = 20_000
"""Beyond this many waiting the answer is `Unavailable`, rather than one that comes too late."""
GIVE_UP_S = 15.0
"""How long one waits for a Postgres that is away."""
SILENCE_S_MAX = 10.0
"""A server that says nothing for so long is taken for dead. It is longer than a statement of ours may last."""
PAUSE_S = 0.01
PAUSE_S_MAX = 1.0
STOP_S_MAX = 5.0
"""How long the batch under way is waited for at the end."""


class Waiting(NamedTuple, Generic[Job, Answer]):
    """Someone who waits for an answer, and until when (on the loop's clock)."""

    job: Job
    answer: asyncio.Future[Answer]
    deadline: float


class Gathering(Generic[Job, Answer]):
    """While one batch is under way, the next one gathers. Nothing waits on a timer: a lone job is done at once.

    When the connection is lost the batch is done again on a new one, which is why every batch must be safe to do
    twice. Those who have waited too long are told that the database is away.
    """

    def __init__(self, connect: Connect, log: int, on_retry: OnRetry | None = None) -> None:
        """`on_retry` is called with what went wrong, by its SQLSTATE or as `connection_lost`; it must not wait."""
        self._connect = connect
        self._log = log
        self._on_retry = on_retry
        self._waiting: deque[Waiting[Job, Answer]] = deque()
        self._loop: asyncio.AbstractEventLoop | None = None  # Asking asyncio for it each time is a system call.
        self._bell = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._connection: psycopg.AsyncConnection[Any] | None = None
        self._closing = False

    def start(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._task = self._loop.create_task(self._run(), name=f"{type(self).__name__} of log {self._log}")

    async def stop(self) -> None:
        """End after the batch under way; whoever still waits is told so."""
        self._closing = True
        self._bell.set()
        while self._waiting:
            _fail(self._waiting.popleft().answer, Unavailable("shutting down"))
        if self._task is not None:
            await asyncio.wait((self._task,), timeout=STOP_S_MAX)
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await self._drop_connection()

    def ask(self, job: Job) -> asyncio.Future[Answer]:
        loop = self._loop or asyncio.get_running_loop()
        answer: asyncio.Future[Answer] = loop.create_future()
        if self._loop is None or self._closing or len(self._waiting) >= WAITING_MAX:
            why = "too much is waiting for the ledger" if self._loop and not self._closing else "shutting down"
            answer.set_exception(Unavailable(why))
            return answer
        self._waiting.append(Waiting(job, answer, loop.time() + GIVE_UP_S))
        self._bell.set()
        return answer

    def tell(self, job: Job) -> None:
        """As `ask`, for a job that is not missed when it cannot be done."""
        if not self._closing and len(self._waiting) < BATCH_MAX:
            answer = asyncio.get_running_loop().create_future()
            answer.add_done_callback(heed)
            self._waiting.append(Waiting(job, answer, asyncio.get_running_loop().time() + GIVE_UP_S))
            self._bell.set()

    async def _run(self) -> None:
        while not self._closing:
            await self._bell.wait()
            self._bell.clear()
            while batch := self._next():
                try:
                    await self._settle(batch)
                finally:
                    for waiting in batch:
                        _fail(waiting.answer, Unavailable("the work was interrupted; ask again with the same key"))

    def _next(self) -> list[Waiting[Job, Answer]]:
        """The next batch. Who has gone away meanwhile is not served."""
        batch: list[Waiting[Job, Answer]] = []
        while self._waiting and len(batch) < BATCH_MAX:
            waiting = self._waiting.popleft()
            if not waiting.answer.done():
                batch.append(waiting)
        return batch

    async def _settle(self, batch: list[Waiting[Job, Answer]]) -> None:
        pause = PAUSE_S
        while batch:
            try:
                answers = await self._try([waiting.job for waiting in batch])
            except (psycopg.OperationalError, psycopg.InterfaceError, OSError) as failure:
                await self._after(failure)
                batch = self._still_waiting(batch)
                await asyncio.sleep(pause)
                pause = min(pause * 2, PAUSE_S_MAX)
            except Exception as offence:  # noqa: BLE001 — whatever it is, it must not stop the others
                await self._divide(batch, offence)
                return
            else:
                for waiting, answer in zip(batch, answers, strict=True):
                    if not waiting.answer.done():
                        waiting.answer.set_result(answer)
                return

    async def _try(self, jobs: Sequence[Job]) -> Sequence[Answer]:
        connection = self._connection
        if connection is None or connection.closed:
            connection = self._connection = await self._connect()
            arrays.register(connection)
        silence = asyncio.get_running_loop().call_later(SILENCE_S_MAX, _hang_up, connection)
        try:
            return await self._do(connection, jobs)
        finally:
            silence.cancel()

    async def _after(self, failure: Exception) -> None:
        """Make ready to try again: with the same connection if the server only refused, else with a new one."""
        state = failure.sqlstate if isinstance(failure, psycopg.Error) else None
        if state is None or self._connection is None or self._connection.closed:
            await self._drop_connection()
            state = "connection_lost"
        log.warning("ledger.retry", part=type(self).__name__, log=self._log, why=state, error=str(failure).strip())
        if self._on_retry is not None:
            self._on_retry(state)
        self._waiting = deque(self._still_waiting(self._waiting))

    def _still_waiting(self, waiting: Iterable[Waiting[Job, Answer]]) -> list[Waiting[Job, Answer]]:
        """Without those who have gone, and those who have waited too long, who are told so."""
        now = asyncio.get_running_loop().time()
        for one in waiting:
            if one.deadline < now or self._closing:
                _fail(one.answer, Unavailable("the database cannot be reached"))
        return [one for one in waiting if not one.answer.done()]

    async def _divide(self, batch: list[Waiting[Job, Answer]], offence: Exception) -> None:
        """Something in this batch offends Postgres, or us. Alone, the culprit fails alone."""
        if len(batch) > 1:
            middle = len(batch) // 2
            await self._settle(batch[:middle])
            await self._settle(batch[middle:])
        elif isinstance(offence, psycopg.DataError | UnicodeError):
            _fail(batch[0].answer, Rejected("text.not_storable", "it holds characters that cannot be kept"))
        else:
            log.error("ledger.failed", part=type(self).__name__, log=self._log, exc_info=offence)
            _fail(batch[0].answer, offence)

    async def _drop_connection(self) -> None:
        if self._connection is not None:
            connection, self._connection = self._connection, None
            await connection.close()

    async def _do(self, connection: psycopg.AsyncConnection[Any], jobs: Sequence[Job]) -> Sequence[Answer]:
        raise NotImplementedError


def _fail(answer: asyncio.Future[Any], error: BaseException) -> None:
    if not answer.done():
        answer.set_exception(error)


def heed(answer: asyncio.Future[Any]) -> None:
    """Look at an error that nobody else will, or asyncio complains of it."""
    if not answer.cancelled():
        answer.exception()


def _hang_up(connection: psycopg.AsyncConnection[Any]) -> None:
    """End a call to a server that does not answer: whoever waits for it is told that the connection is lost."""
    with suppress(OSError, psycopg.Error), socket.socket(fileno=os.dup(connection.fileno())) as line:
        line.shutdown(socket.SHUT_RDWR)
