"""The real servers that tests run on: one of each for all tests of a worker, others for tests that break them."""

from __future__ import annotations

import itertools
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from adapters.embedded.postgres import UNSAFE_BUT_FAST, EmbeddedPostgres
from adapters.postgres.connect import Role, connect, dsn
from adapters.postgres.migrate import migrate

_numbers = itertools.count(1)


@contextmanager
def folder() -> Generator[Path]:
    """A folder with a short name, for sockets lie in it."""
    with tempfile.TemporaryDirectory(prefix="annals-test-", dir="/tmp", ignore_cleanup_errors=True) as path:
        yield Path(path)


@dataclass(frozen=True)
class Database:
    """A migrated database of a test's own."""

    server: EmbeddedPostgres
    name: str

    @property
    def url(self) -> str:
        """As superuser. After the server was started again, ask anew."""
        return self.server.database_url(self.name)

    def dsn(self, role: Role) -> str:
        """As one of the roles."""
        return dsn(self.url, role)

    async def connect(self, role: Role | None = None) -> psycopg.AsyncConnection[Any]:
        """A new connection, in autocommit; as superuser unless a role is named."""
        return await connect(self.url if role is None else self.dsn(role))


@dataclass
class PostgresForTests:
    """A Postgres whose databases are copies of one that was migrated once for each number of logs."""

    server: EmbeddedPostgres
    _templates: dict[int, str] = field(default_factory=dict[int, str])

    @contextmanager
    def database(self, logs: int = 1) -> Generator[Database]:
        """A new database with that many logs, dropped in the end."""
        if logs not in self._templates:
            template = f"template_{logs}"
            self._execute(sql.SQL("create database {}").format(sql.Identifier(template)))
            migrate(self.server.database_url(template), logs)
            self._templates[logs] = template
        name = f"test_{next(_numbers)}"
        self._execute(
            sql.SQL("create database {} template {} strategy file_copy").format(
                sql.Identifier(name), sql.Identifier(self._templates[logs])
            )
        )
        # A copy has the rights of its template within the database, not those on it.
        self._execute(
            sql.SQL("grant create on database {} to annals_owner, annals_projector").format(sql.Identifier(name))
        )
        try:
            yield Database(self.server, name)
        finally:
            if self.server.pid is not None:
                self._execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))

    def _execute(self, statement: sql.Composed) -> None:
        with psycopg.connect(make_conninfo(self.server.url), autocommit=True) as connection:
            connection.execute(statement)


@contextmanager
def running_postgres(**settings: str) -> Generator[PostgresForTests]:
    """A Postgres of its own, stopped and thrown away in the end."""
    with folder() as path:
        server = EmbeddedPostgres(path, {**UNSAFE_BUT_FAST, "shared_buffers": "64MB", **settings})
        server.start()
        try:
            yield PostgresForTests(server)
        finally:
            server.stop()
