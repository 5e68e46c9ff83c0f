"""A rush: 5,000 learners race for 500 seats in 10 sections, through one API process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import psycopg

from bench.facts import TENANT
from bench.ground import Ground
from bench.result import Result, held, median
from bench.serving import Server, bearer, ours, peers
from bench.tokens import token

LEARNERS = 5_000
SECTIONS = 10
SEATS = 50
ROUNDS = 3
SAID = {"course": "biology", "learner": "learner-{n}", "lessons": ["one"]}

_TOLD = """
select type, count(*) from ledger.facts where tenant = %s group by type
"""
_LATE = """
select count(*) from ledger.facts seat join ledger.facts waits using (tenant, stream)
where tenant = %s and seat.type = 'enrollments.SeatTaken' and waits.type = 'enrollments.WaitlistJoined'
  and seat.version > waits.version
"""


async def measure(ground: Ground) -> AsyncIterator[Result]:
    url = ground.database("rush")
    async with ours(ground, url) as annals, peers(ground, ground.empty_database("rush_peers")) as peer:
        rushed: list[float] = []
        nothing: list[float] = []
        for turn in range(ROUNDS):
            rushed.append(await _rush(annals, turn))
            bare = await peer.load("POST", "/nothing", LEARNERS, body=SAID, headers=bearer(token()))
            nothing.append(bare.per_second)
        await asyncio.to_thread(_check, url)
    name = "a rush for the last seats over HTTP"
    yield held(name, median(rushed), "enrolments/s", bar=0.3, against="a no-op POST", peer=median(nothing))


async def _rush(annals: Server, turn: int) -> float:
    """Offer the seats, and let everybody race for them."""
    headers = bearer(token())
    offer = {"section": f"rush-{turn}-{{n}}", "course": "biology", "capacity": SEATS}
    keyed = {**headers, "Idempotency-Key": f"offer-{turn}-{{n}}"}
    await annals.load("POST", "/api/seats/offer", SECTIONS, body=offer, headers=keyed)
    path = f"/api/courses/biology/sections/rush-{turn}-{{tenth}}/learners/learner-{turn}-{{n}}/enroll"
    keyed = {**headers, "Idempotency-Key": f"rush-{turn}-{{n}}"}
    return (await annals.load("POST", path, LEARNERS, headers=keyed)).per_second


def _check(url: str) -> None:
    """Exactly so many have a seat, all others wait, and nobody had a seat after somebody waited."""
    with psycopg.connect(url) as connection:
        seats = ROUNDS * SECTIONS * SEATS
        waiting = ROUNDS * LEARNERS - seats
        told: dict[str, int] = dict(connection.execute(_TOLD, [TENANT]).fetchall())
        assert told["enrollments.SeatTaken"] == told["enrollments.LearnerEnrolled"] == seats, told
        assert told["enrollments.WaitlistJoined"] == told["enrollments.LearnerWaitlisted"] == waiting, told
        late = connection.execute(_LATE, [TENANT]).fetchone()
        assert late == (0,), late
