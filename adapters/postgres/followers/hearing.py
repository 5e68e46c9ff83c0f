"""Facts as a process hears them for itself, soon after they were kept: how what it remembers stays true.

There is no lease and no checkpoint: every process hears everything, from the position on that its memory was read at.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec
import psycopg
import structlog

from adapters.postgres.followers.rows import Row, keyring_of, names_of, read_rows
from adapters.postgres.followers.watch import Connect, HeadWatch
from application.catalogue import CATALOGUE, Undecodable, UnknownFact
from application.ledger import Recorded, Unavailable
from application.ports import Keys
from application.sealing import NO_KEYS, Keyring, Unopenable
from domain.kernel import Value

log = structlog.get_logger()

WINDOW = 500
LOOK_AGAIN_S = 1.0
RECONNECT_S = 0.25
PAUSE_S = 0.1
"""So a process looks at the log ten times a second at most, however many commands there are."""
ATTENTION_S = 5.0
"""Whoever has heard nothing for so long no longer relies on what they remember."""

Hear = Callable[[Sequence[Recorded[Any]]], None]


class Hearing:
    """Tells `hear` the facts of some types in one log, in order, each once."""

    def __init__(  # noqa: PLR0913, PLR0917 — what it reads, and for whom
        self,
        connect: Connect,
        number: int,
        watch: HeadWatch,
        types: Sequence[type[Value]],
        hear: Hear,
        keys: Keys = NO_KEYS,
        *,
        pause_s: float = PAUSE_S,
    ) -> None:
        """`pause_s` is how long more news is waited for, so that under load they are looked at together."""
        self._connect = connect
        self._number = number
        self._watch = watch
        self._names = names_of(types)
        if keys is NO_KEYS and not CATALOGUE.personal.isdisjoint(self._names):
            raise TypeError("who hears personal data needs the keys to open it")
        self._hear = hear
        self._keys = keys
        self._pause_s = pause_s
        self.position = 0
        self.looked_at = -math.inf
        """When, on the monotonic clock, everything there was had been heard."""

    async def run(self, after: int) -> None:
        """Hear everything after this position, for ever. What cannot be heard while Postgres is away is heard later."""
        self.position = after
        while True:
            try:
                async with await self._connect() as connection:
                    while True:
                        await self._hear_some(connection)
            except (psycopg.OperationalError, psycopg.InterfaceError, OSError, Unavailable) as error:
                log.warning("hearing.interrupted", log=self._number, error=str(error).strip())
                await asyncio.sleep(RECONNECT_S)

    async def _hear_some(self, connection: psycopg.AsyncConnection[Any]) -> None:
        asked_at = time.monotonic()
        until, rows = await read_rows(connection, self._number, self.position, WINDOW, self._names)
        if rows:
            ring = await keyring_of(self._keys, rows)
            self._hear([self._told(row, ring) for row in rows])
        all_heard = until - self.position < WINDOW
        self.position = until
        if all_heard:
            self.looked_at = asked_at
            if self._watch.head(self._number) <= until:
                await self._watch.news(LOOK_AGAIN_S)
            await asyncio.sleep(self._pause_s)

    def _told(self, row: Row, ring: Keyring) -> Recorded[Any]:
        """A fact, or why it cannot be read: it must not hide its neighbours."""
        try:
            return row.recorded(self._number, ring)
        except (UnknownFact, Unopenable, msgspec.ValidationError, msgspec.DecodeError) as error:
            return row.telling(Undecodable(f"{type(error).__name__}: {error}"), self._number)


class Ears:
    """Hears for everyone in a process at once: one look at each log, from where the log was when this began."""

    def __init__(self, connect: Connect, watch: HeadWatch, keys: Keys = NO_KEYS) -> None:
        self._connect = connect
        self._watch = watch
        self._keys = keys
        self._hearers: list[tuple[frozenset[str], Hear]] = []
        self._hearings: list[Hearing] = []
        self._types: list[type[Value]] = []

    def listen(self, types: Sequence[type[Value]], hear: Hear) -> None:
        """Tell `hear` the facts of these types, once this runs."""
        self._types += types
        self._hearers.append((frozenset(names_of(types)), hear))

    def attentive(self) -> bool:
        """Whether everything has been heard that was kept until lately. What is remembered may be relied on then."""
        lately = time.monotonic() - ATTENTION_S
        return bool(self._hearings) and all(hearing.looked_at > lately for hearing in self._hearings)

    async def run(self) -> None:
        """Hear, for ever."""
        heads = await self._heads()
        self._hearings = [
            Hearing(self._connect, number, self._watch, self._types, self._tell, self._keys) for number in heads
        ]
        try:
            async with asyncio.TaskGroup() as group:
                for hearing, head in zip(self._hearings, heads.values(), strict=True):
                    group.create_task(hearing.run(head))
        except ExceptionGroup as error:
            log.exception("hearing.failed", error=repr(error))
        finally:
            self._hearings = []  # Whoever no longer hears is not attentive, from now on.

    async def _heads(self) -> Mapping[int, int]:
        """How far each log is; waits for the database, and for it to be migrated."""
        while True:
            try:
                async with await self._connect() as connection:
                    cursor = await connection.execute("select log, position from ledger.log_head")
                    return {int(number): int(position) for number, position in await cursor.fetchall()}
            except (psycopg.OperationalError, psycopg.InterfaceError, psycopg.ProgrammingError, OSError) as error:
                log.warning("hearing.waits_for_database", error=str(error).strip())
                await asyncio.sleep(RECONNECT_S)

    def _tell(self, facts: Sequence[Recorded[Any]]) -> None:
        for names, hear in self._hearers:
            theirs = [fact for fact in facts if fact.type in names]
            if theirs:
                hear(theirs)
