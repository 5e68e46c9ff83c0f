"""A read model is built beside the one that is shown, and swapped while everyone goes on."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from adapters.postgres.followers.projector import Projector, install
from adapters.postgres.followers.rebuild import rebuild, verify
from domain.enrollments.events import EnrollmentEvent
from projections.enrollments import roster
from projections.enrollments.roster import who_is_on
from projections.model import Fact, Statement
from tests.followers.running import (
    COURSE,
    TENANT,
    asking,
    caught_up,
    enroll,
    following,
    make_models,
    rows,
    until,
    writing,
)
from tests.proves import proves
from tests.servers import Database


@proves("es.projections")
@pytest.mark.parametrize("logs", [1, 3])
async def test_no_query_fails_or_sees_half_while_a_model_is_rebuilt_and_swapped(database_of: Any, logs: int) -> None:
    database: Database = database_of(logs)
    await make_models(database)

    async def connect() -> Any:
        return await database.connect("projector")

    done = asyncio.Event()
    asked = 0
    async with (
        writing(database, logs) as do,
        following(database, Projector(roster.MODEL), logs=logs),
        asking(database) as ask,
    ):
        for number in range(0, 400, 50):
            await asyncio.gather(*(enroll(do, f"learner-{n:05}") for n in range(number, number + 50)))

        async def write() -> int:
            number = 400
            while not done.is_set():
                await enroll(do, f"learner-{number:05}")
                number += 1
            return number

        async def read() -> None:
            """Every answer shows exactly the enrolments up to the position it says it shows."""
            nonlocal asked
            before = 0
            while not done.is_set():
                page = await who_is_on(ask, TENANT, COURSE, sort="-enrolled_at", limit=1)
                assert page.position >= before
                before = page.position
                shown = int(page.rows[0].learner.removeprefix("learner-")) + 1 if page.rows else 0
                assert shown == page.position
                asked += 1

        writes, reads = asyncio.create_task(write()), [asyncio.create_task(read()) for _ in range(3)]
        for _ in range(5):
            await rebuild(connect, roster.MODEL)
        done.set()
        written = await writes
        await asyncio.gather(*reads)
        await caught_up(database, roster.MODEL.name)
        assert written > 400
        assert asked > 50
        assert await rows(database, "select count(*) from enrollments_roster.roster") == [(written,)]
        assert all(checked.equal for checked in await verify(connect, roster.MODEL))
    left = await rows(database, "select nspname from pg_namespace where nspname ~ 'enrollments_roster'")
    assert left == [("enrollments_roster",)]


async def test_a_swap_gives_way_to_a_query_that_goes_on_from_one_table_to_another(database: Database) -> None:
    await make_models(database)

    async def connect() -> Any:
        return await database.connect("projector")

    async def swap_waits() -> bool:
        return await rows(database, "select from pg_locks where mode = 'AccessExclusiveLock' and not granted") != []

    async with await connect() as connection:
        async with connection.transaction():
            await connection.execute("select from enrollments_roster.roster")
            rebuilding = asyncio.create_task(rebuild(connect, roster.MODEL))
            await until(swap_waits)
            await connection.execute("select from enrollments_roster.away")
            assert not rebuilding.done()
        await rebuilding


async def test_a_new_version_of_a_model_replaces_the_old_one_with_its_tables(database: Database) -> None:
    await make_models(database)
    async with writing(database) as do:
        await enroll(do, "ada")
        newer = replace(
            roster.MODEL,
            version=roster.MODEL.version + 1,
            tables=roster.TABLES.replace("tenant uuid", "note text default 'new', tenant uuid", 1),
        )

        async def connect() -> Any:
            return await database.connect("projector")

        # A column before the others moves those that are written without names: the new one names what it writes.
        statement = replace(roster.ENROL, sql=roster.ENROL.sql.replace("insert into roster\n", _NAMED))

        def project(fact: Fact[EnrollmentEvent]) -> Iterator[Statement]:
            for _, values in roster.project(fact):
                yield statement, values

        newer = replace(newer, project=project)
        async with await connect() as connection:
            assert await install(connection, newer) == roster.MODEL.version
        async with following(database, Projector(roster.MODEL)):
            await caught_up(database, roster.MODEL.name)
        await rebuild(connect, newer)
        async with await connect() as connection:
            assert await install(connection, newer) == newer.version
        assert await rows(database, "select note, learner from enrollments_roster.roster") == [("new", "ada")]
        async with asking(database) as ask:
            assert [row.learner for row in (await who_is_on(ask, TENANT, COURSE)).rows] == ["ada"]


_NAMED = """
insert into roster
  (tenant, course, learner, track, status, lessons, done, enrolled_at, until, ended_at, section, rested)
"""
