"""A read model as it was is the model that really stood there; what is between two moments is said row by row."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest

from adapters.postgres.aside import Aside, AskThen, Bounds, Difference, TooMuch, aside
from adapters.postgres.browsing import Choice
from adapters.postgres.connect import lending
from adapters.postgres.exporting import Exporter
from adapters.postgres.followers.projector import Projector
from api.service.as_of import state_then
from application.as_of import shown
from application.catalogue import encode
from domain.assessment.events import ResultRecorded
from domain.assessment.result import Marked
from domain.kernel import CourseId, PaymentId
from domain.money import Money
from domain.payments.events import Account, EntryRecorded, Line
from projections.enrollments import roster
from projections.enrollments.roster import who_is_on
from projections.model import models
from projections.payments.journal import accounts
from tests.followers.running import (
    COURSE,
    OTHER,
    TENANT,
    asking,
    caught_up,
    enroll,
    following,
    live,
    make_models,
    rows,
    writing,
)
from tests.proves import proves
from tests.replay.living import keys_of, show, tell_everything, tell_one
from tests.servers import Database

CLEARING, INCOME = Account("gateway_clearing", "sandbox"), Account("revenue", "stars")


@asynccontextmanager
async def aside_of(database: Database, **bounds: Any) -> AsyncGenerator[Aside]:
    async def connect() -> Any:
        return await database.connect("projector")

    exporter = Exporter(lending(database.dsn("auditor")))
    async with aside(connect, exporter, keys_of(database), Bounds(**bounds)) as opened:
        yield opened


async def shown_now(database: Database, schema: str, tenant: UUID = TENANT) -> list[tuple[str, dict[str, Any]]]:
    """The rows of a tenant in a model that is shown."""
    tables = await rows(database, "select tablename from pg_tables where schemaname = %s order by 1", (schema,))
    found: list[tuple[str, dict[str, Any]]] = []
    for (table,) in tables:
        query = f"select to_jsonb(t) - 'tenant' from {schema}.{table} t where tenant = %s"  # noqa: S608 — our own names
        found.extend((table, row) for (row,) in await rows(database, query, (tenant,)))
    return found


def in_any_order(found: list[tuple[str, dict[str, Any]]]) -> list[str]:
    return sorted(map(str, found))


@proves("audit.replay")
async def test_a_model_as_it_was_is_the_model_that_stood_there(database: Database) -> None:
    await make_models(database)
    stood: dict[int, Any] = {}
    async with writing(database) as do, following(database, Projector(roster.MODEL)), asking(database) as ask:
        for number in range(12):
            receipt = await live(do, f"learner-{number}")
            await enroll(do, f"other-{number}", tenant=OTHER)
            stood[receipt.position] = await who_is_on(ask, TENANT, COURSE, min_position=receipt.position)
    facts = await rows(database, "select position, at from ledger.facts where tenant = %s", (TENANT,))
    times = dict(facts)
    async with aside_of(database) as opened:
        for position, page in stood.items():
            then = await who_is_on(AskThen(opened, Choice(to=position)), TENANT, COURSE)
            assert then.rows == page.rows
            assert then.position == position
            until = times[position] + timedelta(microseconds=1)
            assert (await who_is_on(AskThen(opened, Choice(until=until)), TENANT, COURSE)).rows == page.rows
        standing = await opened.build(roster.MODEL, TENANT, Choice())
        assert in_any_order([row async for row in opened.rows(standing)]) == in_any_order(
            await shown_now(database, "enrollments_roster")
        )
    assert not await rows(database, "select from pg_namespace where nspname like '%%aside%%'")
    assert not await rows(database, "select from followers.checkpoints where follower like '%%aside%%'")


async def test_every_model_can_be_built_aside_and_is_the_one_that_is_shown(database: Database) -> None:
    await tell_everything(database)
    await show(database)
    for model in models():
        async with aside_of(database) as opened:
            standing = await opened.build(model, TENANT, Choice())
            assert standing.left_out == ()
            told = in_any_order([row async for row in opened.rows(standing)])
            assert told == in_any_order(await shown_now(database, model.schema))
            none = await opened.build(model, OTHER, Choice())
            assert [row async for row in opened.rows(none)] == []
            assert {change.table for change in [one async for one in opened.differences(none, standing)]} == {
                table for table, _ in await shown_now(database, model.schema)
            }


async def test_two_moments_are_compared_row_by_row(database: Database) -> None:
    await make_models(database)
    async with writing(database) as do, AsyncExitStack() as stack:
        first = await enroll(do, "ada")
        await enroll(do, "ben")
        await live(do, "ada")
        opened = await stack.enter_async_context(aside_of(database))
        before = await opened.build(roster.MODEL, TENANT, Choice(to=first.position))
        after = await opened.build(roster.MODEL, TENANT, Choice())
        found = {(one.after or {})["learner"]: one for one in [one async for one in opened.differences(before, after)]}
        assert set(found) == {"ada", "ben"}
        assert found["ben"].before is None
        assert found["ada"].before is not None
        assert found["ada"].before["done"] == 0
        back = [one async for one in opened.differences(after, before)]
        assert Difference("roster", before=found["ben"].after) in back


async def test_a_fact_that_cannot_be_projected_is_left_out_with_those_behind_it_and_told(database: Database) -> None:
    await make_models(database)
    with psycopg.connect(database.url) as connection:
        tell_one(connection, TENANT, "enrollment:art:ada", 1, "enrollments.LearnerEnrolled", '{"course": 7}')
        tell_one(connection, TENANT, "enrollment:art:ada", 2, "enrollments.LearnerWithdrew", '{"reason": "no time"}')
    async with writing(database) as do:
        await enroll(do, "ben")
    async with aside_of(database) as opened:
        standing = await opened.build(roster.MODEL, TENANT, Choice())
        assert standing.left_out == (1,)
        assert [row["learner"] async for _, row in opened.rows(standing)] == ["ben"]


async def test_it_ends_where_it_would_be_too_much(database: Database) -> None:
    await make_models(database)
    async with writing(database) as do:
        for number in range(5):
            await enroll(do, f"learner-{number}")
    with pytest.raises(TooMuch, match="more facts"):
        async with aside_of(database, facts=4) as opened:
            await opened.build(roster.MODEL, TENANT, Choice())
    with pytest.raises(TooMuch, match="longer"):
        async with aside_of(database, seconds=0.01) as opened:
            await opened.build(roster.MODEL, TENANT, Choice())
    async with following(database, Projector(roster.MODEL)):
        await caught_up(database, roster.MODEL.name)


@proves("audit.replay")
async def test_a_balance_and_a_grade_as_they_were_are_what_is_reckoned_by_hand(database: Database) -> None:
    await make_models(database)
    by_hand: list[tuple[int, Any]] = []
    sum_ = 0
    with psycopg.connect(database.url) as connection:
        for number, (amount, points) in enumerate(((4900, 3), (100, 9), (-700, 5), (1, 10)), 1):
            sum_ += amount
            lines = (Line(CLEARING, Money(amount, "EUR")), Line(INCOME, Money(-amount, "EUR")))
            entered = encode(EntryRecorded(PaymentId(f"payment-{number}"), "paid", lines))
            tell_one(connection, TENANT, f"entry:payment-{number}", 1, *entered)
            marked = encode(ResultRecorded(CourseId("art"), points, 10, passed=points >= 5))
            tell_one(connection, TENANT, "result:quiz:ada", number, *marked)
            by_hand.append((sum_, Marked(points, 10, points >= 5)))
    exporter = Exporter(lending(database.dsn("auditor")))
    async with aside_of(database) as opened:
        for number, (balance, grade) in enumerate(by_hand, 1):
            page = await accounts(AskThen(opened, Choice(to=2 * number)), TENANT)
            assert {row.kind: row.debits - row.credits for row in page.rows} == {
                CLEARING.kind: balance,
                INCOME.kind: -balance,
            }
            chosen = Choice(streams=("result:quiz:ada",), tenant=TENANT, to=2 * number)
            then = await state_then(exporter, 0, chosen)
            assert then is not None
            assert (then[0].state, then[0].data) == ("Marked", shown(grade))
