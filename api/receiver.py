"""`annals backup --receive`: the log is received for ever, copies are made when they are due, and each is tried out."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg

from adapters.postgres.backups.copying import copy, expire, verify
from adapters.postgres.backups.lives import BackupFailed, Copy, Life
from adapters.postgres.backups.receiving import Receiver, life_of

WATCH_S = 0.2
AGAIN_S = 1.0
LATER_S = 300.0
"""After a copy that failed, so long until the next try."""

Say = Callable[[str], None]
TryOut = Callable[[Life], None]


class Receiving:
    """One folder of backups, kept up with one server until it is asked to stop."""

    def __init__(  # noqa: PLR0913 — from where, to where, and who is told
        self, url: str, folder: Path, *, every: timedelta, keep: int, say: Say, try_out: TryOut
    ) -> None:
        self._url = url
        self._folder = folder
        self._every = every
        self._keep = keep
        self._say = say
        self._try_out = try_out
        self._stop = threading.Event()
        self._copying: threading.Thread | None = None
        self._not_before = 0.0

    def stop(self) -> None:
        """Ask for the end. A copy that is being made is finished by nobody, and does not count."""
        self._stop.set()

    def run(self) -> None:
        """Receive, whoever goes away, until asked to stop."""
        while not self._stop.is_set():
            try:
                self._receive()
            except (psycopg.Error, BackupFailed) as why:
                self._say(f"not received now, and commits wait: {str(why).strip()}")
                self._stop.wait(AGAIN_S)

    def _receive(self) -> None:
        with psycopg.connect(self._url, autocommit=True) as connection:
            life = life_of(connection, self._url, self._folder)
            with Receiver(self._url, life) as receiver:
                receiver.start(connection)
                self._say(f"receives into {life.path}: what is acknowledged from now on is there too")
                while receiver.receives and not self._stop.wait(WATCH_S):
                    self._copy_when_due(life)
                if not self._stop.is_set():
                    raise BackupFailed("pg_receivewal has ended")

    def _copy_when_due(self, life: Life) -> None:
        """Copies are made beside: what is received must not wait for them."""
        if (self._copying is not None and self._copying.is_alive()) or time.monotonic() < self._not_before:
            return
        copies = life.copies()
        if copies and datetime.now(UTC) < copies[-1].about.began + self._every:
            return
        self._copying = threading.Thread(target=self._copy, args=(life,), name="copy", daemon=True)
        self._copying.start()

    def _copy(self, life: Life) -> None:
        try:
            one = copied(self._url, life, self._keep)
            self._say(f"copied to {one.path}: life {life.name} can be restored to any moment from now on")
            self._try_out(life)
        except (psycopg.Error, OSError, BackupFailed) as why:
            self._say(f"no copy was made, or it could not be restored: {str(why).strip()}")
            self._not_before = time.monotonic() + LATER_S


def copied(url: str, life: Life, keep: int) -> Copy:
    """Make a copy, see that it is whole, and take away those that it replaces."""
    with psycopg.connect(url, autocommit=True) as connection:
        one = copy(connection, url, life)
    verify(one)
    expire(life, keep)
    return one
