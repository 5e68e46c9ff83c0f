"""Brings a database to the shape this program needs: roles, migrations (by dbmate), functions, logs.

All of it is made by, and belongs to, the role `annals_owner`. The login that migrates is a superuser, or owns the
database and may create roles.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from adapters.failing import Failed
from adapters.postgres.connect import dsn
from adapters.wheels import program

HERE = Path(__file__).parent

ONE_AT_A_TIME = 0x414E4E414C53
"""The advisory lock under which a database is migrated."""


class MigrationFailed(Failed):
    """The database could not be brought to the wanted shape, and why."""


def ensure_database(url: str) -> None:
    """Make the database that this URL names, unless it is there."""
    name = conninfo_to_dict(url)["dbname"]
    with psycopg.connect(url, dbname="postgres", autocommit=True) as connection:
        if connection.execute("select from pg_database where datname = %s", (name,)).fetchone() is None:
            connection.execute(sql.SQL("create database {}").format(sql.Identifier(str(name))))


def migrate(url: str, logs: int = 1) -> None:
    """Bring the database up to date. Doing it again changes nothing. `logs` is chosen once, when the ledger is made."""
    with _alone(url) as login:
        login.execute((HERE / "roles.sql").read_bytes())
        _dbmate(login, "migrate")
        with psycopg.connect(dsn(url, "owner")) as owner:
            for function in sorted((HERE / "functions").glob("*.sql")):
                owner.execute(function.read_bytes())
            owner.execute("select ledger.open_logs(%s)", (logs,))


def rollback(url: str) -> None:
    """Take the last migration back."""
    with _alone(url) as login:
        _dbmate(login, "rollback")


@contextmanager
def _alone(url: str) -> Generator[psycopg.Connection[Any]]:
    """A connection of the login itself, while nobody else migrates this database."""
    try:
        with psycopg.connect(url, autocommit=True, connect_timeout=10) as login:
            login.execute("select pg_advisory_lock(%s)", (ONE_AT_A_TIME,))
            yield login
    except psycopg.Error as error:
        raise MigrationFailed(str(error).strip()) from error


def _dbmate(login: psycopg.Connection[Any], command: str) -> None:
    done = subprocess.run(  # noqa: S603
        [
            program("dbmate"),
            *("--env", "ANNALS_MIGRATE_URL", "--env-file", os.devnull, "--no-dump-schema"),
            *("--migrations-dir", str(HERE / "migrations"), "--migrations-table", "annals.schema_migrations"),
            command,
        ],
        env={**os.environ, "ANNALS_MIGRATE_URL": _dbmate_url(login)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        noise = r"^(Applying|Applied|Rolling back|Rolled back):.*\n?"
        raise MigrationFailed(re.sub(noise, "", done.stdout + done.stderr, flags=re.MULTILINE).strip())


def _dbmate_url(login: psycopg.Connection[Any]) -> str:
    """The same database as the owner. What dbmate's driver does not know, it sends to the server as a setting."""
    info = login.info
    said = info.get_parameters()
    tls = {name: said[name] for name in ("sslmode", "sslrootcert", "sslcert", "sslkey") if said.get(name)}
    if not login.pgconn.ssl_in_use:
        tls = {"sslmode": "disable"}
    elif tls.get("sslmode") not in {"require", "verify-ca", "verify-full"}:
        tls["sslmode"] = "require"
    (commits,) = login.execute("show synchronous_commit").fetchone() or ("on",)
    query = {**tls, "role": "annals_owner", "lock_timeout": "30s", "synchronous_commit": commits}
    name = f"{quote(info.user, safe='')}:{quote(info.password or '', safe='')}"
    if info.host.startswith("/"):
        query |= {"socket": info.host, "port": str(info.port)}
        return f"postgres://{name}@/{quote(info.dbname, safe='')}?{urlencode(query)}"
    return f"postgres://{name}@{info.host}:{info.port}/{quote(info.dbname, safe='')}?{urlencode(query)}"
