"""A ledger to write to and followers that follow it, for tests."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any
from uuid import UUID, uuid4
from zlib import crc32

from psycopg_pool import AsyncConnectionPool

from adapters.postgres.followers.follower import Follower
from adapters.postgres.followers.projector import install
from adapters.postgres.followers.runner import Following
from adapters.postgres.followers.tail import Tail
from adapters.postgres.followers.watch import HeadWatch
from adapters.postgres.ledger import PostgresLedger
from adapters.postgres.questions import Questions
from application.do import Do
from application.ledger import Caller, Receipt, TenantId
from application.ports import Configurations, Doorbell, Keys
from application.sealing import NO_KEYS
from application.tenants import Tenants
from domain.enrollments.enrollment import ENROLLMENT, CompleteLesson, Enroll, Withdraw
from domain.kernel import CourseId, LearnerId, LessonId
from projections.model import models
from tests.servers import Database

TENANT = TenantId(UUID("018f0000-0000-7000-8000-000000000001"))
OTHER = TenantId(UUID("018f0000-0000-7000-8000-000000000002"))
COURSE = CourseId("art")
LESSONS = (LessonId("one"), LessonId("two"))


def caller(tenant: TenantId = TENANT) -> Caller:
    return Caller(tenant, "ada", "test", uuid4())


@asynccontextmanager
async def writing(
    database: Database, logs: int = 1, ring: Callable[[int, int], None] | None = None, keys: Keys = NO_KEYS
) -> AsyncGenerator[Do]:
    """A `Do` on the ledger."""
    async with PostgresLedger(lambda: database.connect("app"), logs, after_commit=ring) as ledger:
        yield Do(ledger, keys)


async def enroll(do: Do, learner: str, course: str = COURSE, tenant: TenantId = TENANT) -> Receipt:
    command = Enroll(CourseId(course), LearnerId(learner), LESSONS)
    return await do(ENROLLMENT.at(course, learner), command, caller(tenant))


async def live(do: Do, learner: str, course: str = COURSE) -> Receipt:
    """A learner's life on a course: some graduate, some leave."""
    stream = ENROLLMENT.at(course, learner)
    await enroll(do, learner, course)
    receipt = await do(stream, CompleteLesson(LESSONS[0]), caller())
    match crc32(learner.encode()) % 3:
        case 0:
            return await do(stream, CompleteLesson(LESSONS[1]), caller())
        case 1:
            return await do(stream, Withdraw("no time"), caller())
        case _:
            return receipt


async def make_models(database: Database) -> None:
    async with await database.connect("projector") as connection:
        for model in models():
            await install(connection, model)


@asynccontextmanager
async def following(
    database: Database, *followers: Follower, logs: int = 1, doorbell: Doorbell | None = None
) -> AsyncGenerator[list[Following]]:
    """One engine: each follower on each log."""

    async def connect() -> Any:
        return await database.connect("projector")

    async with HeadWatch(connect, doorbell) as watch, AsyncExitStack() as stack:
        tails = [await stack.enter_async_context(Tail(connect, log, watch)) for log in range(logs)]
        follows = [Following(follower, log, connect, tail) for follower in followers for log, tail in enumerate(tails)]
        tasks = [asyncio.create_task(one.run()) for one in follows]
        try:
            yield follows
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


@asynccontextmanager
async def asking(database: Database, *, wait_s_max: float = 10.0) -> AsyncGenerator[Questions]:
    """Questions to the read models, as the API asks them."""
    async with AsyncExitStack() as stack:
        pool = AsyncConnectionPool[Any](
            database.dsn("app"), min_size=1, max_size=4, open=False, kwargs={"autocommit": True}
        )
        await stack.enter_async_context(pool)
        yield Questions(pool, wait_s_max=wait_s_max)


async def until(true: Callable[[], Awaitable[bool]], timeout_s: float = 20.0) -> None:
    """Wait until it is true, looking often."""
    end = time.monotonic() + timeout_s
    while not await true():
        assert time.monotonic() < end, f"not within {timeout_s} s"
        await asyncio.sleep(0.01)


async def rows(database: Database, sql: str, values: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """What a query answers, as superuser."""
    async with await database.connect() as connection:
        return await (await connection.execute(sql.encode(), values)).fetchall()


async def caught_up(database: Database, follower: str) -> None:
    """Wait until a follower has come to the end of every log."""

    async def there() -> bool:
        found = await rows(database, "select lag from followers.lag where follower = %s", (follower,))
        return bool(found) and all(lag == 0 for (lag,) in found)

    await until(there)


def configurations(do: Do) -> dict[type, Any]:
    """The port by which policies ask how a tenant is set up, without a memory."""
    return {Configurations: Tenants(do.look, lambda: False)}
