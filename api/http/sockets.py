"""WebSockets: whatever answers with events answers over a WebSocket as well, and each event is a message.

The handshake becomes the request that it stands for, so who may, how often, and what can go wrong is what the route
says. A browser cannot set headers there: it offers its token as a subprotocol, beside ours.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
from litestar.types import ASGIApp, Receive, Scope, Send

PROTOCOL = "annals"
BEARER = "bearer."
"""`new WebSocket(url, ["annals", "bearer." + token])`"""

NORMAL = 1000
REFUSED = 4000
"""Added to the status of what would have been the answer: 4401 asks for a token. The reason is the problem's code."""
NOT_EVENTS = 406

_encode = msgspec.json.Encoder().encode


class _Problem(msgspec.Struct):
    code: str


_problem = msgspec.json.Decoder(_Problem)


class Event(msgspec.Struct, omit_defaults=True):
    """One message to the client. What only says that we are still here has neither id nor data."""

    event: str
    id: str | None = None
    data: msgspec.Raw | None = None


async def over_socket(app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    """Have the app answer the request that this handshake stands for, and tell what it says in messages."""
    await receive()  # That it wants to connect.
    offered: list[str] = scope.get("subprotocols") or []  # type: ignore[assignment]
    socket = _Socket(receive, send, PROTOCOL if PROTOCOL in offered else None)
    await app(_as_request(scope, offered), socket.receive, socket.answer)


def _as_request(scope: Scope, offered: list[str]) -> Any:
    headers = list(scope["headers"])
    token = next((one.removeprefix(BEARER) for one in offered if one.startswith(BEARER)), None)
    if token is not None and not any(name == b"authorization" for name, _ in headers):
        headers.append((b"authorization", b"Bearer " + token.encode("latin-1", "replace")))
    return {**scope, "type": "http", "method": "GET", "headers": headers, "extensions": {}}


class _Socket:
    """Stands between an answer of HTTP and a client that listens on a WebSocket."""

    def __init__(self, receive: Receive, send: Send, protocol: str | None) -> None:
        self._receive = receive
        self._send = send
        self._protocol = protocol
        self._asked = False
        self._left = False
        self._status = 0
        self._streams = False
        self._said = b""

    async def receive(self) -> Any:
        """The request, which has no body; then nothing, until the client has left."""
        if not self._asked:
            self._asked = True
            return {"type": "http.request", "body": b"", "more_body": False}
        while (await self._receive())["type"] != "websocket.disconnect":
            pass  # Clients listen here. What they say is not waited for.
        self._left = True
        return {"type": "http.disconnect"}

    async def answer(self, message: Any) -> None:
        match message:
            case {"type": "http.response.start", "status": status, "headers": headers}:
                said = dict(headers)
                self._status = status
                self._streams = said.get(b"content-type", b"").startswith(b"text/event-stream")
                request = [(name, value) for name, value in headers if name == b"x-request-id"]
                await self._tell({"type": "websocket.accept", "subprotocol": self._protocol, "headers": request})
            case {"type": "http.response.body"}:
                self._said += message["body"]
                if self._streams:
                    *whole, self._said = self._said.split(b"\n\n")
                    for event in events(whole):
                        await self._tell({"type": "websocket.send", "text": _encode(event).decode()})
                if not message.get("more_body"):
                    await self._close()
            case _:
                pass

    async def _close(self) -> None:
        if self._streams:
            code, reason = NORMAL, ""
        elif self._status < 400:  # noqa: PLR2004 — as HTTP counts them
            code, reason = REFUSED + NOT_EVENTS, "socket.not_events"
        else:
            code, reason = REFUSED + self._status, _problem.decode(self._said).code
        await self._tell({"type": "websocket.close", "code": code, "reason": reason})

    async def _tell(self, message: Any) -> None:
        if not self._left:
            await self._send(message)


def events(said: list[bytes]) -> Iterator[Event]:
    """The events of a stream, each as it was written: lines of fields."""
    for one in said:
        fields = {name: value for name, _, value in (line.partition(b": ") for line in one.split(b"\n"))}
        if b"" in fields:
            yield Event("still-here")
        elif b"data" in fields:
            id_ = fields.get(b"id")
            yield Event(
                fields.get(b"event", b"message").decode(), id_.decode() if id_ else None, msgspec.Raw(fields[b"data"])
            )
