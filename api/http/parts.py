"""Files on their way out: in parts, and from where somebody left off (RFC 9110, 14)."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import NamedTuple, Protocol
from urllib.parse import quote

from litestar.types import Receive, Scope, Send

from api.http.call import Call
from api.http.problems import Refused
from api.http.reply import Headers

RANGE = re.compile(rb"bytes=(\d{0,18})-(\d{0,18})")


class Shown(NamedTuple):
    """A file as it is given to somebody."""

    name: str
    type: str
    bytes: int
    sha256: str
    kept: str
    position: int


class Parts(Protocol):
    async def __call__(self, name: str, first: int, end: int) -> AsyncIterator[bytes] | None:
        """What is kept under a name from a byte to before another; None where there is nothing."""
        ...


class PartsReply:
    """A status, headers, and a body that comes in parts."""

    __slots__ = ("_headers", "_parts", "_status")

    def __init__(self, status: int, headers: Headers, parts: AsyncIterator[bytes]) -> None:
        self._status = status
        self._headers = headers
        self._parts = parts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 — as ASGI calls it
        await send({"type": "http.response.start", "status": self._status, "headers": list(self._headers)})
        async for part in self._parts:
            await send({"type": "http.response.body", "body": part, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})


async def given(call: Call, parts: Parts, shown: Shown) -> PartsReply:
    """A file, or what was asked for of it. It is always to be kept by whoever gets it, never to be opened in place."""
    mark = b'"%s"' % shown.sha256.encode()
    first, end, status = 0, shown.bytes, 200
    asked = call.headers.get(b"range")
    if asked is not None and call.headers.get(b"if-range", mark).strip() == mark:
        first, end, status = _asked(asked, shown.bytes)
    found = await parts(shown.kept, first, end)
    if found is None:
        raise Refused("file.not_found", "it was deleted")
    headers: Headers = (
        (b"content-type", shown.type.encode()),
        (b"content-length", b"%d" % (end - first)),
        (b"content-disposition", _disposition(shown.name)),
        (b"accept-ranges", b"bytes"),
        (b"etag", mark),
        (b"cache-control", b"private, no-cache"),
        (b"annals-position", b"%d" % shown.position),
        *(((b"content-range", b"bytes %d-%d/%d" % (first, end - 1, shown.bytes)),) if status != 200 else ()),  # noqa: PLR2004
    )
    return PartsReply(status, headers, found)


def _asked(said: bytes, length: int) -> tuple[int, int, int]:
    """From which byte to before which, and with which status. Of more than one range all of it is given."""
    found = RANGE.fullmatch(said.strip())
    if found is None or not (found[1] or found[2]):
        return 0, length, 200
    if found[1]:
        first, end = int(found[1]), min(int(found[2]) + 1 if found[2] else length, length)
    else:
        first, end = max(length - int(found[2]), 0), length
    if found[1] and found[2] and int(found[2]) < int(found[1]):
        return 0, length, 200
    if first >= end:
        headers = ((b"content-range", b"bytes */%d" % length),)
        raise Refused("range.not_satisfiable", f"it has {length} bytes", headers=headers)
    return first, end, 206


def _disposition(name: str) -> bytes:
    plain = "".join(
        letter if letter.isascii() and letter.isprintable() and letter not in '"\\%' else "_" for letter in name
    )
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}".encode()
