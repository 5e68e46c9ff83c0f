"""The port `CourseTitles`: what courses are called, as the registry of certificates has it."""

from __future__ import annotations

from typing import Any

from psycopg_pool import ConnectionPool

from application.ledger import TenantId
from domain.kernel import CourseId


class PostgresCourseTitles:
    """Asked by jobs, in the threads they run in."""

    def __init__(self, pool: ConnectionPool[Any]) -> None:
        self._pool = pool

    def title(self, tenant: TenantId, course: CourseId) -> str:
        with self._pool.connection() as connection:
            found = connection.execute(
                "select page from certificates_registry.title(%s, %s)", (tenant, course)
            ).fetchone()
        return next(iter(found[0] if found else ()), course)
