"""The port `CourseTitles`: what courses and paths are called, as the registry of certificates has it."""

from __future__ import annotations

from typing import Any

from psycopg_pool import ConnectionPool

from application.ledger import TenantId
from domain.kernel import CourseId, PathId


class PostgresCourseTitles:
    """Asked by jobs, in the threads they run in."""

    def __init__(self, pool: ConnectionPool[Any]) -> None:
        self._pool = pool

    def title(self, tenant: TenantId, course: CourseId) -> str:
        return self._called("course", tenant, course)

    def title_of_path(self, tenant: TenantId, path: PathId) -> str:
        return self._called("path", tenant, path)

    def _called(self, kind: str, tenant: TenantId, id_: str) -> str:
        with self._pool.connection() as connection:
            found = connection.execute(
                "select page from certificates_registry.title(%s, %s, %s)", (tenant, kind, id_)
            ).fetchone()
        return next(iter(found[0] if found else ()), id_)
