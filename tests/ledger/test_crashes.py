"""Postgres killed under load and started again: what was acknowledged is there."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass, field

import pytest

from adapters.embedded.postgres import EmbeddedPostgres
from application.do import Do
from application.ledger import Receipt, Unavailable
from tests.ledger.asking import caller, enroll, enrollment, ledger_on, one, rows
from tests.servers import Database

CLIENTS = 16
KILLS = 3


@dataclass
class Load:
    """Clients that write down what they mean before they ask, and what they were told."""

    do: Do
    meant: list[str] = field(default_factory=list[str])
    acknowledged: dict[str, Receipt] = field(default_factory=dict[str, Receipt])
    moved: asyncio.Event = field(default_factory=asyncio.Event)
    stopping: bool = False

    async def client(self, name: int) -> None:
        while not self.stopping:
            learner = f"learner-{name}-{len(self.meant)}"
            self.meant.append(learner)
            await self.ask(learner)

    async def ask(self, learner: str) -> None:
        try:
            receipt = await self.do(enrollment(learner), enroll(learner), caller(learner, digest=b"x"))
        except Unavailable:
            return
        self.acknowledged[learner] = receipt
        self.moved.set()

    async def moves_by(self, more: int) -> None:
        """Wait until so many more are acknowledged."""
        before = len(self.acknowledged)
        while len(self.acknowledged) < before + more:
            self.moved.clear()
            await self.moved.wait()


@pytest.mark.timeout(180)
async def test_postgres_killed_under_load_loses_nothing_acknowledged(
    postgres_of_its_own: tuple[EmbeddedPostgres, Database],
) -> None:
    server, database = postgres_of_its_own
    async with ledger_on(database.dsn("app")) as ledger:
        load = Load(Do(ledger))
        clients = [asyncio.create_task(load.client(name)) for name in range(CLIENTS)]
        for _ in range(KILLS):
            await load.moves_by(200)
            await asyncio.sleep(random.uniform(0, 0.1))  # noqa: S311 — the moment is the point
            await asyncio.to_thread(server.kill)
            await asyncio.to_thread(server.start)
        load.stopping = True
        await asyncio.gather(*clients)

        stored = {stream for (stream,) in await rows(database.url, "select stream from ledger.facts")}
        lost = {name for name, receipt in load.acknowledged.items() if receipt.stream not in stored}
        assert not lost
        # What nobody knows is asked again, with the same key; then everything that was meant is there, once.
        for learner in set(load.meant) - set(load.acknowledged):
            await load.ask(learner)
    facts = await rows(database.url, "select stream, version, position from ledger.facts order by position")
    assert [position for *_, position in facts] == list(range(1, len(load.meant) + 1))
    assert {stream for stream, *_ in facts} == {f"enrollment:art:{learner}" for learner in load.meant}
    assert {(r.stream, r.version, r.position) for r in load.acknowledged.values()} == set(facts)


async def test_control_an_acknowledgement_before_the_commit_is_lost(
    postgres_of_its_own: tuple[EmbeddedPostgres, Database],
) -> None:
    server, database = postgres_of_its_own
    async with await database.connect() as connection:
        await connection.execute("create table hasty (id int primary key)")
        acknowledged: list[int] = []
        await connection.execute("begin")
        for number in range(50):
            await connection.execute("insert into hasty values (%s)", (number,))
            acknowledged.append(number)
        await asyncio.to_thread(server.kill)
        await connection.close()  # Its commit was not asked for yet.
    await asyncio.to_thread(server.start)
    assert await one(database.url, "select count(*) from hasty") < len(acknowledged)
