"""What stand-ins share: a real server on a port of this machine, with faults that can be armed."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal
from urllib.parse import parse_qsl, urlsplit

Fault = Literal["busy", "broken", "silent"]
"""Too many requests; a failure before anything is done; done, but the answer is lost on its way."""
STATUS: Mapping[str, int] = {"busy": 429, "broken": 503}


@dataclass(frozen=True)
class Asked:
    """A request, as a server sees it."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    raw: bytes

    @property
    def json(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.raw) if self.raw else {}
        return found


@dataclass(frozen=True)
class Answer:
    """What it answers."""

    status: int
    body: bytes = b""
    media_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict[str, str])


class Lost(Exception):  # noqa: N818 — said of an answer
    """The connection ends before the answer."""


def told(value: Any, status: int = 200) -> Answer:
    """JSON."""
    return Answer(status, json.dumps(value).encode())


class Faults:
    """What is to go wrong with the next requests that write."""

    def __init__(self) -> None:
        self._armed: list[Fault] = []
        self.happened = 0

    def arm(self, fault: Fault, times: int = 1) -> None:
        self._armed.extend(fault for _ in range(times))

    def taken(self) -> Fault | None:
        if not self._armed:
            return None
        self.happened += 1
        return self._armed.pop(0)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128  # With five, whoever connects sixth at once waits for a second or three.

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client may leave in the middle."""


@contextmanager
def served(answer: Callable[[Asked], Answer]) -> Generator[str]:
    """The URL of a server that answers so, one request at a time."""
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = 1 << 16
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            self._answer()

        def do_POST(self) -> None:
            self._answer()

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            """Say nothing."""

        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            url = urlsplit(self.path)
            asked = Asked(
                self.command,
                url.path,
                dict(parse_qsl(url.query, keep_blank_values=True)),
                {name.lower(): value for name, value in self.headers.items()},
                body,
            )
            try:
                with lock:
                    given = answer(asked)
            except Lost:
                self.close_connection = True
                self.connection.shutdown(socket.SHUT_RDWR)
                return
            self.send_response(given.status)
            self.send_header("Content-Type", given.media_type)
            self.send_header("Content-Length", str(len(given.body)))
            for name, value in given.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(given.body)

    server = _Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
