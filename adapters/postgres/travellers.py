"""The port `Travellers`: who is on which path, as the read model of paths has it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from psycopg_pool import ConnectionPool

from application.ledger import TenantId
from application.ports import NotYet
from domain.kernel import LearnerId, PathId

AT_ONCE = 100


class PostgresTravellers:
    """Asked by jobs, in the threads they run in."""

    def __init__(self, pool: ConnectionPool[Any]) -> None:
        self._pool = pool

    def on_path(self, tenant: TenantId, path: PathId, position: int, after: LearnerId | None) -> Sequence[LearnerId]:
        with self._pool.connection() as connection:
            found = connection.execute(
                "select * from paths_paths.walking(%s, %s, %s, %s)", (tenant, path, after, AT_ONCE)
            ).fetchone()
        if found is None or found[0] < position:
            raise NotYet
        learners: Sequence[LearnerId] = found[1]
        return learners
