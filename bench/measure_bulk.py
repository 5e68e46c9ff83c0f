"""Ten thousand enrolled by a file: how many rows a second, and how much longer others wait meanwhile."""

from __future__ import annotations

import asyncio
import base64
import time
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import msgspec
import psycopg

from bench.ground import Ground
from bench.load import request
from bench.pace import Connection
from bench.result import Result, held, median, percentile
from bench.serving import Server, bearer, followed, ours, working
from bench.tokens import token

ROWS = 10_000
COMMANDS_A_SECOND = 200
ALONE_S = 5
ROUNDS = 3
CONNECTIONS = 32
THROUGH_S = 60.0


class _Bulk(msgspec.Struct):
    rows: int
    refused: int
    ordered_at: str
    finished_at: str | None


async def measure(ground: Ground) -> AsyncIterator[Result]:
    url = ground.database("bulk")
    rates: list[float] = []
    alone: list[float] = []
    meanwhile: list[float] = []
    async with ours(ground, url) as annals:
        await _people(annals)
        async with followed(ground, url, annals):
            await asyncio.to_thread(_write_no_letters, url)
            async with working(ground, url):
                await _others(annals, "before", until=asyncio.create_task(asyncio.sleep(2)))
                for round_ in range(ROUNDS):
                    resting = asyncio.create_task(asyncio.sleep(ALONE_S))
                    alone += await _others(annals, f"alone-{round_}", until=resting)
                    through = asyncio.create_task(_through(annals, f"course-{round_}"))
                    meanwhile += await _others(annals, f"meanwhile-{round_}", until=through)
                    rates.append(through.result())
    yield held("rows of a file enrolled by one job", median(rates), "rows/s", bar=2_000)
    yield held(
        "commands while a file is enrolled, p99",
        percentile(meanwhile, 0.99),
        "ms",
        bar=2,
        against="while none is",
        peer=percentile(alone, 0.99),
        at="most",
    )


def _write_no_letters(url: str) -> None:
    """That people were invited is not what is measured."""
    with psycopg.connect(url) as connection:
        connection.execute("delete from jobs.queue")


async def _people(annals: Server) -> None:
    headers = bearer(token())
    settings = {"settings": {"welcome_notice": False}}
    await annals.load("POST", "/api/settings", 1, body=settings, headers={**headers, "Idempotency-Key": "quiet"})
    body = {"address": "learner-{n}@school.example", "name": "Ada"}
    await annals.load("POST", "/api/people", ROWS, body=body, headers={**headers, "Idempotency-Key": "person-{n}"})


async def _through(annals: Server, course: str) -> float:
    """Send the file, and wait for its end: rows a second from when it was sent."""
    connection = await _connected(annals)
    text = "address\n" + "".join(f"learner-{number}@school.example\n" for number in range(ROWS))
    body = {"course": course, "lessons": ["one"], "file": base64.b64encode(text.encode()).decode()}
    keyed = {**bearer(token()), "Idempotency-Key": f"list-{course}"}
    begun = time.perf_counter()
    said = msgspec.json.decode(
        await connection.ask(request("POST", "/api/bulk/enrollments", keyed, msgspec.json.encode(body)))
    )
    bulk = said["stream"].partition(":")[2]
    asked = request("GET", f"/api/bulk/enrollments/{bulk}?min_position={said['position']}", bearer(token()))
    async with asyncio.timeout(THROUGH_S):
        while True:
            found = msgspec.json.decode(await connection.ask(asked), type=_Bulk)
            if found.finished_at is not None:
                break
            await asyncio.sleep(0.05)
    assert (found.rows, found.refused) == (ROWS, 0), found
    return ROWS / (time.perf_counter() - begun)


async def _others(annals: Server, name: str, *, until: asyncio.Task[object] | asyncio.Task[float]) -> list[float]:
    """Commands at a steady pace until then; how long each took in milliseconds, from when it was its time."""
    took: list[float] = []
    number = 0
    begin = time.perf_counter() + 0.1

    async def client() -> None:
        nonlocal number
        connection = await _connected(annals)
        while not until.done():
            mine, number = number, number + 1
            due = begin + mine / COMMANDS_A_SECOND
            await asyncio.sleep(due - time.perf_counter())
            keyed = {**bearer(token()), "Idempotency-Key": f"{name}-{mine}"}
            said = {"course": "chemistry", "learner": f"{name}-{mine}", "lessons": ["one"]}
            await connection.ask(request("POST", "/api/enrollments", keyed, msgspec.json.encode(said)))
            took.append((time.perf_counter() - due) * 1000)

    await asyncio.gather(*(client() for _ in range(CONNECTIONS)))
    return took


async def _connected(annals: Server) -> Connection:
    where = urlsplit(annals.url)
    return Connection(*await asyncio.open_connection(where.hostname, where.port))
