"""Servers of other people's, played by tests: real ones, on a port of this machine."""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from html import escape, unescape
from html.parser import HTMLParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx


@dataclass(frozen=True)
class Asked:
    """A request, as a server sees it."""

    method: str
    path: str
    query: Mapping[str, str]
    form: Mapping[str, str]
    headers: Mapping[str, str]


@dataclass(frozen=True)
class Answer:
    """What it answers."""

    status: int
    body: bytes = b""
    media_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict[str, str])


def told(value: Any, status: int = 200) -> Answer:
    """JSON."""
    return Answer(status, json.dumps(value).encode())


def sent_on(url: str, said: Mapping[str, str]) -> Answer:
    """A redirection with more in its query."""
    return Answer(302, headers={"Location": f"{url}{'&' if '?' in url else '?'}{urlencode(said)}"})


def posted_on(url: str, said: Mapping[str, str]) -> Answer:
    """A page whose form the browser posts by itself."""
    fields = "".join(f'<input type="hidden" name="{escape(name)}" value="{escape(said[name])}">' for name in said)
    page = (
        f'<body onload="document.forms[0].submit()"><form method="post" action="{escape(url)}">{fields}</form></body>'
    )
    return Answer(200, page.encode(), "text/html")


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128  # With five, whoever connects sixth at once waits for a second or three.

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client may leave in the middle."""


@contextmanager
def served(answer: Callable[[Asked], Answer], tls: Path | None = None) -> Generator[str]:
    """The URL of a server that answers so; with TLS if there is a folder with its key and its certificate."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._answer(b"")

        def do_POST(self) -> None:
            self._answer(self.rfile.read(int(self.headers.get("Content-Length", "0"))))

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            """Say nothing."""

        def _answer(self, body: bytes) -> None:
            url = urlsplit(self.path)
            asked = Asked(
                self.command,
                url.path,
                dict(parse_qsl(url.query, keep_blank_values=True)),
                dict(parse_qsl(body.decode(), keep_blank_values=True)),
                {name.lower(): value for name, value in self.headers.items()},
            )
            given = answer(asked)
            self.send_response(given.status)
            self.send_header("Content-Type", given.media_type)
            self.send_header("Content-Length", str(len(given.body)))
            for name, value in given.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(given.body)

    server = _Server(("127.0.0.1", 0), Handler)
    if tls is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(tls / "certificate.pem", tls / "key.pem")
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"{'https' if tls else 'http'}://localhost:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@dataclass(frozen=True)
class Brought:
    """What a browser was about to bring somewhere."""

    method: str
    url: str
    said: Mapping[str, str]

    @property
    def form(self) -> Mapping[str, str]:
        return self.said if self.method == "POST" else {}


def browse(url: str, until: str) -> Brought:
    """Follow a URL like a browser, through redirections and forms, until it would go to a place that begins so."""
    with httpx.Client(timeout=10) as client:
        answer = client.get(url)
        for _ in range(5):
            if answer.is_redirect:
                target = str(answer.next_request.url) if answer.next_request else ""
                if target.startswith(until):
                    return Brought("GET", target, dict(parse_qsl(urlsplit(target).query, keep_blank_values=True)))
                answer = client.get(target)
                continue
            form = _Form(answer.text)
            if form.action.startswith(until):
                return Brought("POST", form.action, form.fields)
            answer = client.post(str(answer.url.join(form.action)), data=form.fields)
    raise AssertionError(f"{url} does not lead to {until}: {answer.status_code} {answer.text[:500]}")


class _Form(HTMLParser):
    """The first form of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.action = ""
        self.fields: dict[str, str] = {}
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: unescape(value or "") for name, value in attrs}
        if tag == "form" and not self.action:
            self.action = given.get("action", "")
        if tag == "input" and given.get("name"):
            self.fields.setdefault(given["name"], given.get("value", ""))
