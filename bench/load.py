"""A load of HTTP requests over kept-alive connections, one in flight on each, from a process of its own.

It speaks only as much HTTP/1.1 as is needed to count answers, so that the server is measured and not the client.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from typing import cast
from urllib.parse import urlsplit

import uvloop

Request = Callable[[int], bytes]
"""The bytes of the request of this number."""


def request(method: str, path: str, headers: dict[str, str] | None = None, body: bytes = b"") -> bytes:
    """One request as it goes over the wire."""
    lines = [f"{method} {path} HTTP/1.1", "Host: annals"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    if body:
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + body


class _Client(asyncio.Protocol):
    """One connection that asks again as soon as it is answered."""

    def __init__(self, load: _Load) -> None:
        self._load = load
        self._received = b""
        self._asked_at = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._ask()

    def _ask(self) -> None:
        asked = self._load.next()
        if asked is None:
            self._transport.close()
            return
        self._asked_at = time.perf_counter()
        self._transport.write(asked)

    def data_received(self, data: bytes) -> None:
        self._received += data
        end = self._received.find(b"\r\n\r\n")
        if end < 0:
            return
        head = self._received[:end].lower()
        start = head.find(b"content-length:")
        length = int(head[start + 15 :].split(b"\r\n", 1)[0]) if start >= 0 else 0
        if len(self._received) < end + 4 + length:
            return
        self._received = self._received[end + 4 + length :]
        self._load.answered(int(head[9:12]), time.perf_counter() - self._asked_at)
        self._ask()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 — as asyncio calls it
        self._load.closed()


class _Load:
    def __init__(self, requests: Request, count: int, clients: int) -> None:
        self._requests = requests
        self._count = count
        self._asked = 0
        self._open = clients
        self.statuses: Counter[int] = Counter()
        self.took: list[float] = []
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def next(self) -> bytes | None:
        if self._asked >= self._count:
            return None
        self._asked += 1
        return self._requests(self._asked - 1)

    def answered(self, status: int, seconds: float) -> None:
        self.statuses[status] += 1
        self.took.append(seconds)

    def closed(self) -> None:
        self._open -= 1
        if not self._open and not self.done.done():
            self.done.set_result(None)


async def run(url: str, requests: Request, count: int, clients: int = 64) -> dict[str, object]:
    """Ask `count` requests over `clients` connections: how many a second, how long they took, how they ended."""
    where = urlsplit(url)
    load = _Load(requests, count, clients)
    loop = asyncio.get_running_loop()
    started = time.perf_counter()
    for _ in range(clients):
        await loop.create_connection(lambda: _Client(load), where.hostname or "127.0.0.1", where.port or 80)
    await load.done
    seconds = time.perf_counter() - started
    took = sorted(load.took)
    return {
        "per_second": round(len(took) / seconds, 1),
        "p50_ms": round(took[len(took) // 2] * 1000, 2),
        "p99_ms": round(took[len(took) * 99 // 100] * 1000, 2),
        "statuses": {str(status): n for status, n in load.statuses.items()},
    }


def main(arguments: Sequence[str]) -> None:
    """`load.py URL COUNT CLIENTS REQUEST`: the request is a file; `{n}` in it becomes the number of the request."""
    url, count, clients, path = arguments
    with open(path, "rb") as file:  # noqa: PTH123 — a path or a descriptor
        template = file.read().decode()
    head, _, body = template.partition("\r\n\r\n")

    def one(n: int) -> bytes:
        said = _filled(body, n).encode()
        lines = _filled(head, n).split("\r\n")
        if said:
            lines.append(f"Content-Length: {len(said)}")
        return "\r\n".join(lines).encode() + b"\r\n\r\n" + said

    prepared = [one(n) for n in range(int(count))]
    print(json.dumps(uvloop.run(run(url, prepared.__getitem__, int(count), int(clients)))))


def _filled(template: str, n: int) -> str:
    return template.replace("{n}", str(n)).replace("{tenth}", str(n % 10))


if __name__ == "__main__":
    main(sys.argv[1:])
