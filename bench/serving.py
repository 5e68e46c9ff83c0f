"""Servers to load: ours, one API process as `annals api` runs it, and the peers' routes on the same server."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, LiteralString

import msgspec
import psycopg

from api.settings_agree import DEVELOPMENT_KEY
from bench.ground import Ground, answering, free_port, process, python
from bench.result import median

CLIENTS = 128
ROUNDS = 3


class Load(msgspec.Struct):
    """What a load of requests came to."""

    per_second: float
    p50_ms: float
    p99_ms: float
    statuses: dict[str, int]


@dataclass(frozen=True)
class Server:
    """Where it listens, and how to ask it for something many times."""

    url: str
    folder: Path

    async def load(
        self, method: str, path: str, count: int, *, body: Any = None, headers: dict[str, str] | None = None
    ) -> Load:
        """Ask so often; all must be answered 200.

        `{n}` in the path, a header or the body is the request's number, `{tenth}` one of ten that it falls to.
        """
        lines = [f"{method} {path} HTTP/1.1", "Host: annals"]
        lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
        said = b"" if body is None else json.dumps(body).encode()
        if said:
            lines.append("Content-Type: application/json")
        template = self.folder / f"request-{abs(hash((method, path, said)))}"
        template.write_bytes("\r\n".join(lines).encode() + b"\r\n\r\n" + said)
        child = await asyncio.create_subprocess_exec(
            *python("-m", "bench.load", self.url, str(count), str(CLIENTS), str(template)),
            stdout=asyncio.subprocess.PIPE,
        )
        told, _ = await child.communicate()
        found = msgspec.json.decode(told, type=Load)
        assert set(found.statuses) == {"200"}, f"{method} {path}: {found.statuses}"
        return found


async def in_turn(
    a: Callable[[], Awaitable[Load]], b: Callable[[], Awaitable[Load]], rounds: int = ROUNDS
) -> tuple[float, float]:
    """How many a second of each, one after the other, several times: what the machine does besides touches both."""
    pairs = [((await a()).per_second, (await b()).per_second) for _ in range(rounds)]
    return median([one for one, _ in pairs]), median([other for _, other in pairs])


@asynccontextmanager
async def peers(ground: Ground, url: str) -> AsyncGenerator[Server]:
    """The routes of `bench.peers.routes`, served by one granian worker."""
    async with _granian(ground, "bench.peers.routes:app", environment={"DATABASE_URL": url}, path="/nothing") as server:
        yield server


@asynccontextmanager
async def without_sealing(ground: Ground, url: str) -> AsyncGenerator[Server]:
    """One API of ours that seals nothing."""
    target = ("--factory", "--backlog", "4096", "bench.peers.without_sealing:create_app")
    async with _granian(ground, *target, environment=_environment(ground, url), path="/health") as server:
        yield server


@asynccontextmanager
async def _granian(ground: Ground, *target: str, environment: Mapping[str, str], path: str) -> AsyncGenerator[Server]:
    port = free_port()
    plain = ("-m", "granian", "--interface", "asgi", "--loop", "uvloop", "--port", str(port), "--log-level", "warning")
    with process(python(*plain, *target), environment, ground.folder / "peers.log"):
        server = Server(f"http://127.0.0.1:{port}", ground.folder)
        await answering(server.url + path)
        yield server


@asynccontextmanager
async def ours(ground: Ground, url: str) -> AsyncGenerator[Server]:
    """One `annals api`."""
    port = free_port()
    environment = _environment(ground, url) | {"ANNALS_PORT": str(port)}
    with process(python("-m", "api.cli", "api"), environment, ground.folder / "annals.log"):
        server = Server(f"http://127.0.0.1:{port}", ground.folder)
        await answering(server.url + "/health")
        yield server


@asynccontextmanager
async def followed(ground: Ground, url: str, server: Server) -> AsyncGenerator[None]:
    """One `annals engine`, so that what is written becomes visible; all that was written before is."""
    with process(python("-m", "api.cli", "engine"), _environment(ground, url), ground.folder / "annals.log"):
        await answering(server.url + "/health/ready")
        await _caught_up(url)
        yield


@asynccontextmanager
async def working(ground: Ground, url: str) -> AsyncGenerator[None]:
    """One `annals worker`, once it has done all jobs that wait."""
    with process(python("-m", "api.cli", "worker"), _environment(ground, url), ground.folder / "annals.log"):
        await _nothing_waits(url)
        yield


async def _nothing_waits(url: str, seconds: float = 300) -> None:
    """Wait until every job was done."""
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        async with asyncio.timeout(seconds):
            while await _rows(connection, "select 1 from jobs.queue where state in ('queued', 'consumed') limit 1"):  # noqa: ASYNC110 — it is another process that we wait for
                await asyncio.sleep(0.1)


async def _rows(connection: psycopg.AsyncConnection[Any], query: LiteralString) -> list[Any]:
    return await (await connection.execute(query)).fetchall()


def _environment(ground: Ground, url: str) -> dict[str, str]:
    return {
        "DATABASE_URL": url,
        "NATS_URL": ground.nats_of(url),
        "ANNALS_TOKEN_KEY": DEVELOPMENT_KEY,
        "OUTBOX_FOLDER": str(ground.folder / "outbox"),
        "RATE_LIMIT_COMMAND": "1000000000",
        "RATE_LIMIT_QUERY": "1000000000",
        "RATE_LIMIT_ENTRANCE": "1000000000",
        "SANDBOX_FILE": str(ground.folder / "sandbox.db"),
        "LOG_LEVEL": "warning",
    }


async def _caught_up(url: str, seconds: float = 120) -> None:
    """Wait until every follower has come to the end of the ledger."""
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        async with asyncio.timeout(seconds):
            while await _behind(connection):  # noqa: ASYNC110 — it is another process that we wait for
                await asyncio.sleep(0.1)


async def _behind(connection: psycopg.AsyncConnection[Any]) -> bool:
    cursor = await connection.execute(
        "select coalesce(bool_or(c.position < h.position), true) "
        "from followers.checkpoints c join ledger.log_head h using (log)"
    )
    found = await cursor.fetchone()
    return found is None or bool(found[0])


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}
