"""Questions while people log in: how much longer the slowest take, with passwords hashed on the same machine."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from urllib.parse import urlsplit

import msgspec

from bench.facts import TENANT
from bench.ground import Ground
from bench.load import request
from bench.pace import Connection
from bench.result import Result, held, median, percentile
from bench.serving import followed, ours
from bench.tokens import token

QUESTIONS_A_SECOND = 300
LOGINS_A_SECOND = 20
SECONDS = 10
ROUNDS = 3
CONNECTIONS = 32
PEOPLE = 20
PASSWORD = "nine lanterns over the harbour"  # noqa: S105 — of nobody


async def measure(ground: Ground) -> AsyncIterator[Result]:
    url = ground.database("logins")
    async with ours(ground, url) as annals, followed(ground, url, annals):
        await _paced(annals.url, PEOPLE, PEOPLE, _registering)
        pairs = [(await _alone(annals.url), await _with_logins(annals.url)) for _ in range(ROUNDS)]
    with_logins = [both for _, both in pairs]
    alone = median([slowest for slowest, _ in pairs])
    slowest = median([questions for questions, _ in with_logins])
    yield held(
        f"queries while {LOGINS_A_SECOND} people a second log in, p99",
        slowest,
        "ms",
        bar=2,
        against="while nobody does",
        peer=alone,
        at="most",
    )
    yield held(
        "logging in with a password, median", median([logins for _, logins in with_logins]), "ms", bar=500, at="most"
    )


async def _alone(url: str) -> float:
    took = await _paced(url, QUESTIONS_A_SECOND, QUESTIONS_A_SECOND * SECONDS, _asking)
    return percentile(took, 0.99)


async def _with_logins(url: str) -> tuple[float, float]:
    questions, logins = await asyncio.gather(
        _paced(url, QUESTIONS_A_SECOND, QUESTIONS_A_SECOND * SECONDS, _asking),
        _paced(url, LOGINS_A_SECOND, LOGINS_A_SECOND * SECONDS, _logging_in),
    )
    return percentile(questions, 0.99), median(logins)


async def _paced(url: str, a_second: int, count: int, requested: Callable[[int], bytes]) -> list[float]:
    """How long each took in milliseconds, from when it was its time."""
    where = urlsplit(url)
    numbers = iter(range(count))
    took: list[float] = []
    begin = time.perf_counter() + 0.2

    async def client() -> None:
        connection = Connection(*await asyncio.open_connection(where.hostname, where.port))
        for number in numbers:
            due = begin + number / a_second
            await asyncio.sleep(due - time.perf_counter())
            await connection.ask(requested(number))
            took.append((time.perf_counter() - due) * 1000)

    await asyncio.gather(*(client() for _ in range(CONNECTIONS)))
    return took


def _asking(number: int) -> bytes:
    headers = {"Authorization": f"Bearer {token()}"}
    return request("GET", f"/api/courses/course-{number % PEOPLE}/roster?limit=1", headers)


def _registering(number: int) -> bytes:
    return _entering("/api/register", address=_address(number), name="Ada", password=PASSWORD)


def _logging_in(number: int) -> bytes:
    return _entering("/api/login", name=_address(number % PEOPLE), password=PASSWORD)


def _entering(path: str, **body: str) -> bytes:
    return request("POST", path, {"Annals-Tenant": str(TENANT)}, msgspec.json.encode(body))


def _address(number: int) -> str:
    return f"ada{number}@school.example"
