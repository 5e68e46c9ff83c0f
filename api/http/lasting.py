"""An answer that lasts: sent part by part, no faster than it is taken, to whoever may still have it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

from litestar.types import Receive, Scope, Send

from api.http.reply import Headers


class BrokenOff(Exception):  # noqa: N818 — said of an answer
    """Who asked may not have the rest. The answer ends without its end, so that they see there is more."""


class Lasting:
    """Headers, and a body in parts. Of it no more is in memory than the part that is sent and the one that comes."""

    def __init__(
        self, headers: Headers, parts: AsyncIterator[bytes], holds: Callable[[], bool], ended: Awaitable[None]
    ) -> None:
        self._headers = headers
        self._parts = parts
        self._holds = holds
        self._ended = ended

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 — as ASGI calls it
        await send({"type": "http.response.start", "status": 200, "headers": list(self._headers)})
        sending = asyncio.create_task(self._send(send))
        gone = asyncio.create_task(_gone(receive))
        ended = asyncio.ensure_future(self._ended)
        tasks = (sending, gone, ended)
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        if sending in done:
            sending.result()
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        elif ended in done:
            raise BrokenOff

    async def _send(self, send: Send) -> None:
        async for part in self._parts:
            if not self._holds():
                raise BrokenOff
            if part:
                await send({"type": "http.response.body", "body": part, "more_body": True})


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
