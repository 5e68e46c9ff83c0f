"""The port `Belongings`: who has what, as the read models of files and certificates have it."""

from __future__ import annotations

from typing import Any

from psycopg_pool import ConnectionPool

from application.ledger import TenantId, Unavailable
from application.ports import Held

_FILES = "select position, page from files_shelf.held(%s, %s)"
_SERIALS = "select position, page from certificates_registry.certificates_of(%s, %s, null, null, null)"


class PostgresBelongings:
    """Asked by jobs, in the threads they run in."""

    def __init__(self, pool: ConnectionPool[Any]) -> None:
        self._pool = pool

    def of(self, tenant: TenantId, person: str, position: int) -> Held:
        files = self._asked(_FILES, tenant, person, position)
        certificates = self._asked(_SERIALS, tenant, person, position)
        return Held(tuple(files), tuple(one["serial"] for one in certificates))

    def _asked(self, question: str, tenant: TenantId, person: str, position: int) -> list[Any]:
        with self._pool.connection() as connection:
            found = connection.execute(question, (tenant, person)).fetchone()
        if found is None or found[0] < position:
            raise Unavailable("it is not known yet what this person has")
        rows: list[Any] = found[1]
        return rows
