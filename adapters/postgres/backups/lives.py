"""What is in a folder of backups.

A server that was restored goes on from where it was restored to, and may leave behind what came after. So what is
received from it is a life of its own: copies, and the log from the first of them on. Lives are never mixed.

    <folder>/<life>/life.json       which server it is
    <folder>/<life>/log/            its log, a file a segment; the one that is being received ends in `.partial`
    <folder>/<life>/copies/<copy>/  the data directory as pg_basebackup copied it
    <folder>/<life>/copies/<copy>.json
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import msgspec

from domain.kernel import Value


class BackupFailed(Exception):  # noqa: N818 — it reads as what happened
    """What could not be backed up or restored, and why."""


class Server(Value):
    """Whose life it is: what Postgres calls itself, from initdb on and in every restore."""

    system: str


class Copied(Value):
    """What is known of a copy: whoever restores it and its log can go to any moment after it had ended."""

    began: datetime
    ended: datetime
    heads: dict[str, list[int]]
    """In each database that has a ledger, where its logs were when the copy had ended."""


class Copy(Value):
    """A copy that is complete."""

    path: Path
    about: Copied

    @property
    def name(self) -> str:
        return self.path.name


class Life:
    """One life of a server, in a folder of backups."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.log = path / "log"
        self.copies_path = path / "copies"

    @property
    def name(self) -> str:
        return self.path.name

    @property
    def server(self) -> Server:
        """Which server lives it."""
        return msgspec.json.decode((self.path / "life.json").read_bytes(), type=Server)

    def begin(self, server: Server) -> None:
        """Make its folders. They are nobody else's: what is in them is all there is."""
        for folder in (self.path.parent, self.path, self.log, self.copies_path):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _write(self.path / "life.json", server)

    def copies(self) -> list[Copy]:
        """Its complete copies, the oldest first."""
        return [
            Copy(file.with_suffix(""), msgspec.json.decode(file.read_bytes(), type=Copied))
            for file in sorted(self.copies_path.glob("*.json"))
        ]

    def complete(self, path: Path, about: Copied) -> Copy:
        """Say that a copy is complete: only now it counts."""
        _write(path.with_name(f"{path.name}.json"), about)
        return Copy(path, about)


def lives(folder: Path) -> list[Life]:
    """The lives in a folder, the oldest first: their names begin with when they began."""
    return [Life(file.parent) for file in sorted(folder.glob("*/life.json"))]


def _write(file: Path, value: Value) -> None:
    new = file.with_suffix(".new")
    new.write_bytes(msgspec.json.encode(value))
    new.rename(file)
