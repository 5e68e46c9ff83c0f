"""Commands at a steady pace, as of many learners at work; after some of them, the query that has to show it.

One learner enrols and completes their lessons, then the next: one command in six writes a first fact. Commands come
when it is their time, not when the one before is answered; were they late, the pace that was reached would say so.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Sequence
from urllib.parse import urlsplit

import msgspec
import uvloop

from bench.facts import LESSONS
from bench.load import request
from bench.result import median, percentile

CONNECTIONS = 64
ASK_AFTER = 5
"""One command in so many is followed by a query."""
COURSES = 20


class Paced(msgspec.Struct):
    """What a paced load came to."""

    per_second: float
    visible_p50_ms: float
    visible_p99_ms: float


class _Answer(msgspec.Struct):
    position: int


class Connection:
    """One kept-alive connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def ask(self, asked: bytes) -> bytes:
        self._writer.write(asked)
        head = await self._reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n", 1)[0])
        body = await self._reader.readexactly(length)
        assert head.startswith(b"HTTP/1.1 200"), head + body
        return body


async def run(url: str, a_second: int, seconds: int, token: str) -> Paced:
    where = urlsplit(url)
    headers = {"Authorization": f"Bearer {token}"}
    count = a_second * seconds
    numbers = iter(range(count))
    visible: list[float] = []
    begin = time.perf_counter() + 0.5

    async def client() -> None:
        connection = Connection(*await asyncio.open_connection(where.hostname, where.port))
        for number in numbers:
            await asyncio.sleep(begin + number / a_second - time.perf_counter())
            said = msgspec.json.decode(await connection.ask(_command(number, headers)), type=_Answer)
            if number % ASK_AFTER == 0:
                acknowledged = time.perf_counter()
                await connection.ask(_question(number, headers, said.position))
                visible.append((time.perf_counter() - acknowledged) * 1000)

    await asyncio.gather(*(client() for _ in range(CONNECTIONS)))
    rate = count / (time.perf_counter() - begin)
    return Paced(round(rate, 1), round(median(visible), 2), round(percentile(visible, 0.99), 2))


def _place(number: int) -> tuple[str, str, int]:
    """Whose turn it is, on which course, with which step. Between two steps of one learner a hundred others act."""
    group, within = divmod(number, 600)
    step, learner = divmod(within, 100)
    return f"course-{learner % COURSES}", f"learner-{group}-{learner}", step


def _command(number: int, headers: dict[str, str]) -> bytes:
    course, learner, step = _place(number)
    keyed = {**headers, "Idempotency-Key": f"pace-{number}"}
    if step == 0:
        body = msgspec.json.encode({"course": course, "learner": learner, "lessons": LESSONS})
        return request("POST", "/api/enrollments", keyed, body)
    return request("POST", f"/api/enrollments/{course}/{learner}/lessons/{LESSONS[step - 1]}/complete", keyed)


def _question(number: int, headers: dict[str, str], position: int) -> bytes:
    course, _, _ = _place(number)
    return request("GET", f"/api/courses/{course}/roster?limit=20&min_position={position}", headers)


def main(arguments: Sequence[str]) -> None:
    url, a_second, seconds, token = arguments
    print(msgspec.json.encode(uvloop.run(run(url, int(a_second), int(seconds), token))).decode())


if __name__ == "__main__":
    main(sys.argv[1:])
