"""From the acknowledgement of a command to the query that shows it, while commands come at a steady pace."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import msgspec

from bench.ground import Ground, python
from bench.pace import Paced
from bench.result import Result, held
from bench.serving import followed, ours
from bench.tokens import token

A_SECOND = 1_000
SECONDS = 20


async def measure(ground: Ground) -> AsyncIterator[Result]:
    url = ground.database("visible")
    async with ours(ground, url) as annals, followed(ground, url, annals):
        child = await asyncio.create_subprocess_exec(
            *python("-m", "bench.pace", annals.url, str(A_SECOND), str(SECONDS), token()),
            stdout=asyncio.subprocess.PIPE,
        )
        told, _ = await child.communicate()
    paced = msgspec.json.decode(told, type=Paced)
    pace = f"at {paced.per_second:,.0f} commands/s"
    yield held("commands accepted while visibility is measured", paced.per_second, "commands/s", bar=0.98 * A_SECOND)
    yield held(f"acknowledged to visible in a query, {pace}, median", paced.visible_p50_ms, "ms", bar=50, at="most")
    yield held(f"acknowledged to visible in a query, {pace}, p99", paced.visible_p99_ms, "ms", bar=50, at="most")
