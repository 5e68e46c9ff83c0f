"""Keeps what a process remembers true: it hears all logs, from where they are when it starts, as long as it lives."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from typing import Any, Self

import psycopg
import structlog

from adapters.postgres.followers.hearing import RECONNECT_S, Hear, Hearing
from adapters.postgres.followers.watch import Connect, HeadWatch
from domain.kernel import Value

log = structlog.get_logger()

START_S_MAX = 2.0


class Remembering:
    """Tells `hear` every fact of some types that is kept after `listens` was called."""

    def __init__(
        self,
        connect: Connect,
        watch: HeadWatch,
        types: Sequence[type[Value]],
        hear: Hear,
        listens: Callable[[], None],
    ) -> None:
        self._connect = connect
        self._watch = watch
        self._types = types
        self._hear = hear
        self._listens = listens
        self._begun = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        """Begin, and wait a little for it. While Postgres is away it goes on trying."""
        self._task = asyncio.create_task(self._run(), name="remembering")
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(START_S_MAX):
                await self._begun.wait()
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        heads = await self._heads()
        self._listens()
        self._begun.set()
        async with asyncio.TaskGroup() as hearings:
            for number, position in heads:
                hearing = Hearing(self._connect, number, self._watch, self._types, self._hear)
                hearings.create_task(hearing.run(position))

    async def _heads(self) -> list[tuple[int, int]]:
        while True:
            try:
                async with await self._connect() as connection:
                    cursor = await connection.execute("select log, position from ledger.log_head")
                    heads: list[tuple[Any, ...]] = await cursor.fetchall()
                    if heads:
                        return [(int(number), int(position)) for number, position in heads]
            except (psycopg.OperationalError, psycopg.ProgrammingError, OSError) as error:
                log.warning("remembering.waits_for_database", error=str(error).strip())
            await asyncio.sleep(RECONNECT_S)
