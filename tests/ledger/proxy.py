"""A Postgres whose replies can get lost on the way back, after it has committed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict, make_conninfo

SOCKET = ".s.PGSQL.5432"
READY = b"Z\x00\x00\x00\x05I"
"""How the server ends its reply once the transaction is over."""


@dataclass
class Losing:
    """Replies to a prepared statement are lost, and the connection with them, where `chosen()` says so."""

    dsn: str
    """How to reach the server by way of us."""
    behind: str
    chosen: Callable[[], bool]
    statement: bytes
    lost: int = 0
    _lines: set[asyncio.Task[None]] = field(default_factory=set[asyncio.Task[None]])

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        theirs, to_server = await asyncio.open_unix_connection(self.behind)
        prepared = asyncio.Event()
        both = (
            asyncio.create_task(self._asks(reader, to_server, prepared)),
            asyncio.create_task(self._answers(theirs, writer, prepared)),
        )
        self._lines.update(both)
        await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        for task in both:
            task.cancel()
        await asyncio.gather(*both, return_exceptions=True)
        for end in (writer, to_server):
            end.close()
            with suppress(OSError):
                await end.wait_closed()

    async def _asks(
        self, reader: asyncio.StreamReader, to_server: asyncio.StreamWriter, prepared: asyncio.Event
    ) -> None:
        while data := await reader.read(65_536):
            if self.statement in data:
                prepared.set()
            to_server.write(data)

    async def _answers(
        self, theirs: asyncio.StreamReader, writer: asyncio.StreamWriter, prepared: asyncio.Event
    ) -> None:
        reply, replies = b"", 0
        while data := await theirs.read(65_536):
            reply += data
            if reply.endswith(READY):
                replies += prepared.is_set()
                if replies > 1 and self.chosen():  # The first says only that it is prepared.
                    self.lost += 1
                    return
                writer.write(reply)
                reply = b""

    async def close(self) -> None:
        for line in self._lines:
            line.cancel()
        await asyncio.gather(*self._lines, return_exceptions=True)


@asynccontextmanager
async def losing_replies(
    dsn: str, folder: Path, chosen: Callable[[], bool], statement: bytes = b"append_batch"
) -> AsyncGenerator[Losing]:
    """A way to this server on which replies are lost."""
    losing = Losing(
        make_conninfo(dsn, host=str(folder)), f"{conninfo_to_dict(dsn)['host']}/{SOCKET}", chosen, statement
    )
    server = await asyncio.start_unix_server(losing.serve, folder / SOCKET)
    try:
        yield losing
    finally:
        server.close()
        await losing.close()
