"""Restoring as an operator does it: into a data folder, or somewhere only to see that it would work."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import psycopg

from adapters.embedded.postgres import EmbeddedPostgres
from adapters.postgres.backups.copying import heads_of
from adapters.postgres.backups.lives import BackupFailed, Life
from adapters.postgres.backups.restoring import Restored, restore
from adapters.postgres.backups.targets import Latest, Target
from adapters.postgres.connect import dsn
from adapters.postgres.proofs.checking import check
from api.proving import log_keys
from api.settings import Settings
from application.checkpoints import Checkpoint
from projections.model import models

Say = Callable[[str], None]

_GAPS = """
select h.log, h.position, count(f.position), coalesce(max(f.position), 0)
from ledger.log_head h left join ledger.facts f using (log) group by h.log, h.position
having count(f.position) <> h.position or coalesce(max(f.position), 0) <> h.position
"""


def into_data(  # noqa: PLR0913 — from where, to where, and who is told
    settings: Settings, life: Life, target: Target, *, data: Path, say: Say, seen: tuple[Checkpoint, ...] = ()
) -> Restored:
    """Restore into the folder of `annals up`, and see that it is what was signed."""
    data.mkdir(parents=True, exist_ok=True, mode=0o711)
    restored = restore(life, target, data / "postgres", list(models()), say=say, look=looking(settings, say, seen))
    if not isinstance(target, Latest):
        _set_aside(data / "nats" / "jetstream", say)
    return restored


def drill(settings: Settings, life: Life, say: Say, seen: tuple[Checkpoint, ...] = ()) -> Restored:
    """Restore the latest into a place of its own, see that it is what was signed, and throw it away."""
    with tempfile.TemporaryDirectory(prefix=".drill-", dir=life.path, ignore_cleanup_errors=True) as place:
        Path(place).chmod(0o711)
        return restore(
            life,
            Latest(),
            Path(place, "postgres"),
            list(models()),
            say=say,
            look=looking(settings, say, seen),
            to_disk=False,
        )


def looking(settings: Settings, say: Say, seen: tuple[Checkpoint, ...]) -> Callable[[EmbeddedPostgres], None]:
    """What says whether a restored server is what it was: no position is missing, every tree is as it was signed."""

    def look(server: EmbeddedPostgres) -> None:
        wrong: list[str] = []
        for name, heads in heads_of(server.url):
            wrong += _wrong(settings, server.database_url(name), seen)
            say(f"{name}: {sum(heads)} facts, " + ("as they were signed" if not wrong else "NOT as they were signed"))
        if wrong:
            raise BackupFailed("; ".join(wrong))

    return look


def _wrong(settings: Settings, url: str, seen: tuple[Checkpoint, ...]) -> Iterator[str]:
    with psycopg.connect(dsn(url, "auditor"), autocommit=True) as connection:
        for log, head, count, last in connection.execute(_GAPS).fetchall():
            yield f"log {log} says it is at {head}, and has {count} facts, the last at {last}"
        for verdict in check(connection, log_keys(settings), seen):
            for one in verdict.wrong:
                yield f"{verdict.tenant}: {one}"


def _set_aside(folder: Path, say: Say) -> None:
    """What was told over NATS of facts that are no more would stop the relay: it is told anew from the ledger."""
    if folder.exists():
        aside = folder.with_name(f"{folder.name}.{datetime.now(UTC):%Y%m%dt%H%M%S}")
        folder.rename(aside)
        say(f"what NATS had kept is in {aside}: it is told anew from the ledger")
