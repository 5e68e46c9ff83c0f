"""Servers to load: ours, one API process as `annals api` runs it, and the peers' routes on the same server."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from api.settings import DEVELOPMENT_KEY
from bench.ground import Ground, answering, free_port, process, python

CLIENTS = 64


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
        """Ask so often; `{n}` in the path, a header or the body is the request's number. All must be answered 200."""
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


@asynccontextmanager
async def peers(ground: Ground, url: str) -> AsyncGenerator[Server]:
    """The routes of `bench.peers.routes`, served by one granian worker."""
    port = free_port()
    command = python(
        *("-m", "granian", "--interface", "asgi", "--loop", "uvloop", "--port", str(port), "--log-level", "warning"),
        "bench.peers.routes:app",
    )
    with process(command, {"DATABASE_URL": url}, ground.folder / "peers.log"):
        server = Server(f"http://127.0.0.1:{port}", ground.folder)
        await answering(server.url + "/nothing")
        yield server


@asynccontextmanager
async def ours(ground: Ground, url: str, *, engine: bool = False) -> AsyncGenerator[Server]:
    """One `annals api`, and one `annals engine` where what was written must become visible."""
    port = free_port()
    environment = {
        "DATABASE_URL": url,
        "NATS_URL": ground.nats.url,
        "ANNALS_PORT": str(port),
        "ANNALS_TOKEN_KEY": DEVELOPMENT_KEY,
        "RATE_LIMIT_COMMAND": "1000000000",
        "RATE_LIMIT_QUERY": "1000000000",
        "LOG_LEVEL": "warning",
    }
    log = ground.folder / "annals.log"
    with process(python("-m", "api.cli", "api"), environment, log):
        server = Server(f"http://127.0.0.1:{port}", ground.folder)
        await answering(server.url + "/health")
        if not engine:
            yield server
            return
        with process(python("-m", "api.cli", "engine"), environment, log):
            await answering(server.url + "/health/ready")
            yield server


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}
