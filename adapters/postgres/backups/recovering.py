"""A copy put in a place of its own, and the log replayed on it."""

from __future__ import annotations

import shlex
import shutil
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg

from adapters.embedded.postgres import EmbeddedPostgres
from adapters.postgres.backups.copying import heads_of
from adapters.postgres.backups.lives import BackupFailed, Copy, Life
from adapters.postgres.backups.targets import Target, Upto
from domain.kernel import Value

REPLAYS_S_MAX = 24 * 3600.0
_ERASED = """
select k.tenant, k.person, k.destroyed_at, exists (
  select from ledger.facts f
  where f.log = ledger.log_of(k.tenant) and f.tenant = k.tenant and f.stream = 'subject:' || k.person
    and f.type = 'privacy.ErasureAsked'
) from vault.keys k where k.destroyed_at is not null order by k.destroyed_at
"""
_WRITTEN_BY = "select xmin::text from ledger.facts where log = %s and position = %s"


class Erased(Value):
    """Somebody whose key was destroyed, and when."""

    tenant: UUID
    person: str
    at: datetime
    asked: bool
    """They asked for it, so it is more than their key that has to go."""


class Seen(Value):
    """What the end of a log has that must be known before an older state of it is restored."""

    last: datetime | None
    """When the last transaction of all was committed."""
    heads: dict[str, list[int]]
    erased: dict[str, list[Erased]]
    transaction: str
    """The one that wrote the position that is asked for; empty where none is."""


@contextmanager
def recovered(life: Life, copy: Copy, into: Path, stop: Mapping[str, str]) -> Generator[EmbeddedPostgres]:
    """The server as it was where it stops, running with nobody else in it. It is stopped in the end.

    What is only for the recovery is said on the command line, so that nothing of it is left when it starts again.
    A copy has the settings of its server in it: also whom commits wait for, and nobody is there to receive.
    """
    shutil.copytree(copy.path, into / "data", symlinks=True)
    (into / "data" / "recovery.signal").touch(mode=0o600)
    log = str(life.log.absolute()).replace("%", "%%")
    server = EmbeddedPostgres(
        into,
        {
            "restore_command": " || ".join(f"cp {shlex.quote(log)}/%f{ending} %p" for ending in ("", ".partial")),
            "recovery_target_action": "promote",
            "hot_standby": "off",
            "synchronous_standby_names": "",
            "max_wal_size": "4GB",
            "fsync": "off",  # Whoever keeps what comes of it writes it to the disk when it is complete.
            **stop,
        },
        start_s_max=REPLAYS_S_MAX,
    )
    server.start()
    try:
        with psycopg.connect(server.url, autocommit=True) as connection:
            connection.execute("alter system reset synchronous_standby_names")
        yield server
    finally:
        server.stop()


def see(server: EmbeddedPostgres, target: Target) -> Seen:
    """Look at the end of a log. Who was erased is erased in everything that is restored from it."""
    heads = dict(heads_of(server.url))
    erased: dict[str, list[Erased]] = {}
    transactions: list[str] = []
    for name in heads:
        with psycopg.connect(server.database_url(name), autocommit=True) as connection:
            erased[name] = [Erased(*row) for row in connection.execute(_ERASED).fetchall()]
            if isinstance(target, Upto):
                # A fact is written once and never again, so the transaction that wrote its row is the one that said it.
                found = connection.execute(_WRITTEN_BY, (target.log, target.position)).fetchone()
                transactions += [found[0]] if found else []
    if isinstance(target, Upto) and len(transactions) != 1:
        raise BackupFailed(
            f"{len(transactions)} facts are at position {target.position} of log {target.log}: the logs end at {heads}"
        )
    with psycopg.connect(server.url, autocommit=True) as connection:
        return Seen(_last(connection), heads, erased, "".join(transactions))


def _last(connection: psycopg.Connection[Any]) -> datetime | None:
    found = connection.execute("select pg_last_xact_replay_timestamp()").fetchone()
    return found[0] if found else None
