"""Real workers on the real broker."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import UUID, uuid4

import psycopg

from adapters.jobs import PostgresJobs, message_of
from adapters.postgres import arrays, dead_letters
from adapters.postgres.followers.writing import Place, write
from application.jobs import Errand
from application.policies import Ordered
from domain.kernel import Value
from tests.followers.running import TENANT, caught_up, enroll, rows, until, writing
from tests.followers.test_engines import HOUSE, engine
from tests.followers.test_reactor import SOON
from tests.proves import proves
from tests.servers import Database

WORKER = """
import sys, time, signal, threading
from pathlib import Path
import adapters.jobs
from application.jobs import Job
from dramatiq import Worker
from tests.followers.test_jobs import Trial
from application.jobs import Errand

dsn, folder = sys.argv[1], Path(sys.argv[2])
adapters.jobs.BACKOFF_MS_MIN = 10
adapters.jobs.BACKOFF_MS_MAX = 20
adapters.jobs.HEARTBEAT_S, adapters.jobs.HEARTBEAT_S_MAX, adapters.jobs.MAINTENANCE_S = 0.2, 1.0, 0.3

def trial(errand: Errand[Trial]) -> None:
    with (folder / f"{errand.order.name}.begun").open("a") as begun:
        begun.write("x")
    if errand.order.name == "poison" and not (folder / "mended").exists():
        raise ValueError("not today")
    if errand.order.name == "slow" and len((folder / "slow.begun").read_text()) == 1:
        time.sleep(600)
    (folder / errand.order.name).touch()

broker = adapters.jobs.broker_of("", dsn, 2)
adapters.jobs.declare(broker, {}, {"tests.trial": Job(trial, 3)})
worker = Worker(broker, worker_threads=2)
worker.start()
threading.Event().wait()
"""


class Trial(Value):
    name: str


@asynccontextmanager
async def worker(database: Database, folder: Path) -> AsyncGenerator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", WORKER, database.dsn("app"), str(folder), cwd=HOUSE, stderr=asyncio.subprocess.DEVNULL
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def order(database: Database, name: str) -> UUID:
    """Enqueue a job, as a policy does."""
    errand = Errand(uuid4(), TENANT, uuid4(), uuid4(), SOON, Trial(name))
    changes = await PostgresJobs().enqueue([Ordered("tests.trial", errand)])
    assert message_of(Ordered("tests.trial", errand)).message_id == str(errand.id)
    async with await database.connect("projector") as connection:
        await connection.execute("insert into followers.checkpoints values (%s, 0, 0)", (name,))
        arrays.register(connection)
        await write(connection, changes, Place(name, 0, 0), 1)
    return errand.id


async def there(path: Path) -> bool:
    return path.exists()  # noqa: ASYNC240 — a look at a local folder


@proves("ops.jobs")
async def test_a_job_whose_worker_is_killed_is_done_by_another(database: Database, tmp_path: Path) -> None:
    await order(database, "slow")
    async with worker(database, tmp_path) as process:
        await until(lambda: there(tmp_path / "slow.begun"))
        process.send_signal(signal.SIGKILL)
    assert not await there(tmp_path / "slow")
    async with worker(database, tmp_path):
        await until(lambda: there(tmp_path / "slow"), 30)
        await until(lambda: _queue_is_empty(database))
    assert (tmp_path / "slow.begun").read_text() == "xx"


@proves("ops.jobs")
async def test_a_job_that_never_succeeds_becomes_a_dead_letter_which_an_operator_may_try_again(
    database: Database, tmp_path: Path
) -> None:
    poison = await order(database, "poison")
    good = await order(database, "good")
    async with worker(database, tmp_path):
        with psycopg.connect(database.dsn("projector"), autocommit=True) as operator:

            async def dead() -> bool:
                return [job.id for job in dead_letters.queued(operator, "rejected")] == [poison]

            await until(dead, 30)
            found = dead_letters.one(operator, poison)
            assert found is not None
            assert (found.job, found.state) == ("tests.trial", "dead")
            assert "not today" in (found.error or "")
            assert (tmp_path / "poison.begun").read_text() == "xxxx"  # once, and three times again
            await until(lambda: there(tmp_path / "good"))

            assert not dead_letters.retry(operator, good, "operator:eve")
            (tmp_path / "mended").touch()
            assert dead_letters.retry(operator, poison, "operator:eve")
            await until(lambda: there(tmp_path / "poison"), 30)
            await until(lambda: _queue_is_empty(database))
    assert await rows(database, "select by, action from followers.interventions") == [("operator:eve", "jobs.retry")]


async def test_a_learner_who_enrols_gets_one_letter_through_engine_and_worker(
    database: Database, tmp_path: Path
) -> None:
    async with writing(database) as do:
        await enroll(do, "ada")
    outbox = tmp_path / "outbox"
    async with engine(database):
        await until(lambda: _followed(database))
        await caught_up(database, "policies.enrollments")
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "api.cli", "worker"),
        cwd=HOUSE,
        env={**os.environ, "DATABASE_URL": database.url, "OUTBOX_FOLDER": str(outbox)},
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        await until(lambda: _queue_is_empty(database))
        process.terminate()
        assert await asyncio.wait_for(process.wait(), 20) == 0
    finally:
        if process.returncode is None:
            process.kill()
    (letter,) = outbox.glob("*.eml")
    assert "You are enrolled on art" in letter.read_text()


async def _followed(database: Database) -> bool:
    found = await rows(database, "select 1 from followers.checkpoints where follower = 'policies.enrollments'")
    return found != []


async def _queue_is_empty(database: Database) -> bool:
    return await rows(database, "select * from jobs.queue") == []
