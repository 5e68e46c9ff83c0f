"""An answer, ready to be sent."""

from __future__ import annotations

from collections.abc import AsyncIterator

from litestar.types import Receive, Scope, Send

Headers = tuple[tuple[bytes, bytes], ...]

JSON = b"application/json"


class Reply:
    """A status, headers and a whole body. Litestar sends it as it is."""

    __slots__ = ("body", "headers", "media_type", "status")

    def __init__(self, status: int, body: bytes, headers: Headers = (), media_type: bytes = JSON) -> None:
        self.status = status
        self.body = body
        self.headers = headers
        self.media_type = media_type

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 — as ASGI calls it
        length = (b"content-length", b"%d" % len(self.body))
        headers = [(b"content-type", self.media_type), length, *self.headers]
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": self.body, "more_body": False})


class Streamed:
    """An answer that is sent as it is made: however long it is, little of it is held at a time."""

    def __init__(self, parts: AsyncIterator[bytes], headers: Headers, media_type: bytes) -> None:
        self._parts = parts
        self._headers = ((b"content-type", media_type), *headers)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 — as ASGI calls it
        await send({"type": "http.response.start", "status": 200, "headers": self._headers})
        async for part in self._parts:
            await send({"type": "http.response.body", "body": part, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})
