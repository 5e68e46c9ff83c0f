"""A Postgres whose replies can get lost on the way back, after it has committed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from psycopg.conninfo import conninfo_to_dict, make_conninfo

READY = b"Z\x00\x00\x00\x05I"
"""How the server ends its reply once the transaction is over."""


class Losing(NamedTuple):
    dsn: str
    """How to reach the server by way of us."""
    lost: list[int]
    """One element for each reply that was lost."""


@asynccontextmanager
async def losing_replies(
    dsn: str, folder: Path, chosen: Callable[[], bool], statement: bytes = b"append_batch"
) -> AsyncGenerator[Losing]:
    """Replies to a prepared statement are lost, and the connection with them, where `chosen()` says so."""
    behind = f"{conninfo_to_dict(dsn)['host']}/.s.PGSQL.5432"
    losing = Losing(make_conninfo(dsn, host=str(folder)), [])
    lines: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        theirs, to_server = await asyncio.open_unix_connection(behind)
        prepared = asyncio.Event()

        async def ask() -> None:
            while data := await reader.read(65_536):
                if statement in data:
                    prepared.set()
                to_server.write(data)

        async def answer() -> None:
            reply, replies = b"", 0
            while data := await theirs.read(65_536):
                reply += data
                if not reply.endswith(READY):
                    continue
                replies += prepared.is_set()
                if replies > 1 and chosen():  # The first says only that it is prepared.
                    losing.lost.append(len(losing.lost))
                    return
                writer.write(reply)
                reply = b""

        both = [asyncio.create_task(ask()), asyncio.create_task(answer())]
        lines.update(both)
        await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        for task in both:
            task.cancel()
        await asyncio.gather(*both, return_exceptions=True)
        for end in (writer, to_server):
            end.close()
            with suppress(OSError):
                await end.wait_closed()

    server = await asyncio.start_unix_server(serve, folder / ".s.PGSQL.5432")
    try:
        yield losing
    finally:
        server.close()
        for line in lines:
            line.cancel()
        await asyncio.gather(*lines, return_exceptions=True)
