"""Runs a follower on one log: leases it, reads, has it handled, and keeps effect and checkpoint together.

The lease is a session advisory lock on the very connection that writes. Losing the connection loses both, so two
engines never write for one follower, and another takes over as soon as Postgres notices.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import psycopg
import structlog

from adapters.postgres import arrays
from adapters.postgres.followers.follower import Follower
from adapters.postgres.followers.parking import Parking
from adapters.postgres.followers.rows import Row, read_rows
from adapters.postgres.followers.tail import Tail
from adapters.postgres.followers.watch import Connect
from adapters.postgres.followers.writing import TROUBLE, LostPlace, Parked, Place, Reach, reason, write

log = structlog.get_logger()

TRIES = 5
"""How often a fact is tried before it is parked."""
PAUSE_S = 0.05
PAUSE_S_MAX = 1.0
LEASE_EVERY_S = 0.25
"""How often one asks for a lease that another holds. Waiting inside Postgres would hold back its vacuum."""
STEADY_EVERY_S = 1.0

_SETTINGS = """
-- A crash may lose the last commits of a follower: effect and checkpoint together, and both are done again.
set synchronous_commit = off;
-- A follower finds rows by their key. A plan that was made while its tables were empty would read them whole.
set enable_seqscan = off; set enable_hashjoin = off; set enable_mergejoin = off
"""
_LEASE = "select pg_try_advisory_lock(hashtextextended(%s || ' ' || %s, 0))"


class Following:
    """One follower on one log, for as long as `run` is not cancelled."""

    def __init__(self, follower: Follower, log: int, connect: Connect, tail: Tail) -> None:
        self._follower = follower
        self._log = log
        self._connect = connect
        self._tail = tail
        self._at_work: _AtWork | None = None

    @property
    def position(self) -> int:
        """How far it has come, as far as this process knows."""
        return 0 if self._at_work is None else self._at_work.position

    async def run(self) -> None:
        """Follow, through every loss of the database."""
        pause = PAUSE_S
        while True:
            before = self.position
            try:
                async with await self._connect() as connection:
                    await self._hold(connection)
            except LostPlace:
                log.info("follower.starts_anew", follower=self._follower.name, log=self._log)
            except TROUBLE as trouble:
                log.warning("follower.interrupted", follower=self._follower.name, log=self._log, error=reason(trouble))
            except Exception:
                log.exception("follower.failed", follower=self._follower.name, log=self._log)
            pause = PAUSE_S if self.position != before else min(pause * 2, PAUSE_S_MAX)
            await asyncio.sleep(pause)

    async def _hold(self, connection: psycopg.AsyncConnection[Any]) -> None:
        """Have the lease, and work until something is lost."""
        await leased(connection, self._follower.name, self._log)
        arrays.register(connection)
        await connection.execute(_SETTINGS)
        if self._follower.search_path is not None:
            await connection.execute("select set_config('search_path', %s, false)", (self._follower.search_path,))
        at_work = _AtWork(self._follower, self._log, connection, self._tail)
        await at_work.begin()
        self._at_work = at_work
        while True:
            await self._step(at_work)

    async def _step(self, at_work: _AtWork) -> None:
        name = self._follower.name
        paused = self._tail.watch.is_paused(name)
        if not paused:
            if self._tail.watch.wants_release(name, self._log):
                await at_work.release()
            if self._tail.position > at_work.position:
                await at_work.advance()
                if self._follower.pause_s and self._tail.position <= at_work.position:
                    await asyncio.sleep(self._follower.pause_s)
                return
        if not await self._tail.news(STEADY_EVERY_S, None if paused else at_work) and not await at_work.steady():
            raise LostPlace(name)


async def leased(connection: psycopg.AsyncConnection[Any], follower: str, log: int) -> None:
    """Wait until this connection holds the lease."""
    while True:
        cursor = await connection.execute(_LEASE, (follower, str(log)))
        if (await cursor.fetchone()) == (True,):
            return
        await asyncio.sleep(LEASE_EVERY_S)


class _AtWork:
    """A follower that has the lease of its log."""

    def __init__(self, follower: Follower, log: int, connection: psycopg.AsyncConnection[Any], tail: Tail) -> None:
        self._follower = follower
        self._types = None if follower.types is None else frozenset(follower.types)
        self._log = log
        self._connection = connection
        self._tail = tail
        self._parking = Parking(follower, log, connection)
        self._written = 0
        """Where its checkpoint is at least."""
        self.position = 0

    async def begin(self) -> None:
        key = (self._follower.name, self._log)
        await self._connection.execute(
            "insert into followers.checkpoints (follower, log, position) values (%s, %s, 0) on conflict do nothing", key
        )
        cursor = await self._connection.execute(
            "select position from followers.checkpoints where follower = %s and log = %s", key
        )
        (checkpoint,) = await cursor.fetchone() or (0,)
        self._written = checkpoint
        self.position = await self._follower.begin(self._connection, self._log, checkpoint)
        if self.position != checkpoint:
            await write(self._connection, (), Place(*key, checkpoint), self.position)
            self._written = self.position
        await self._parking.load()

    def wants(self, types: frozenset[str]) -> bool:
        return self._types is None or not self._types.isdisjoint(types)

    def pass_over(self, until: int) -> Reach:
        self.position = until
        return self._reach

    async def steady(self) -> bool:
        await self._connection.execute("select 1")
        return await self._follower.steady(self._log, self.position)

    async def release(self) -> None:
        await self._parking.release()

    async def advance(self) -> None:
        """Handle the next facts: together, or if that fails, each alone."""
        until, rows = await self._next()
        if until <= self.position:
            return
        if not rows:
            self._tail.pass_over(self.pass_over(until))
            return
        try:
            await self._settle(rows, until)
        except (*TROUBLE, LostPlace):
            raise
        except Exception as error:
            if not self._follower.parks:
                raise
            log.warning("follower.batch_failed", follower=self._follower.name, log=self._log, error=reason(error))
            for row in rows:
                await self._settle_alone(row)
            if self.position < until:
                await self._settle((), until)

    async def _next(self) -> tuple[int, list[Row]]:
        window = self._follower.window
        found = self._tail.after(self.position, window, self._types)
        if found is not None:
            return found
        return await read_rows(self._connection, self._log, self.position, window, self._follower.types)

    async def _settle(self, rows: Sequence[Row], until: int) -> None:
        held: list[Parked] = []
        free: Sequence[Row] = rows
        if self._parking.streams:
            held = [Parked(row) for row in rows if (row.tenant, row.stream) in self._parking.streams]
            free = [row for row in rows if (row.tenant, row.stream) not in self._parking.streams]
        changes = await self._follower.handle(self._log, free) if free else ()
        await write(self._connection, changes, self._reach, until, held)
        self._written = self.position = until

    async def _settle_alone(self, row: Row) -> None:
        for tries in range(1, TRIES + 1):
            try:
                await self._settle((row,), row.position)
            except (*TROUBLE, LostPlace):
                raise
            except Exception as error:  # noqa: BLE001 — whatever is wrong with this fact, the others go on
                if tries == TRIES:
                    await self._park(row, error)
                else:
                    await asyncio.sleep(PAUSE_S * 2**tries)
            else:
                return

    async def _park(self, row: Row, error: Exception) -> None:
        log.error(
            "follower.fact_parked",
            follower=self._follower.name,
            log=self._log,
            position=row.position,
            type=row.type,
            error=reason(error),
            correlation=str(row.correlation),
        )
        await write(self._connection, (), self._reach, row.position, [Parked(row, TRIES, reason(error))])
        self._written = self.position = row.position
        self._parking.streams.add((row.tenant, row.stream))

    @property
    def _reach(self) -> Reach:
        return Reach(self._follower.name, self._log, self._written, self.position)
