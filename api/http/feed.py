"""Facts as they happen, as server-sent events. What a client is slow to take is not held for it, but read later."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Generator, Sequence

import msgspec
import psycopg
import structlog
from litestar.types import Receive, Scope, Send
from litestar.types.asgi_types import HTTPResponseBodyEvent
from prometheus_client import Gauge
from psycopg_pool import PoolTimeout

from adapters.postgres.followers.watch import HeadWatch
from adapters.postgres.replay import Facts, Replay
from api.http.problems import Refused
from application.standing import Principal

log = structlog.get_logger()

HEARTBEAT_S = 10.0
LISTENERS_MAX = 1_000
PAGE = 100
"""How many facts are held for one client, at most."""
RETRY_MS = 1_000

_rows = msgspec.json.Decoder(list[msgspec.Raw])


class _Placed(msgspec.Struct):
    position: int
    type: str


_placed = msgspec.json.Decoder(_Placed)


class Feed:
    """Opens live feeds, a bounded number of them."""

    def __init__(  # noqa: PLR0913 — what a feed stands on
        self,
        replay: Replay,
        watch: HeadWatch,
        holds: Callable[[Principal], bool],
        ended: Callable[[Principal], Awaitable[None]],
        listening: Gauge,
        *,
        heartbeat_s: float = HEARTBEAT_S,
    ) -> None:
        self._replay = replay
        self._watch = watch
        self.holds = holds
        """Whether a token still holds."""
        self.ended = ended
        """Waits until a principal no longer stands as they did."""
        self._listening = listening
        self._heartbeat_s = heartbeat_s
        self._open = 0

    async def listen(
        self, principal: Principal, after: int | None, types: Sequence[str], stream: str | None = None
    ) -> Listening:
        """A feed of the facts of the principal's tenant after a position; without one, of those from now on.

        Of one stream, if one is named.
        """
        if self._open >= LISTENERS_MAX:
            raise Refused("feed.full", "too many are listening to this process; connect again")
        if after is None:
            after = (await self._replay(principal.tenant, 2**62, 1)).head
        return Listening(self, principal, after, types, stream)

    async def stream(self, listening: Listening, send: Send) -> None:
        """Send what there is, then what comes, until the token no longer holds or its bearer may something else."""
        after = listening.after
        await send(_event(b"retry: %d\n\n" % RETRY_MS))
        while self.holds(listening.principal):
            wait_s = min(self._heartbeat_s, max(0.1, listening.principal.expires_at - time.time()))
            news = asyncio.create_task(self._watch.news(wait_s))
            try:
                page = await self._page(listening, after)
                if page is not None:
                    facts = _rows.decode(page.facts)
                    if facts:
                        await send(_event(b"".join(_as_event(bytes(fact)) for fact in facts)))
                    if page.until > after:
                        after = page.until
                        if after < page.head or facts:
                            continue
                if not await news:
                    await send(_event(b": still here\n\n"))
            finally:
                news.cancel()

    async def _page(self, listening: Listening, after: int) -> Facts | None:
        """What comes next; nothing while Postgres is away, for the client need not notice."""
        try:
            return await self._replay(listening.principal.tenant, after, PAGE, listening.types, listening.stream)
        except (psycopg.OperationalError, psycopg.InterfaceError, PoolTimeout) as error:
            log.warning("feed.cannot_read", error=str(error).strip())
            return None

    @contextlib.contextmanager
    def counted(self) -> Generator[None]:
        """One more is listening, as long as this is open."""
        self._open += 1
        self._listening.inc()
        try:
            yield
        finally:
            self._open -= 1
            self._listening.dec()


class Listening:
    """One open feed, as an answer that does not end."""

    def __init__(
        self, feed: Feed, principal: Principal, after: int, types: Sequence[str], stream: str | None = None
    ) -> None:
        self._feed = feed
        self.principal = principal
        self.after = after
        self.types = types
        self.stream = stream

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 — as ASGI calls it
        headers = [(b"content-type", b"text/event-stream"), (b"x-accel-buffering", b"no")]
        with self._feed.counted():
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            streaming = asyncio.create_task(self._feed.stream(self, send))
            gone = asyncio.create_task(_gone(receive))
            ended = asyncio.ensure_future(self._feed.ended(self.principal))
            tasks = (streaming, gone, ended)
            try:
                await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)
            with contextlib.suppress(OSError, RuntimeError):
                await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _event(data: bytes) -> HTTPResponseBodyEvent:
    return {"type": "http.response.body", "body": data, "more_body": True}


def _as_event(fact: bytes) -> bytes:
    placed = _placed.decode(fact)
    return b"id: %d\nevent: %s\ndata: %s\n\n" % (placed.position, placed.type.encode(), fact)
