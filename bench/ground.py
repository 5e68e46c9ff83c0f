"""What measures stand on: a durable Postgres and NATS as `annals up` starts them, processes of ours and of peers."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from adapters.embedded.nats import EmbeddedNats
from adapters.embedded.postgres import EmbeddedPostgres
from adapters.postgres.migrate import migrate


class Ground:
    """The servers of one run, in a folder that goes with it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.postgres = EmbeddedPostgres(folder / "postgres", {"shared_buffers": "1GB", "max_wal_size": "4GB"})
        self._nats: dict[str, EmbeddedNats] = {}

    def database(self, name: str, logs: int = 1) -> str:
        """A new migrated database; its URL as superuser."""
        url = self.empty_database(name)
        migrate(url, logs)
        return url

    def empty_database(self, name: str) -> str:
        with psycopg.connect(self.postgres.url, autocommit=True) as connection:
            connection.execute(sql.SQL("create database {}").format(sql.Identifier(name)))
        return self.postgres.database_url(name)

    def nats_of(self, url: str) -> str:
        """The URL of the NATS that is told of this database alone: a relay refuses one that knows of another ledger."""
        name = str(conninfo_to_dict(url)["dbname"])
        if name not in self._nats:
            self._nats[name] = EmbeddedNats(self.folder / f"nats-{name}")
            self._nats[name].start()
        return self._nats[name].url

    def stop(self) -> None:
        for server in self._nats.values():
            server.stop()
        self.postgres.stop()

    def drop(self, name: str) -> None:
        with psycopg.connect(self.postgres.url, autocommit=True) as connection:
            connection.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))


@contextmanager
def standing() -> Generator[Ground]:
    with tempfile.TemporaryDirectory(prefix="annals-bench-", dir="/tmp", ignore_cleanup_errors=True) as path:
        ground = Ground(Path(path))
        ground.postgres.start()
        try:
            yield ground
        finally:
            ground.stop()


@contextmanager
def process(
    command: list[str], environment: Mapping[str, str], log: Path, errors: Path | None = None
) -> Generator[subprocess.Popen[bytes]]:
    """A process of ours, ended by its id."""
    with log.open("ab") as said, (errors or log).open("ab") as wrong:
        child = subprocess.Popen(command, env={**os.environ, **environment}, stdout=said, stderr=wrong)  # noqa: S603
    try:
        yield child
    finally:
        child.send_signal(signal.SIGTERM)
        try:
            child.wait(20)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def python(*arguments: str) -> list[str]:
    return [sys.executable, *arguments]


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


async def answering(url: str, seconds: float = 30) -> None:
    """Wait until this address answers 200."""

    def ask() -> bool:
        try:
            with urllib.request.urlopen(url, timeout=2) as answer:  # noqa: S310 — our own server
                return bool(answer.status == 200)
        except OSError:
            return False

    deadline = time.monotonic() + seconds
    while not await asyncio.to_thread(ask):
        if time.monotonic() > deadline:
            raise TimeoutError(f"{url} does not answer")
        await asyncio.sleep(0.02)
