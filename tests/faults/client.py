"""A client that never lies: it writes down what it means to send, then what it was told, and asks again when unsure."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, LiteralString

import httpx
import psycopg

from tests.faults.processes import Processes, token

TENANT = "0198c0de-da7a-7000-8000-00000000fa17"


@dataclass
class Intent:
    """One command the client meant to be done, under a key of its own."""

    key: str
    path: str
    body: dict[str, Any]
    answers: list[tuple[int, str]] = field(default_factory=list)
    """Every answer it was ever given: the status and the body."""

    @property
    def acknowledged(self) -> bool:
        return any(status == 200 for status, _ in self.answers)

    @property
    def refused(self) -> bool:
        return any(400 <= status < 500 for status, _ in self.answers)


def lessons(_: int) -> Mapping[str, Any]:
    """What there is to learn, for whoever enrols on a course by itself."""
    return {"lessons": ["one", "two"]}


class Client:
    """Keeps so many commands in flight until it is told to stop; what is unknown is asked again with the same key."""

    def __init__(  # noqa: PLR0913 — how a client behaves
        self,
        base: Callable[[], str],
        token: str,
        *,
        in_flight: int = 4,
        pause_s: float = 0,
        away_s: float = 0.25,
        wishes: Callable[[int], Mapping[str, Any]] = lessons,
    ) -> None:
        """The body of each command is its course, its learner, and what its number wishes for.

        `pause_s` is waited after each command, `away_s` where nobody answered.
        """
        self._base = base
        self._wishes = wishes
        self._headers = {"Authorization": f"Bearer {token}"}
        self._in_flight = in_flight
        self._pause_s = pause_s
        self._away_s = away_s
        self._numbers = itertools.count()
        self._stopping = asyncio.Event()
        self._acknowledgements = asyncio.Semaphore(0)
        self.intents: list[Intent] = []

    async def run(self) -> None:
        async with httpx.AsyncClient(timeout=5) as http:
            await asyncio.gather(*(self._one_after_the_other(http) for _ in range(self._in_flight)))

    def stop(self) -> None:
        self._stopping.set()

    async def acknowledged(self, count: int) -> None:
        """Wait until so many more are acknowledged."""
        async with asyncio.timeout(60):
            for _ in range(count):
                await self._acknowledgements.acquire()

    async def settle(self) -> None:
        """Ask again for everything that is still unknown, until there is an answer."""
        unknown = iter([intent for intent in self.intents if not intent.answers])

        async def ask_again(http: httpx.AsyncClient) -> None:
            for intent in unknown:
                while not intent.answers:
                    await self._send(http, intent)

        async with httpx.AsyncClient(timeout=5) as http, asyncio.timeout(60):
            await asyncio.gather(*(ask_again(http) for _ in range(self._in_flight)))

    async def _one_after_the_other(self, http: httpx.AsyncClient) -> None:
        while not self._stopping.is_set():
            number = next(self._numbers)
            course, learner = f"course-{number % 7}", f"learner-{number}"
            body = {"course": course, "learner": learner, **self._wishes(number)}
            intent = Intent(f"key-{number}", "/api/enrollments", body)
            self.intents.append(intent)
            await self._send(http, intent)
            await asyncio.sleep(self._pause_s)

    async def _send(self, http: httpx.AsyncClient, intent: Intent) -> None:
        try:
            answer = await http.post(
                self._base() + intent.path, json=intent.body, headers={**self._headers, "Idempotency-Key": intent.key}
            )
        except httpx.HTTPError:
            await asyncio.sleep(self._away_s)  # nobody is there; a client pauses before it tries again
            return
        if answer.status_code < 500:
            intent.answers.append((answer.status_code, answer.text))
            if answer.status_code == 200:
                self._acknowledgements.release()


@asynccontextmanager
async def under_load(processes: Processes, **how: Any) -> AsyncGenerator[Client]:
    """A client that keeps sending while the body does harm, and that has an answer for everything when it is over."""
    client = Client(lambda: processes.url, token(TENANT), **how)
    sending = asyncio.create_task(client.run())
    await client.acknowledged(50)
    yield client
    await client.acknowledged(50)
    client.stop()
    await sending
    await client.settle()


async def check(url: str, intents: list[Intent]) -> None:
    """What reliability means, in every row of the table: nothing acknowledged is lost, nothing is done twice."""
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        stored = await _column(
            connection,
            "select stream from ledger.facts "
            "where type in ('enrollments.LearnerEnrolled', 'enrollments.LearnerWaitlisted')",
        )
        gaps = await _column(
            connection,
            "select f.position from ledger.facts f where f.position > 1 and not exists "
            "(select from ledger.facts g where g.log = f.log and g.position = f.position - 1)",
        )
        heads = await _column(
            connection,
            "select h.log from ledger.log_head h where h.position <> "
            "coalesce((select max(f.position) from ledger.facts f where f.log = h.log), 0)",
        )
        versions = await _column(
            connection,
            "select stream from ledger.facts group by tenant, stream "
            "having max(version) <> count(*) or min(version) <> 1",
        )
    meant = {f"enrollment:{intent.body['course']}:{intent.body['learner']}": intent for intent in intents}
    assert len(stored) == len(set(stored)), "a command was applied twice"
    assert {stream for stream, intent in meant.items() if intent.acknowledged} <= set(stored), (
        "an acknowledged one is lost"
    )
    assert not {stream for stream, intent in meant.items() if intent.refused} & set(stored), "a refused one is stored"
    assert set(stored) <= set(meant), "something is stored that nobody meant"
    assert (gaps, heads, versions) == ([], [], []), "positions and versions have no gaps"
    for intent in intents:
        assert len({body for _, body in intent.answers}) <= 1, f"{intent.key} was given two different answers"


async def _column(connection: psycopg.AsyncConnection[Any], query: LiteralString) -> list[Any]:
    return [value for (value,) in await (await connection.execute(query)).fetchall()]
