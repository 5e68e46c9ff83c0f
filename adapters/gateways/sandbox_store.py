"""What the sandbox remembers: a file of SQLite, so that the processes of a machine agree, also after a kill."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import msgspec

from domain.kernel import Value

Kept = TypeVar("Kept", bound=Value)

BUSY_S_MAX = 10.0
TABLES = """
    create table if not exists things (
        kind text not null, id text not null, at real not null, body blob not null, primary key (kind, id)
    ) without rowid;
    create index if not exists things_by_time on things (kind, at);
    create table if not exists answers (key text primary key, asked text not null, said blob not null) without rowid;
"""


class Store:
    """Things by their kind and id. One change at a time, of however many processes."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._connection: sqlite3.Connection | None = None
        self._lock = threading.RLock()

    @contextmanager
    def changing(self) -> Generator[None]:
        """All that is kept within this, or nothing of it."""
        with self._lock:
            connection = self._opened()
            connection.execute("begin immediate")
            try:
                yield
            except BaseException:
                connection.execute("rollback")
                raise
            connection.execute("commit")

    def keep(self, kind: str, name: str, at: float, thing: Value) -> None:
        said = "insert into things values (?, ?, ?, ?) on conflict (kind, id) do update set at = ?3, body = ?4"
        self._opened().execute(said, (kind, name, at, msgspec.json.encode(thing)))

    def look(self, kind: str, name: str, type_: type[Kept]) -> Kept | None:
        with self._lock:
            said = "select body from things where kind = ? and id = ?"
            found = self._opened().execute(said, (kind, name)).fetchone()
        return None if found is None else msgspec.json.decode(found[0], type=type_)

    def since(self, kind: str, at: float, type_: type[Kept]) -> Iterator[Kept]:
        """What was kept since then, in the order of its last change."""
        with self._lock:
            said = "select body from things where kind = ? and at >= ? order by at, id"
            found = self._opened().execute(said, (kind, at)).fetchall()
        return (msgspec.json.decode(body, type=type_) for (body,) in found)

    def answer(self, key: str) -> tuple[str, bytes] | None:
        """What was asked under a key, and what was said."""
        found = self._opened().execute("select asked, said from answers where key = ?", (key,)).fetchone()
        return None if found is None else (str(found[0]), bytes(found[1]))

    def keep_answer(self, key: str, asked: str, said: bytes) -> None:
        self._opened().execute("insert into answers values (?, ?, ?)", (key, asked, said))

    def forget(self, kind: str, name: str) -> None:
        with self.changing():
            self._opened().execute("delete from things where kind = ? and id = ?", (kind, name))

    def close(self) -> None:
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    def _opened(self) -> sqlite3.Connection:
        if self._connection is None:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            self._connection = sqlite3.connect(
                self._file, timeout=BUSY_S_MAX, isolation_level=None, check_same_thread=False
            )
            # What a killed process has written is the system's to keep; only a machine that loses power forgets.
            self._connection.executescript("pragma journal_mode = wal; pragma synchronous = off;" + TABLES)
        return self._connection
