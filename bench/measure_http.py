"""Over HTTP, one API process: accepted commands, and questions asked of a read model."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from functools import partial

import psycopg

from bench.facts import LESSONS, TENANT
from bench.ground import Ground
from bench.result import Result, held
from bench.serving import Load, Server, bearer, followed, in_turn, ours, peers
from bench.tokens import token

COMMANDS = 20_000
STOCK_COMMANDS = 3_000
QUESTIONS = 20_000
LEARNERS = 1_000


async def measure(ground: Ground) -> AsyncIterator[Result]:
    url = ground.database("http")
    bare = ground.empty_database("http_peers")
    async with ours(ground, url) as annals, peers(ground, bare) as peer:
        async for result in _commands(annals, peer):
            yield result
        async with followed(ground, url, annals):
            pass
        await asyncio.to_thread(_copy_roster, url, bare)
        async for result in _questions(annals, peer):
            yield result


async def _commands(annals: Server, peer: Server) -> AsyncIterator[Result]:
    headers = bearer(token())
    body = {"course": "biology", "learner": "learner-{n}", "lessons": list(LESSONS)}
    rounds = iter(range(1_000))

    async def enroll() -> Load:
        turn = next(rounds)
        mine = {**body, "course": f"course-{turn}"}
        keyed = {**headers, "Idempotency-Key": f"{turn}-{{n}}"}
        return await annals.load("POST", "/api/enrollments", COMMANDS, body=mine, headers=keyed)

    await enroll()
    accepted, nothing = await in_turn(
        enroll, lambda: peer.load("POST", "/nothing", COMMANDS, body=body, headers=headers)
    )
    stock = await peer.load("POST", "/stock", STOCK_COMMANDS, body=body, headers=headers)
    name = "accepted durable commands over HTTP"
    yield held(name, accepted, "commands/s", bar=0.4, against="a no-op POST", peer=nothing)
    yield held(name, accepted, "commands/s", bar=6, against="the stock Application", peer=stock.per_second)


async def _questions(annals: Server, peer: Server) -> AsyncIterator[Result]:
    nothing = await peer.load("GET", "/nothing", QUESTIONS)
    for what, path, bare in (
        ("one row", "/api/courses/course-0/roster?limit=1", "/bare/courses/course-0/1"),
        ("a page of 50 rows", "/api/courses/course-0/roster?limit=50", "/bare/courses/course-0/50"),
        ("the courses of one learner", "/api/learners/learner-7/courses", "/bare/learners/learner-7"),
    ):
        ours_asked = partial(annals.load, "GET", path, QUESTIONS, headers=bearer(token()))
        asked, selected = await in_turn(ours_asked, partial(peer.load, "GET", bare, QUESTIONS))
        name = f"queries over HTTP, {what}"
        yield held(name, asked, "queries/s", bar=0.9, against="the bare SELECT, no tenancy", peer=selected)
        if what == "one row":
            yield held(name, asked, "queries/s", bar=0.18, against="a no-op GET", peer=nothing.per_second)


def _copy_roster(url: str, bare: str) -> None:
    """The same rows, where nobody's tenant is asked."""
    with psycopg.connect(url, autocommit=True) as source, psycopg.connect(bare, autocommit=True) as target:
        target.execute(
            "create table bare_roster (course text, learner text, status text, lessons int, done int, "
            "primary key (course, learner))"
        )
        rows = source.execute(
            "select course, learner, status, lessons, done from enrollments_roster.roster where tenant = %s", [TENANT]
        ).fetchall()
        with target.cursor() as cursor:
            cursor.executemany("insert into bare_roster values (%s, %s, %s, %s, %s)", rows)
        target.execute("create index on bare_roster (learner, course)")
        target.execute("vacuum analyze bare_roster")
