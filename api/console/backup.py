"""Copies of the database, and its log as it is written."""

from __future__ import annotations

import argparse
import signal
import sys
from datetime import timedelta
from pathlib import Path

from api.cli import WRONG_USE, say
from api.settings import Settings, load

NAME = "backup"
HELP = "copy the database into a folder, or receive its log there as it is written; `annals restore` brings it back"


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", nargs="?", type=Path, help="where backups are kept (BACKUP_FOLDER)")
    what = parser.add_mutually_exclusive_group()
    what.add_argument(
        "--receive",
        action="store_true",
        help="receive the log for ever, and have commits wait until it is here; copy when a copy is due",
    )
    what.add_argument(
        "--release",
        action="store_true",
        help="have commits wait for no receiver any more: what happens from then on is in no backup",
    )
    what.add_argument(
        "--check", action="store_true", help="say whether the log is received now, and commits wait until it is"
    )


def run(args: argparse.Namespace) -> int:
    from adapters.postgres.backups.lives import BackupFailed
    from api.parent import end_with_parent

    settings = load()
    folder: Path | None = args.folder or settings.backup_folder
    if args.release or args.check:
        folder = None
    elif folder is None:
        say("say which folder backups are kept in, or set BACKUP_FOLDER")
        return WRONG_USE
    url = backed_up(settings)
    end_with_parent()
    try:
        if args.check:
            return _check(url)
        if folder is None:
            return _release(url)
        return _receive(settings, url, folder) if args.receive else _copy(settings, url, folder)
    except BackupFailed as why:
        say(str(why))
        return 1


def backed_up(settings: Settings) -> str:
    """How the server is reached: as it is said, or as the one that `annals up` runs on its data."""
    from adapters.embedded.postgres import EmbeddedPostgres
    from api.settings_agree import BadSetting

    url = settings.backup_database_url or settings.database_url
    if url:
        return url
    server = EmbeddedPostgres(settings.data / "postgres")
    if server.pid is None:
        raise BadSetting("BACKUP_DATABASE_URL is not set, and no `annals up` runs a Postgres on ANNALS_DATA")
    server.start()
    return server.url


def _copy(settings: Settings, url: str, folder: Path) -> int:
    import psycopg

    from adapters.postgres.backups.receiving import life_of
    from api.receiver import copied

    with psycopg.connect(url, autocommit=True) as connection:
        life = life_of(connection, url, folder)
    one = copied(url, life, settings.backup_keep)
    sys.stdout.write(f"{one.path}\n")
    return 0


def _receive(settings: Settings, url: str, folder: Path) -> int:
    from adapters.postgres.backups.lives import Life
    from adapters.postgres.backups.restoring import noted
    from api.receiver import Receiving
    from api.restoring import drill

    def try_out(life: Life) -> None:
        restored = drill(settings, life, say)
        (life.path / "drill.json").write_text(noted(restored) + "\n", encoding="utf-8")
        say(f"tried out: it would be restored in {restored.seconds['in all']:.1f} s")

    every = timedelta(hours=settings.backup_every_hours)
    receiving = Receiving(url, folder, every=every, keep=settings.backup_keep, say=say, try_out=try_out)

    def end(*_: object) -> None:
        receiving.stop()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, end)
    receiving.run()
    return 0


def _release(url: str) -> int:
    import psycopg

    from adapters.postgres.backups.receiving import release

    with psycopg.connect(url, autocommit=True) as connection:
        release(connection)
    say("commits wait for no receiver; what happens from now on is in no backup")
    return 0


def _check(url: str) -> int:
    from adapters.postgres.backups.receiving import is_received

    received = is_received(url)
    say("the log is received" if received else "the log is not received")
    return 0 if received else 1
