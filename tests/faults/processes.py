"""The processes of one run, as an operator starts them: to be killed and started again."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Awaitable, Callable, Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Literal
from uuid import UUID

from adapters.tokens import issue
from api.settings_agree import DEVELOPMENT_KEY
from tests.servers import Database

Name = Literal["api", "engine", "worker"]
READY_S_MAX = 90


class Processes:
    """`annals api`, `annals engine` and `annals worker` on one database, each killed and started by its id."""

    def __init__(self, environment: Mapping[str, str], port: int, log: Path) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self._environment = {**os.environ, **environment}
        self._log = log
        self._running: list[tuple[Name, subprocess.Popen[bytes]]] = []

    async def start(self, *names: Name) -> None:
        """Start these, and wait until what serves HTTP answers."""
        for name in names:
            with self._log.open("ab") as output:
                process = subprocess.Popen(  # noqa: ASYNC220, S603 — it only forks
                    [sys.executable, "-m", "api.cli", name], env=self._environment, stdout=output, stderr=output
                )
            self._running.append((name, process))
        if "api" in names:
            await self.answers("/health")

    def kill(self, name: Name) -> None:
        """Kill -9 the one of this name that has run longest, with what it started."""
        found = next(one for one in self._running if one[0] == name)
        self._running.remove(found)
        process = found[1]
        process.kill()
        process.wait()

    def stop(self) -> None:
        for _, process in self._running:
            process.terminate()
        for _, process in self._running:
            process.wait(20)
        self._running.clear()

    async def answers(self, path: str) -> None:
        """Wait until this path is answered 200."""

        def ask() -> bool:
            try:
                with urllib.request.urlopen(self.url + path, timeout=2) as answer:  # noqa: S310 — our own server
                    return bool(answer.status == 200)
            except (urllib.error.URLError, OSError):
                return False

        await eventually(lambda: asyncio.to_thread(ask), READY_S_MAX)


async def eventually(holds: Callable[[], Awaitable[bool]], seconds: float) -> None:
    """Wait until it holds, asking often."""
    async with asyncio.timeout(seconds):
        while not await holds():  # noqa: ASYNC110 — what is waited for lives in another process
            await asyncio.sleep(0.05)


def token(tenant: str) -> str:
    """A token that may do everything in one tenant."""
    return issue(DEVELOPMENT_KEY, UUID(tenant), "ada", ("*",), 3600)


@contextmanager
def processes_on(database: Database, nats: str, folder: Path) -> Generator[Processes]:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port = int(one.getsockname()[1])
    environment = {
        "DATABASE_URL": database.url,
        "NATS_URL": nats,
        "ANNALS_PORT": str(port),
        "ANNALS_DATA": str(folder),
        "OUTBOX_FOLDER": str(folder / "outbox"),
        "FILES_FOLDER": str(folder / "files"),
        "RATE_LIMIT_ENABLED": "false",
        "LOG_LEVEL": "warning",
    }
    processes = Processes(environment, port, folder / "processes.log")
    try:
        yield processes
    finally:
        processes.stop()
