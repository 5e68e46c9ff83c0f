"""The ports `Travellers` and `Unfinished`: who is on a path or a course, as the read models of both have it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, LiteralString

from psycopg_pool import ConnectionPool

from application.ledger import TenantId
from application.ports import NotYet
from domain.kernel import CourseId, LearnerId, PathId

AT_ONCE = 100

WALKING = "select * from paths_paths.walking(%s, %s, %s, %s)"
UNFINISHED = "select * from progress_how_far.unfinished(%s, %s, %s, %s)"


class PostgresTravellers:
    """Asked by jobs, in the threads they run in."""

    def __init__(self, pool: ConnectionPool[Any]) -> None:
        self._pool = pool

    def on_path(self, tenant: TenantId, path: PathId, position: int, after: LearnerId | None) -> Sequence[LearnerId]:
        return _found(self._pool, WALKING, (tenant, path, after, AT_ONCE), position)


class PostgresUnfinished:
    """Asked by jobs, in the threads they run in."""

    def __init__(self, pool: ConnectionPool[Any]) -> None:
        self._pool = pool

    def on_course(
        self, tenant: TenantId, course: CourseId, position: int, after: LearnerId | None
    ) -> Sequence[LearnerId]:
        return _found(self._pool, UNFINISHED, (tenant, course, after, AT_ONCE), position)


def _found(
    pool: ConnectionPool[Any], question: LiteralString, values: tuple[Any, ...], position: int
) -> Sequence[LearnerId]:
    with pool.connection() as connection:
        found = connection.execute(question, values).fetchone()
    if found is None or found[0] < position:
        raise NotYet
    learners: Sequence[LearnerId] = found[1]
    return learners
