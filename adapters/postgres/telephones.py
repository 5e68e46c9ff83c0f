"""The port `Telephones`: where people say they are reached, as the directory of people has it."""

from __future__ import annotations

from typing import Any

import msgspec
from psycopg_pool import ConnectionPool

from application.ledger import TenantId

_LOOK = "select page::text from identity_directory.person(%s, %s)"


class _Person(msgspec.Struct):
    phone: str | None


_read = msgspec.json.Decoder(tuple[_Person, ...])


class PostgresTelephones:
    """Asked by jobs, in the threads they run in."""

    def __init__(self, pool: ConnectionPool[Any]) -> None:
        self._pool = pool

    def number(self, tenant: TenantId, person: str) -> str | None:
        with self._pool.connection() as connection:
            found = connection.execute(_LOOK, (tenant, person)).fetchone()
        rows = () if found is None else _read.decode(found[0])
        return rows[0].phone if rows else None
