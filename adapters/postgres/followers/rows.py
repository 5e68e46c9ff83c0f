"""The facts of a log as a follower reads them: each is decoded by itself, so that a broken one breaks only itself."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
import psycopg

from adapters.postgres.reading import Wanted, read_columns
from application.catalogue import CATALOGUE, decode, words
from application.ledger import Recorded, TenantId
from application.ports import Keys
from application.sealing import NO_KEYRING, Keyring, Slot, keyring, unseal


class Row(msgspec.Struct, gc=False, frozen=True):
    """A fact as it is kept."""

    position: int
    id: UUID
    tenant: UUID
    stream: str
    version: int
    type: str
    data: msgspec.Raw
    at: datetime
    by: str
    command: UUID
    correlation: UUID
    causation: UUID | None

    def recorded(self, log: int, ring: Keyring = NO_KEYRING) -> Recorded[Any]:
        """The fact in today's words, opened. Raises when its word is unknown, or its data cannot be opened or read."""
        if self.type not in CATALOGUE.personal:
            return self.telling(decode(self.type, self.data), log)
        data = unseal(self.type, self.data, Slot(self.tenant, self.stream, self.version), ring)
        return self.telling(decode(self.type, data), log)

    def telling(self, event: object, log: int) -> Recorded[Any]:
        """The fact with this in the place of its event."""
        return Recorded(
            event,
            self.type,
            TenantId(self.tenant),
            self.stream,
            self.version,
            log,
            self.position,
            self.id,
            self.at,
            self.by,
            self.command,
            self.correlation,
            self.causation,
        )


async def read_rows(
    connection: psycopg.AsyncConnection[Any], log: int, after: int, window: int, types: Sequence[str] | None
) -> tuple[int, list[Row]]:
    """How far was looked, and the wanted facts up to there."""
    until, facts = await read_columns(connection, log, after, window, Wanted(types))
    return until, list(map(Row, *facts._replace(data=[msgspec.Raw(data) for data in facts.data])))


async def keyring_of(keys: Keys, rows: Sequence[Row]) -> Keyring:
    """The keys that open what is sealed in these facts."""
    sealed = [row for row in rows if row.type in CATALOGUE.personal]
    return await keyring(keys, ((row.tenant, row.type, row.data) for row in sealed)) if sealed else NO_KEYRING


def names_of(types: Sequence[type]) -> tuple[str, ...]:
    """The names under which facts of these types are kept, the retired words of their contexts with them."""
    contexts = {word.context for word in words().values() if word.type in types}
    return tuple(
        word.name for word in words().values() if word.type in types or (word.retired and word.context in contexts)
    )
