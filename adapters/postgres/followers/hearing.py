"""Facts as a process hears them for itself, soon after they were kept: how what it remembers stays true.

There is no lease and no checkpoint: every process hears everything, from the position on that its memory was read at.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

import msgspec
import psycopg
import structlog

from adapters.postgres.followers.rows import Row, keyring_of, names_of, read_rows
from adapters.postgres.followers.watch import Connect, HeadWatch
from application.catalogue import Undecodable, UnknownFact
from application.ledger import Recorded, Unavailable
from application.ports import Keys
from application.sealing import NO_KEYS, Keyring, Unopenable
from domain.kernel import Value

log = structlog.get_logger()

WINDOW = 500
LOOK_AGAIN_S = 1.0
RECONNECT_S = 0.25

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
    ) -> None:
        self._connect = connect
        self._number = number
        self._watch = watch
        self._names = names_of(types)
        self._hear = hear
        self._keys = keys
        self.position = 0

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
        until, rows = await read_rows(connection, self._number, self.position, WINDOW, self._names)
        if rows:
            ring = await keyring_of(self._keys, rows)
            self._hear([self._told(row, ring) for row in rows])
        if until == self.position and self._watch.head(self._number) <= until:
            await self._watch.news(LOOK_AGAIN_S)
        self.position = until

    def _told(self, row: Row, ring: Keyring) -> Recorded[Any]:
        """A fact, or why it cannot be read: it must not hide its neighbours."""
        try:
            return row.recorded(self._number, ring)
        except (UnknownFact, Unopenable, msgspec.ValidationError, msgspec.DecodeError) as error:
            return row.telling(Undecodable(f"{type(error).__name__}: {error}"), self._number)
