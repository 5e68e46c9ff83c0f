"""Copies of a whole server, taken while it works, and taken away when there are newer ones."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import psycopg
from psycopg.conninfo import make_conninfo

from adapters.postgres.backups.lives import Copied, Copy, Life
from adapters.postgres.backups.programs import reached_as, run

_DATABASES = "select datname from pg_database where datallowconn and not datistemplate order by 1"


def copy(connection: psycopg.Connection[Any], url: str, life: Life) -> Copy:
    """Copy the server into its life. A copy that breaks off does not count, and is taken away by the next."""
    for left in life.copies_path.glob("*.unfinished"):
        shutil.rmtree(left)
    began = _now(connection)
    name = f"{began:%Y%m%dt%H%M%S%f}"
    unfinished = life.copies_path / f"{name}.unfinished"
    found = connection.execute("show fsync").fetchone()
    run(
        "pg_basebackup",
        life.path,
        *("--dbname", reached_as(url, "annals copy"), "--pgdata", str(unfinished)),
        *("--checkpoint=fast", "--wal-method=stream", "--manifest-checksums=SHA256", "--no-password"),
        # A server that does not see to what is on its disk needs no copy that does: a test's.
        *(("--no-sync",) if found is not None and found[0] == "off" else ()),
    )
    path = life.copies_path / name
    heads = dict(heads_of(url))
    ended = _now(connection)
    unfinished.rename(path)
    return life.complete(path, Copied(began, ended, heads))


def verify(one: Copy) -> None:
    """See that every byte of a copy is what it was when it was made, and that its log is whole."""
    run("pg_verifybackup", one.path.parent.parent, "--quiet", str(one.path))


def expire(life: Life, keep: int) -> list[str]:
    """Take away all copies but the newest, with the log that only they need. Answers what was taken away."""
    copies = life.copies()
    old = copies[:-keep]
    if not old:
        return []
    for one in old:
        one.path.with_name(f"{one.name}.json").unlink()
        shutil.rmtree(one.path)
    # The line reads: START WAL LOCATION: 0/900028 (file 000000010000000000000009)
    label = (copies[-keep].path / "backup_label").read_text(encoding="utf-8")
    first = label.partition("(file ")[2].partition(")")[0]
    run("pg_archivecleanup", life.path, str(life.log), first)
    return [one.name for one in old]


def heads_of(url: str) -> Iterator[tuple[str, list[int]]]:
    """Where the logs of each database are that has a ledger."""
    for name in databases(url):
        with psycopg.connect(make_conninfo(url, dbname=name), autocommit=True) as connection:
            found = connection.execute("select to_regclass('ledger.log_head') is not null").fetchone()
            if found is not None and found[0]:
                heads = connection.execute("select position from ledger.log_head order by log").fetchall()
                yield name, [position for (position,) in heads]


def databases(url: str) -> list[str]:
    """All databases of the server that somebody may connect to."""
    with psycopg.connect(url, autocommit=True) as connection:
        return [str(name) for (name,) in connection.execute(_DATABASES).fetchall()]


def _now(connection: psycopg.Connection[Any]) -> datetime:
    """The server's clock: times in its log are of that one."""
    found = connection.execute("select clock_timestamp()").fetchone()
    return found[0].astimezone(UTC) if found else datetime.now(UTC)
