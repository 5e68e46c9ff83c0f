"""A rush for the last seats while processes are killed: no seat is given twice or lost, and nobody overtakes."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import httpx
import pytest

from adapters.postgres.connect import connect
from tests.faults.agreeing import COMES_S_MAX
from tests.faults.client import TENANT, check, under_load
from tests.faults.processes import Processes, eventually, processes_on, token
from tests.proves import proves
from tests.servers import Database

SECTIONS = ("rush-0", "rush-1", "rush-2")
SEATS = 30
FREED = 8
KILLS = 2

Seated = Sequence[tuple[str, str]]

pytestmark = pytest.mark.long


def in_section(number: int) -> Mapping[str, Any]:
    return {"course": "art", "section": SECTIONS[number % len(SECTIONS)]}


async def seated(database: Database, section: str) -> Seated:
    """What became of the seats of a section, in order: the last word of each fact, and of whom."""
    async with await connect(database.url) as connection:
        found = await connection.execute(
            "select split_part(type, '.', 2), data ->> 'learner' from ledger.facts where stream = %s order by version",
            (f"seats:{section}",),
        )
        return [(type_, learner) for type_, learner in await found.fetchall() if learner is not None]


def of(type_: str, facts: Seated) -> list[str]:
    return [learner for one, learner in facts if one == type_]


async def command(processes: Processes, path: str, body: Mapping[str, Any], key: str) -> None:
    """Ask until it is answered: the process may just have been killed."""
    headers = {"Authorization": f"Bearer {token(TENANT)}", "Idempotency-Key": key}

    async def answered() -> bool:
        try:
            async with httpx.AsyncClient(timeout=5) as http:
                return (await http.post(processes.url + path, json=body, headers=headers)).status_code == 200
        except httpx.HTTPError:
            return False

    await eventually(answered, COMES_S_MAX)


@proves("enroll.user")
async def test_a_rush_under_kills_fills_exactly_the_seats_and_the_others_follow_in_their_order(
    database: Database, tmp_path: Path
) -> None:
    with processes_on(database, "", tmp_path) as processes:
        await processes.start("api", "engine")
        for section in SECTIONS:
            await command(
                processes, "/api/seats/offer", {"section": section, "course": "art", "capacity": SEATS}, section
            )
        async with under_load(processes, in_flight=12, wishes=in_section) as client:
            for _ in range(KILLS):
                processes.kill("api")
                await processes.start("api")
                await client.acknowledged(random.randint(20, 40))  # noqa: S311
        await check(database.url, client.intents)
        waited: dict[str, Sequence[str]] = {}
        for section in SECTIONS:
            facts = await seated(database, section)
            taken, waiting = of("SeatTaken", facts), of("WaitlistJoined", facts)
            # All seats were taken before anybody waited, and everyone who was told so has one or waits for one.
            assert [type_ for type_, _ in facts] == ["SeatTaken"] * SEATS + ["WaitlistJoined"] * len(waiting)
            asked = {one.body["learner"] for one in client.intents if one.body["section"] == section}
            assert len(set(taken + waiting)) == len(taken + waiting)
            assert {*taken, *waiting} == asked
            waited[section] = waiting
        await _some_leave(processes, database)
        for section in SECTIONS:
            after = of("SeatTaken", await seated(database, section))[SEATS:]
            assert after == waited[section][:FREED]


async def _some_leave(processes: Processes, database: Database) -> None:
    """So many give back their seats in each section, while the engine that moves up the others is killed."""
    for section in SECTIONS:
        for learner in of("SeatTaken", await seated(database, section))[:FREED]:
            await command(processes, f"/api/enrollments/art/{learner}/withdraw", {"reason": "time"}, learner)
    processes.kill("engine")
    await processes.start("engine")

    async def moved_up() -> bool:
        taken = [of("SeatTaken", await seated(database, section)) for section in SECTIONS]
        return all(len(one) >= SEATS + FREED for one in taken)

    await eventually(moved_up, COMES_S_MAX)
