"""The newest facts of a log, read once for all followers of a process.

A follower that has caught up takes from here what it wants; one that is behind reads for itself. And most followers
want nothing of most facts: those are not woken, and how far they have come is written for all of them together, now and
then.
"""

from __future__ import annotations

import asyncio
import contextlib
from bisect import bisect_right
from collections.abc import Callable, Collection
from operator import attrgetter
from typing import Any, Protocol, Self

import psycopg
import structlog

from adapters.postgres import arrays
from adapters.postgres.followers.rows import Row, read_rows
from adapters.postgres.followers.watch import Connect, HeadWatch
from adapters.postgres.followers.writing import Reach, reason

log = structlog.get_logger()

WINDOW = 1000
KEPT_MAX = 5 * WINDOW
"""How many facts are kept for those who are a little behind."""
PAUSE_S = 0.02
"""How long after a look the next one comes: a fact alone is seen at once, and those of a moment together. Every
follower that wants something of it has a transaction for each look: that is what following costs under load."""
MANY = 64
PAUSE_AFTER_MANY_S = 0.05
"""Where so many facts come between two looks, they come of lists, and nobody waits for each."""
PASS_EVERY_S = 0.02
LOOK_AGAIN_S = 1.0
RECONNECT_S = 0.25

_MOVE_ON = """
with free as materialized (
  select follower from followers.checkpoints where follower = any (%(names)s) and log = %(log)s for update skip locked
), passed as (
  update followers.checkpoints c set position = p.position, at = clock_timestamp()
  from unnest(%(names)s::text[], %(sinces)s::bigint[], %(positions)s::bigint[]) as p (follower, since, position)
  where c.follower = p.follower and c.log = %(log)s and c.position >= p.since and c.position < p.position
    and c.follower in (select follower from free)
)
select follower from free
"""


class Idle(Protocol):
    """A follower that has seen all that was read, and waits for more."""

    position: int

    def wants(self, types: frozenset[str]) -> bool:
        """Whether facts of any of these types are something to it."""
        ...

    def pass_over(self, until: int) -> Reach:
        """Be so far, for there is nothing for it up to there."""
        ...


class Tail:
    """The end of one log, as far as it has been read."""

    def __init__(self, connect: Connect, number: int, watch: HeadWatch) -> None:
        self.watch = watch
        self.position = 0
        """How far it has been read."""
        self._connect = connect
        self._number = number
        self._begins = 0
        """The position before the first fact that is kept."""
        self._rows: list[Row] = []
        self._passed: dict[str, Reach] = {}
        self._has_passed = asyncio.Event()
        self._news = asyncio.Event()
        self._idle: dict[Idle, asyncio.Event] = {}
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        self._tasks = [
            asyncio.create_task(self._for_ever(self._read), name=f"tail {self._number}"),
            asyncio.create_task(self._for_ever(self._write), name=f"passing {self._number}"),
        ]
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def after(self, position: int, window: int, types: Collection[str] | None) -> tuple[int, list[Row]] | None:
        """How far was looked, and the wanted facts up to there; None when what comes next is no longer kept."""
        if position < self._begins:
            return None
        until = min(position + window, self.position)
        first, end = (bisect_right(self._rows, at, key=attrgetter("position")) for at in (position, until))
        rows = self._rows[first:end]
        return until, rows if types is None else [row for row in rows if row.type in types]

    def pass_over(self, reach: Reach) -> None:
        """Have it written, soon, that this follower has come so far without anything to do."""
        self._passed[reach.follower] = reach
        self._has_passed.set()

    async def news(self, timeout_s: float, idle: Idle | None = None) -> bool:
        """Wait until there is more, or operators want something; False when nothing has changed in that time.

        Who is idle waits for what it wants, and is passed over all else.
        """
        news = self._news if idle is None else self._idle.setdefault(idle, asyncio.Event())
        try:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(timeout_s):
                    await news.wait()
                    return True
            return False
        finally:
            if idle is not None:
                del self._idle[idle]

    def _tell(self, wanted: Callable[[Idle], bool]) -> None:
        for idle, wakes in self._idle.items():
            if wanted(idle):
                wakes.set()
            else:
                self.pass_over(idle.pass_over(self.position))
        self._news.set()
        self._news = asyncio.Event()

    async def _for_ever(self, work: Any) -> None:
        """Work on a connection of its own, through every loss of the database."""
        while True:
            try:
                async with await self._connect() as connection:
                    arrays.register(connection)
                    # Where followers have come with nothing to do may be forgotten in a crash, and is found again.
                    await connection.execute("set synchronous_commit = off")
                    while True:
                        await work(connection)
            except (psycopg.OperationalError, psycopg.InterfaceError, OSError) as error:
                log.warning("tail.interrupted", log=self._number, error=reason(error))
                await asyncio.sleep(RECONNECT_S)

    async def _read(self, connection: psycopg.AsyncConnection[Any]) -> None:
        head = self.watch.head(self._number)
        if head <= self.position:
            if await self.watch.news(LOOK_AGAIN_S) and self.watch.head(self._number) <= self.position:
                self._tell(lambda _: True)
            return
        since = self.position
        types: frozenset[str] | None = None
        pause_s = PAUSE_S
        if since == 0:
            # What was there before us is read by those who have not seen it yet.
            self.position = self._begins = head
        else:
            self.position, rows = await read_rows(connection, self._number, self.position, WINDOW, None)
            self._rows += rows
            types = frozenset(row.type for row in rows)
            if len(rows) >= MANY:
                pause_s = PAUSE_AFTER_MANY_S
            if len(self._rows) > KEPT_MAX:
                self._begins = self._rows[-KEPT_MAX - 1].position
                del self._rows[:-KEPT_MAX]
        self._tell(lambda idle: types is None or idle.position != since or idle.wants(types))
        await asyncio.sleep(pause_s)

    async def _write(self, connection: psycopg.AsyncConnection[Any]) -> None:
        await self._has_passed.wait()
        self._has_passed.clear()
        passed, self._passed = list(self._passed.values()), {}
        said = {
            "log": self._number,
            "names": [reach.follower for reach in passed],
            "sinces": [reach.since for reach in passed],
            "positions": [reach.position for reach in passed],
        }
        # One whose checkpoint is elsewhere has lost its place, and finds out when it next has something to write.
        cursor = await connection.execute(_MOVE_ON, said, prepare=True)
        free = {name for (name,) in await cursor.fetchall()}
        await asyncio.sleep(PASS_EVERY_S)
        for reach in passed:
            if reach.follower not in free:  # Its model is being swapped, which nobody else has to wait for.
                self._passed.setdefault(reach.follower, reach)
                self._has_passed.set()
