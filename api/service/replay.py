"""The facts of a tenant as one answer, however many they are: for files, notebooks and other programs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from functools import partial
from typing import Annotated

import msgspec

from adapters.arrow import MEDIA_TYPE as ARROW
from adapters.arrow import ArrowStream
from adapters.postgres.browsing import Choice
from adapters.postgres.exporting import as_lines, opened
from adapters.postgres.reading import Columns
from api.http.lasting import Lasting
from api.http.problems import Refused
from api.http.queries import Asking, Position, query
from api.service.facts import EXAMPLE, StreamName, Types, allowed
from application.ledger import TenantId
from application.ports import Keys
from domain.kernel import Moment

LINES = "application/x-ndjson"
Contexts = Annotated[
    str, msgspec.Meta(pattern=r"^[a-z_,]+$", max_length=400, description="Only these contexts, with commas between.")
]
Open = Annotated[
    bool,
    msgspec.Meta(description="Open what is sealed of people. For those who have the permission `facts.open`."),
]


LINE = {"log": 0, "tenant": "0198c0de-da7a-7000-8000-000000000001", **EXAMPLE}


@query(
    "/api/replay",
    requires="facts.read",
    limit="analytics",
    refuses=["request.invalid"],
    answer=str,
    media_type=LINES,
    example=f"{msgspec.json.encode(LINE).decode()}\n",
)
async def replay_lines(  # noqa: PLR0913, PLR0917 — what facts are chosen by
    asking: Asking,
    after: Position = 0,
    to: Position | None = None,
    since: Moment | None = None,
    until: Moment | None = None,
    type: Types | None = None,  # noqa: A002 — as it is called in the URL
    context: Contexts | None = None,
    stream: StreamName | None = None,
    open: Open = False,  # noqa: A002, FBT002 — as it is called in the URL
) -> Lasting:
    """What has happened, all of it, in order, from any position on?

    One fact a line, as JSON. Facts of the contexts that the caller may read, decided from `since` to before `until`,
    after the position `after` up to `to`. The header `annals-position` says how far this answer goes. One that broke
    off is gone on with after the position of its last fact.
    """
    chosen = _chosen(asking, type, context, stream)
    chosen = msgspec.structs.replace(chosen, since=since, until=until, after=after, to=to)
    return await _lasting(asking, chosen, LINES, _as_lines, opening=open)


@query(
    "/api/replay/arrow",
    requires="facts.read",
    limit="analytics",
    refuses=["request.invalid"],
    answer=str,
    media_type=ARROW,
    example="ARROW1 …",
)
async def replay_arrow(  # noqa: PLR0913, PLR0917 — what facts are chosen by
    asking: Asking,
    after: Position = 0,
    to: Position | None = None,
    since: Moment | None = None,
    until: Moment | None = None,
    type: Types | None = None,  # noqa: A002 — as it is called in the URL
    context: Contexts | None = None,
    stream: StreamName | None = None,
    open: Open = False,  # noqa: A002, FBT002 — as it is called in the URL
) -> Lasting:
    """What has happened, all of it, in order, from any position on, in columns?

    As `/api/replay`, but as an Arrow IPC stream, compressed with LZ4: Polars, pandas and DuckDB read it as it is.
    """
    chosen = _chosen(asking, type, context, stream)
    chosen = msgspec.structs.replace(chosen, since=since, until=until, after=after, to=to)
    return await _lasting(asking, chosen, ARROW, _as_arrow, opening=open)


def _chosen(asking: Asking, type_: str | None, context: str | None, stream: str | None) -> Choice:
    """The facts that are asked for, of those that the caller may read."""
    types = allowed(asking, type_)
    if context is not None:
        contexts = context.split(",")
        types = [name for name in types if name.partition(".")[0] in contexts]
    streams = () if stream is None else (stream,)
    return Choice(types=tuple(types) or ("nothing",), streams=streams, tenant=asking.tenant)


async def _lasting(
    asking: Asking,
    chosen: Choice,
    media_type: str,
    told: Callable[[int, AsyncIterator[Columns]], AsyncIterator[bytes]],
    *,
    opening: bool,
) -> Lasting:
    if opening and not asking.principal.may("facts.open"):
        raise Refused("permission.missing", "what is sealed is opened for those who have facts.open")
    log = await asking.exporter.log_of(TenantId(asking.tenant))
    end = await asking.exporter.end(log, chosen)
    parts: AsyncIterator[Columns] = (part.facts async for part in asking.exporter.parts(log, chosen, end))
    if opening:
        parts = _opened(asking.keys, parts)
    headers = ((b"content-type", media_type.encode()), (b"annals-position", b"%d" % end))
    feed, who = asking.feed, asking.principal
    return Lasting(headers, told(log, parts), partial(feed.holds, who), feed.ended(who))


async def _opened(keys: Keys, parts: AsyncIterator[Columns]) -> AsyncIterator[Columns]:
    async for facts in parts:
        yield await opened(keys, facts)


async def _as_lines(log: int, parts: AsyncIterator[Columns]) -> AsyncIterator[bytes]:
    async for facts in parts:
        yield as_lines(log, facts)


async def _as_arrow(log: int, parts: AsyncIterator[Columns]) -> AsyncIterator[bytes]:
    stream = await asyncio.to_thread(ArrowStream)  # The library is large, and is loaded when it is first wanted.
    async for facts in parts:
        yield stream.part(log, facts)
    yield stream.end()
