"""Who is on this course, and how far along?"""

from __future__ import annotations

from typing import Any

import psycopg
import pytest

from adapters.postgres.followers.projector import Projector
from domain.enrollments.enrollment import ENROLLMENT, CompleteLesson, Withdraw
from domain.kernel import CourseId, Rejected
from projections.enrollments import roster
from projections.enrollments.roster import Sort, who_is_on
from projections.model import TooEarly
from tests.followers.running import (
    COURSE,
    LESSONS,
    OTHER,
    TENANT,
    asking,
    caller,
    enroll,
    following,
    make_models,
    rows,
    writing,
)
from tests.servers import Database


async def test_it_shows_everyone_and_how_far_they_are(database: Database) -> None:
    await make_models(database)
    async with writing(database) as do, following(database, Projector(roster.MODEL)), asking(database) as ask:
        for learner in ("ada", "ben", "cy"):
            await enroll(do, learner)
        await do(ENROLLMENT.at(COURSE, "ada"), CompleteLesson(LESSONS[0]), caller())
        await do(ENROLLMENT.at(COURSE, "ada"), CompleteLesson(LESSONS[1]), caller())
        await do(ENROLLMENT.at(COURSE, "ben"), CompleteLesson(LESSONS[0]), caller())
        receipt = await do(ENROLLMENT.at(COURSE, "cy"), Withdraw("no time"), caller())
        page = await who_is_on(ask, TENANT, COURSE, min_position=receipt.position)
        assert [(row.learner, row.status, row.done, row.lessons) for row in page.rows] == [
            ("ada", "graduated", 2, 2),
            ("ben", "learning", 1, 2),
            ("cy", "withdrew", 0, 2),
        ]
        assert page.position == receipt.position
        learning = await who_is_on(ask, TENANT, COURSE, status="learning")
        assert [row.learner for row in learning.rows] == ["ben"]
        assert (await who_is_on(ask, TENANT, CourseId("other"))).rows == ()


@pytest.mark.parametrize("sort", ["learner", "-enrolled_at", "-done"])
async def test_pages_follow_each_other_without_gap_or_repetition(database: Database, sort: Sort) -> None:
    await make_models(database)
    async with writing(database) as do, following(database, Projector(roster.MODEL)), asking(database) as ask:
        receipts = [await enroll(do, f"learner-{number:02}") for number in range(25)]
        seen: list[str] = []
        cursor: str | None = None
        for turn in range(10):
            page = await who_is_on(
                ask, TENANT, COURSE, sort=sort, cursor=cursor, limit=4, min_position=receipts[-1].position
            )
            seen += [row.learner for row in page.rows]
            cursor = page.cursor
            if cursor is None:
                break
            receipts.append(await enroll(do, f"a-late-one-{turn}"))
        old = [learner for learner in seen if learner.startswith("learner")]
        assert sorted(old) == [f"learner-{number:02}" for number in range(25)]
        assert len(set(seen)) == len(seen)


@pytest.mark.parametrize("cursor", ["x", "%%", "AAAA", "bnVsbA", "WyJsZWFybmVyIiwxLDJd", "é"])
async def test_a_cursor_of_anothers_making_is_refused(database: Database, cursor: str) -> None:
    async with asking(database) as ask:
        with pytest.raises(Rejected, match="not given by this question"):
            await who_is_on(ask, TENANT, COURSE, cursor=cursor)
        with pytest.raises(Rejected, match="from 1 to 1000"):
            await who_is_on(ask, TENANT, COURSE, limit=1001)


async def test_one_who_asks_for_the_future_is_told_it_is_too_early(database: Database) -> None:
    async with asking(database, wait_s_max=0.1) as ask:
        with pytest.raises(TooEarly):
            await who_is_on(ask, TENANT, COURSE)  # nobody has made the model yet
        await make_models(database)
        assert (await who_is_on(ask, TENANT, COURSE)).rows == ()
        with pytest.raises(TooEarly):
            await who_is_on(ask, TENANT, COURSE, min_position=1)


async def test_another_tenants_rows_do_not_show_even_to_a_query_that_forgets_the_tenant(database: Database) -> None:
    await make_models(database)
    async with writing(database) as do, following(database, Projector(roster.MODEL)), asking(database) as ask:
        await enroll(do, "ada")
        receipt = await enroll(do, "ben", tenant=OTHER)
        mine = await who_is_on(ask, TENANT, COURSE, min_position=receipt.position)
        assert [row.learner for row in mine.rows] == ["ada"]
        assert len(await rows(database, "select learner from enrollments_roster.roster")) == 2
        async with await database.connect("app") as connection, connection.transaction():
            await connection.execute("select set_config('annals.tenant', %s, true)", (str(TENANT),))
            found = await connection.execute("select learner from enrollments_roster.roster")
            assert await found.fetchall() == [("ada",)]


@pytest.mark.parametrize("is_counted", [False, True])
async def test_a_page_is_found_by_its_index(database: Database, *, is_counted: bool) -> None:
    """Also by whoever sees the rows of one tenant only: what is before the page is not looked at, nor what is after.

    Nor by a Postgres that has counted: it believes that few rows pass the filters, and would gather and sort them all.
    """
    await make_models(database)
    async with await database.connect() as superuser, superuser.transaction():
        await superuser.execute(
            "insert into enrollments_roster.roster (tenant, course, learner, track, status, lessons, done, enrolled_at)"
            " select %s, course, lpad(n::text, 4, '0'), 'main', 'learning', 1, 0, now()"
            " from unnest(array['geology', 'history', 'music', %s]) course, generate_series(1, 3000) n",
            (TENANT, COURSE),
        )
        if is_counted:
            await superuser.execute("analyze enrollments_roster.roster")
    async with await database.connect("app") as connection, connection.transaction():
        for after, shown in ((None, 10), ("0010", 10), ("2985", 10), ("2995", 5)):
            values = (TENANT, COURSE, "main", None, None, after, after, 10)
            asked = f"select page from {roster.MODEL.schema}.roster_by_learner({', '.join(['%s'] * len(values))})"  # noqa: S608
            before = await looked_at(connection)
            ((page,),) = await (await connection.execute(asked.encode(), values)).fetchall()
            assert len(page) == shown
            assert await looked_at(connection) - before <= 2 * shown


async def looked_at(connection: psycopg.AsyncConnection[Any]) -> int:
    """How many rows of the roster were found by an index or by going through them, in this transaction."""
    said = "select coalesce(seq_tup_read, 0) + idx_tup_fetch from pg_stat_xact_user_tables where relname = 'roster'"
    ((count,),) = await (await connection.execute(said)).fetchall()
    return int(count)
