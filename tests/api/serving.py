"""The API as it is run, in processes of its own, for tests to call."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import psycopg

from adapters.tokens import issue
from api.settings_agree import DEVELOPMENT_KEY
from tests.servers import Database, folder
from tests.trusting import TRUST

READY_S_MAX = 90.0
STOP_S_MAX = 15.0
LESSONS = ("one", "two")


@dataclass(frozen=True)
class Served:
    """A running API: where it is, and the database it stands on."""

    url: str
    database: Database
    output: Path

    @property
    def address(self) -> tuple[str, int]:
        host, _, port = self.url.removeprefix("http://").partition(":")
        return host, int(port)

    def head(self) -> int:
        """How many facts there are."""
        with psycopg.connect(self.database.url) as connection:
            found = connection.execute("select sum(position)::bigint from ledger.log_head").fetchone()
        assert found is not None
        return int(found[0])

    def commands(self) -> int:
        """How many commands were ever answered."""
        with psycopg.connect(self.database.url) as connection:
            found = connection.execute("select count(*) from ledger.commands").fetchone()
        assert found is not None
        return int(found[0])


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def token(tenant: UUID, *permissions: str, subject: str = "ada", lifetime_s: int = 3600) -> str:
    return issue(DEVELOPMENT_KEY, tenant, subject, permissions or ("*",), lifetime_s)


class Client(httpx.Client):
    """A client of one tenant's."""

    def __init__(self, served: Served, tenant: UUID, *permissions: str, subject: str = "ada") -> None:
        super().__init__(base_url=served.url, timeout=20, verify=TRUST)
        self.tenant = tenant
        self.headers["Authorization"] = f"Bearer {token(tenant, *permissions, subject=subject)}"

    def command(self, path: str, body: Any = None, *, key: str | None = None, **headers: str) -> httpx.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.post(path, json=body or {}, headers={"Idempotency-Key": key or str(uuid4()), **named})

    def enroll(self, course: str = "art", learner: str = "ada", **more: Any) -> httpx.Response:
        key = more.pop("key", None)
        return self.command(
            "/api/enrollments", {"course": course, "learner": learner, "lessons": LESSONS, **more}, key=key
        )


@contextmanager
def serving(
    database: Database, *, engine: bool = False, worker: bool = False, count: int = 1, **environment: Any
) -> Generator[list[Served]]:
    """So many API processes on one database, an engine and a worker if asked."""
    given = {
        **os.environ,
        "DATABASE_URL": database.url,
        "ANNALS_TOKEN_KEY": DEVELOPMENT_KEY,
        "LOG_FORMAT": "json",
        **environment,
    }
    with ExitStack() as stack:
        where = stack.enter_context(folder())
        given["OUTBOX_FOLDER"] = str(where / "outbox")
        given["FILES_FOLDER"] = str(where / "files")
        given.setdefault("SANDBOX_FILE", str(where / "sandbox.db"))
        served: list[Served] = []
        if engine:
            stack.enter_context(_process("engine", given, where / "engine.log"))
        if worker:
            stack.enter_context(_process("worker", given, where / "worker.log"))
        for number in range(count):
            port = free_port()
            output = where / f"api-{number}.log"
            stack.enter_context(_process("api", {**given, "ANNALS_PORT": str(port)}, output))
            served.append(Served(f"http://127.0.0.1:{port}", database, output))
        for one in served:
            until_answered(f"{one.url}/health/ready")
        yield served


@contextmanager
def _process(name: str, environment: dict[str, str], output: Path) -> Generator[None]:
    with output.open("wb") as file:
        process = subprocess.Popen(  # noqa: S603
            [sys.executable, "-m", "api.cli", name], env=environment, stdout=file, stderr=file
        )
    try:
        yield
    finally:
        process.terminate()
        try:
            process.wait(STOP_S_MAX)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def until_answered(url: str, status: int = 200, seconds: float = READY_S_MAX) -> httpx.Response:
    """Ask until it is answered so."""
    deadline = time.monotonic() + seconds
    last: object = None
    while time.monotonic() < deadline:
        try:
            answer = httpx.get(url, timeout=5, verify=TRUST)
            if answer.status_code == status:
                return answer
            last = answer.text
        except httpx.TransportError as error:
            last = error
        time.sleep(0.05)
    raise TimeoutError(f"{url} was not answered {status}: {last}")
