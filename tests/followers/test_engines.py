"""Engines that die, and engines that are two."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import sys
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest

from adapters.postgres.followers.follower import Follower
from adapters.postgres.followers.operating import lags, pause, resume
from adapters.postgres.followers.projector import Projector
from adapters.postgres.followers.rebuild import verify
from adapters.postgres.followers.rows import Row
from adapters.postgres.followers.sending import Change
from adapters.postgres.followers.writing import LostPlace, Place, write
from adapters.postgres.proofs.archivist import ARCHIVIST
from adapters.postgres.proofs.checking import check
from adapters.postgres.trail import checking as trails
from api.proving import log_keys
from api.settings import Settings
from application.policies import policies
from application.trail import CLERK
from projections.enrollments import roster
from projections.model import models
from tests.followers.running import caught_up, enroll, following, live, make_models, rows, until, writing
from tests.proves import proves
from tests.servers import Database

HOUSE = Path(__file__).parents[2]


@asynccontextmanager
async def engine(database: Database, **settings: str) -> AsyncGenerator[asyncio.subprocess.Process]:
    """An engine as a process of its own."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "api.cli", "engine"),
        cwd=HOUSE,
        env={**os.environ, "DATABASE_URL": database.url, "LOG_LEVEL": "warning", **settings},
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


JOBS = ["enrollments.send_welcome", "enrollments.congratulate"]


async def at_work(database: Database) -> bool:
    """Every follower has an engine."""
    found = await rows(database, "select leased from followers.lag")
    others = {ARCHIVIST, CLERK, *(policy.context for policy in policies())}
    return len(found) == len(models()) + len(others) and all(leased for (leased,) in found)


@proves("es.projections")
async def test_an_engine_killed_at_random_points_leaves_models_equal_to_clean_ones(database: Database) -> None:
    chance = random.Random(7)  # noqa: S311
    enough = asyncio.Event()
    learners = 0
    async with writing(database) as do:

        async def write() -> None:
            nonlocal learners
            while not enough.is_set():
                await asyncio.gather(*(live(do, f"learner-{number}") for number in range(learners, learners + 20)))
                learners += 20
                await asyncio.sleep(0.02)

        writes = asyncio.create_task(write())
        for _ in range(5):
            async with engine(database) as process:
                await until(lambda: at_work(database))
                await asyncio.sleep(chance.uniform(0, 0.5))
                process.send_signal(signal.SIGKILL)
        enough.set()
        await writes
    # The control: what was killed was at work, and had not come to the end.
    behind = await rows(database, "select position, lag from followers.lag where follower = 'policies.enrollments'")
    assert behind[0][0] > 0
    assert behind[0][1] > 0
    async with engine(database) as process:
        await until(lambda: at_work(database))
        for model in models():
            await caught_up(database, model.name)
        await caught_up(database, "policies.enrollments")
        await caught_up(database, ARCHIVIST)
        await caught_up(database, CLERK)
        process.terminate()
        assert await asyncio.wait_for(process.wait(), 10) == 0

    async def connect() -> Any:
        return await database.connect("projector")

    for model in models():
        checked = await verify(connect, model)
        assert checked
        assert all(table.equal for table in checked)
    assert await rows(database, "select count(*) from enrollments_roster.roster") == [(learners,)]
    with psycopg.connect(database.dsn("auditor"), autocommit=True) as connection:
        assert [tree.wrong for tree in check(connection, log_keys(Settings()))] == [()]
        assert [trail.wrong for trail in trails.check(connection, log_keys(Settings()))] == [()]
    # Each enrolment and each graduation has ordered one job, under however many engines.
    facts = await rows(database, "select count(*) from ledger.facts where type ~ 'LearnerEnrolled|CourseCompleted'")
    ordered = await rows(database, "select count(*) from jobs.queue where message ->> 'actor_name' = any (%s)", (JOBS,))
    assert ordered == facts


async def test_a_model_that_was_tampered_with_is_found_out(database: Database) -> None:
    await make_models(database)
    async with writing(database) as do, following(database, Projector(roster.MODEL)):
        await enroll(do, "ada")
        await enroll(do, "ben")
        await caught_up(database, roster.MODEL.name)

        async def connect() -> Any:
            return await database.connect("projector")

        assert [checked.equal for checked in await verify(connect, roster.MODEL)] == [True, True]
        async with await connect() as connection:
            await connection.execute("update enrollments_roster.roster set done = 1 where learner = 'ben'")
        assert [checked.equal for checked in await verify(connect, roster.MODEL)] == [True, False]


class Counting(Follower):
    """Writes down every fact it is given, and by whom it was handled."""

    name = "counting"
    window = 10

    def __init__(self, engine: str) -> None:
        self._engine = engine

    async def handle(self, number: int, rows: Sequence[Row]) -> Sequence[Change]:
        return [Change("insert into counted values (%s, %s, %s)", (number, row.position, self._engine)) for row in rows]


@pytest.fixture
async def counted(database: Database) -> Database:
    async with await database.connect() as connection:
        await connection.execute("create table public.counted (log int, position bigint, engine text)")
        await connection.execute("grant all on public.counted to annals_projector")
    return database


async def test_two_engines_do_each_thing_once_and_one_takes_over_within_a_second(counted: Database) -> None:
    async with AsyncExitStack() as engines, writing(counted) as do:
        for name in ("one", "two"):
            await engines.enter_async_context(following(counted, Counting(name)))
        for number in range(40):
            await enroll(do, f"learner-{number}")
        await caught_up(counted, "counting")
        ((first,),) = await rows(counted, "select distinct engine from counted")

        began = time.monotonic()
        killed = await rows(
            counted,
            "select pg_terminate_backend(l.pid) from pg_locks l join pg_database d on d.oid = l.database "
            "where l.locktype = 'advisory' and l.granted and d.datname = current_database()",
        )
        assert killed == [(True,)]
        await enroll(do, "late")
        await caught_up(counted, "counting")
        assert time.monotonic() - began < 1.0
        for number in range(40):
            await enroll(do, f"later-{number}")
        await caught_up(counted, "counting")
    found = await rows(counted, "select position, count(*) from counted group by 1 order by 1")
    assert found == [(position, 1) for position in range(1, 82)]
    assert first in {"one", "two"}


async def test_without_the_lease_two_engines_would_get_in_each_others_way(counted: Database) -> None:
    """The control: what the lease prevents is noticed by the checkpoint, which only one of them can move."""
    async with await counted.connect("projector") as one, await counted.connect("projector") as two:
        await one.execute("insert into followers.checkpoints values ('counting', 0, 0)")
        change = Change("insert into counted values (0, 1, 'x')", ())
        await write(one, [change], Place("counting", 0, 0), 1)
        with pytest.raises(LostPlace):
            await write(two, [change], Place("counting", 0, 0), 1)
    assert await rows(counted, "select count(*) from counted") == [(1,)]


async def test_a_paused_follower_stands_still_until_it_is_resumed(counted: Database) -> None:
    with psycopg.connect(counted.dsn("projector"), autocommit=True) as operator:
        pause(operator, "counting", "operator:eve")
        async with writing(counted) as do, following(counted, Counting("one")):
            await enroll(do, "ada")

            async def leased() -> bool:
                return any(lag.leased and lag.paused and lag.lag == 1 for lag in lags(operator))

            await until(leased)
            assert await rows(counted, "select * from counted") == []
            resume(operator, "counting", "operator:eve")
            await caught_up(counted, "counting")
    assert len(await rows(counted, "select * from counted")) == 1
    actions = await rows(counted, "select action from followers.interventions order by id")
    assert actions == [("followers.pause",), ("followers.resume",)]


async def test_followers_outlive_a_postgres_that_is_killed(postgres_of_its_own: Any) -> None:
    server, database = postgres_of_its_own
    await make_models(database)
    async with following(database, Projector(roster.MODEL)):
        async with writing(database) as do:
            for number in range(50):
                await enroll(do, f"learner-{number}")
            server.kill()
            server.start()
            for number in range(50, 100):
                await enroll(do, f"learner-{number}")
        await caught_up(database, roster.MODEL.name)
    assert await rows(database, "select count(*) from enrollments_roster.roster") == [(100,)]
