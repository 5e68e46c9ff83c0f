"""What a process hears for itself: each fact of the types it listens for, once, in order, whatever interrupts it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from adapters.postgres.followers.hearing import Hearing
from adapters.postgres.followers.watch import HeadWatch
from application.ledger import Recorded
from domain.enrollments.events import LearnerWithdrew, LessonCompleted
from tests.followers.running import live, rows, until, writing
from tests.servers import Database


async def test_it_hears_what_it_listens_for_once_and_in_order(database: Database) -> None:
    heard: list[int] = []

    def hear(facts: Sequence[Recorded[Any]]) -> None:
        heard.extend(fact.position for fact in facts)

    async def connect() -> Any:
        return await database.connect("app")

    async with writing(database) as do, HeadWatch(connect) as watch:
        await live(do, "ada")
        hearing = Hearing(connect, 0, watch, (LessonCompleted, LearnerWithdrew), hear)
        listening = asyncio.create_task(hearing.run(0))
        await live(do, "bea")

        async def came_so_far() -> bool:
            return [(hearing.position,)] == await rows(database, "select position from ledger.log_head")

        await until(came_so_far)
        await rows(
            database,
            "select pg_terminate_backend(pid) from pg_stat_activity "
            "where pid <> pg_backend_pid() and position('read_facts' in query) > 0",
        )
        await live(do, "ben")
        await until(came_so_far)
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)
    told = await rows(
        database,
        "select position from ledger.facts "
        "where type in ('enrollments.LessonCompleted', 'enrollments.LearnerWithdrew') order by position",
    )
    assert heard == [position for (position,) in told]
    assert len(heard) == len(set(heard)) > 1
