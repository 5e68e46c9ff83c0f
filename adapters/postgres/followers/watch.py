"""One look at the ledger for all followers of a process: how far each log is, and what operators want."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Any, Self

import psycopg
import structlog

from application.ports import Doorbell

log = structlog.get_logger()

Connect = Callable[[], Awaitable[psycopg.AsyncConnection[Any]]]

LOOK_EVERY_S = 0.1
RECONNECT_S = 0.25

_LOOK = """
select
  array(select row(h.log, h.position) from ledger.log_head h),
  array(select p.follower from followers.paused p),
  array(select distinct row(k.follower, k.log) from followers.parked k where k.release is not null)
"""


class HeadWatch:
    """Knows, within a tenth of a second, how far each log is. The doorbell only makes it sooner."""

    def __init__(self, connect: Connect, doorbell: Doorbell | None = None) -> None:
        self._connect = connect
        self._doorbell = doorbell
        self._news = asyncio.Event()
        self._heads: dict[int, int] = {}
        self._paused: frozenset[str] = frozenset()
        self._released: frozenset[tuple[str, int]] = frozenset()
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        self._tasks = [asyncio.create_task(self._look(), name="head watch")]
        if self._doorbell is not None:
            self._tasks.append(asyncio.create_task(self._listen(self._doorbell), name="doorbell"))
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def head(self, log: int) -> int:
        """How far the log is at least."""
        return self._heads.get(log, 0)

    def is_paused(self, follower: str) -> bool:
        return follower in self._paused

    def wants_release(self, follower: str, log: int) -> bool:
        """An operator wants something parked to be tried again or skipped."""
        return (follower, log) in self._released

    async def news(self, timeout_s: float) -> bool:
        """Wait until anything here has changed; False when nothing has in that time."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                await self._news.wait()
                return True
        return False

    def _tell(self) -> None:
        self._news.set()
        self._news = asyncio.Event()

    def _heard(self, log: int, position: int) -> None:
        if position > self._heads.get(log, 0):
            self._heads[log] = position
            self._tell()

    async def _listen(self, doorbell: Doorbell) -> None:
        async with doorbell.listen(self._heard):
            await asyncio.Event().wait()

    async def _look(self) -> None:
        while True:
            try:
                async with await self._connect() as connection:
                    while True:
                        await self._look_once(connection)
                        await asyncio.sleep(LOOK_EVERY_S)
            except (psycopg.OperationalError, psycopg.InterfaceError, OSError) as error:
                log.warning("followers.head_unknown", error=str(error).strip())
                await asyncio.sleep(RECONNECT_S)

    async def _look_once(self, connection: psycopg.AsyncConnection[Any]) -> None:
        cursor = await connection.execute(_LOOK, prepare=True)
        found = await cursor.fetchone()
        if found is None:
            return
        heads, paused, released = found
        # What was heard by the doorbell may be newer than this answer.
        now = {int(number): max(int(position), self.head(int(number))) for number, position in heads}
        news = (now, frozenset[str](paused), frozenset((follower, int(number)) for follower, number in released))
        if news != (self._heads, self._paused, self._released):
            self._heads, self._paused, self._released = news
            self._tell()
