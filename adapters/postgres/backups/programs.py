"""The programs of Postgres that copy it, as the user that Postgres runs as."""

from __future__ import annotations

import subprocess
from pathlib import Path

from psycopg.conninfo import make_conninfo

from adapters.embedded import system_user
from adapters.postgres.backups.lives import BackupFailed
from adapters.wheels import postgres_program


def command(name: str, folder: Path, *arguments: str) -> list[str]:
    """How to run one of them on a folder of backups, which is given to the user that it runs as."""
    system_user.give(folder)
    path = postgres_program(name)
    return [*system_user.lowered(folder, Path(path)), path, *arguments]


def run(name: str, folder: Path, *arguments: str) -> None:
    """Run one of them, and say what it said if it fails."""
    done = subprocess.run(  # noqa: S603
        command(name, folder, *arguments),
        cwd=folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise BackupFailed(f"{name} ended with {done.returncode}: {(done.stderr or done.stdout).strip()}")


def reached_as(url: str, name: str) -> str:
    """How a program reaches the server under a name of its own."""
    return make_conninfo(url, application_name=name)
