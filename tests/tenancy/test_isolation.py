"""Postgres keeps the rows of schools apart, also where the program forgets to."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime
from itertools import combinations
from typing import Any
from uuid import UUID, uuid4

import msgspec
import psycopg
import pytest

from adapters.postgres.followers.projector import tables_of
from application.ledger import TenantId
from projections.enrollments import roster
from projections.model import ReadModel, models
from tests.followers.running import asking, make_models
from tests.proves import proves
from tests.servers import Database

OURS, THEIRS = TenantId(uuid4()), TenantId(uuid4())

SOME: dict[str, Any] = {
    "text": "1",
    "text[]": ["1"],
    "integer": 100,
    "smallint": 1,
    "bigint": 100,
    "numeric": 1,
    "double precision": 1.0,
    "boolean": True,
    "uuid": UUID(int=1),
    "uuid[]": [UUID(int=1)],
    "date": date(2026, 11, 21),
    "timestamp with time zone": datetime(2126, 11, 21, tzinfo=UTC),
    "bytea": b"1",
    "json": "1",
    "jsonb": "1",
}
"""A value of every type that a column, or what a question is asked, can have. Text is read as a number as well."""

HIDES = frozenset({"enrollments_roster.away"})
"""Tables whose rows keep others from being shown: they stay empty here."""

SAYS: dict[str, Any] = {
    "paths_paths.journeys.status": "walking",
    "progress_how_far.learners.track": "main",
    "progress_how_far.learners.status": "learning",
    "progress_how_far.marks.completed_at": None,
    "subscriptions_held.subscriptions.ending": False,
    "subscriptions_held.subscriptions.status": "active",
    "subscriptions_plans.plans.status": "published",
}
"""Columns that a question compares with a word of its own."""

every_model = pytest.mark.parametrize("model", models(), ids=lambda model: model.name)


@asynccontextmanager
async def filled(database: Database) -> AsyncGenerator[None]:
    """Every table of every read model has the same row in two tenants."""
    await make_models(database)
    async with await database.connect("projector") as connection:
        for model in models():
            for table in await tables_of(connection, model.schema):
                if f"{model.schema}.{table}" in HIDES:
                    continue
                cursor = await connection.execute(_COLUMNS, (model.schema, table))
                columns = await cursor.fetchall()
                names = ", ".join(name for name, _ in columns)
                marks = ", ".join(f"%s::{type_}" for _, type_ in columns)
                insert = _sql(f"insert into {{}} (tenant, {names}) values (%s, {marks})", model, table)  # noqa: S608 — our own names
                row = [SAYS.get(f"{model.schema}.{table}.{name}", SOME[type_]) for name, type_ in columns]
                for tenant in (OURS, THEIRS):
                    await connection.execute(insert, (tenant, *row))
    yield


def _sql(text: str, model: ReadModel, table: str) -> bytes:
    return text.replace("{}", f'{model.schema}."{table}"').encode()


_COLUMNS = """
select a.attname, format_type(a.atttypid, null) from pg_attribute a
where a.attrelid = format('%%I.%%I', %s::text, %s::text)::regclass and a.attnum > 0 and not a.attisdropped
  and a.attname <> 'tenant' and a.attgenerated = '' and a.attidentity = ''
order by a.attnum
"""


@asynccontextmanager
async def as_app(database: Database, tenant: UUID | None) -> AsyncGenerator[psycopg.AsyncConnection[Any]]:
    """A connection of the API's role, as its handlers have it; with a tenant set, or forgotten."""
    async with await database.connect("app") as connection, connection.transaction(force_rollback=True):
        if tenant is not None:
            await connection.execute("select set_config('annals.tenant', %s, true)", (str(tenant),))
        yield connection


async def tenants_in(connection: psycopg.AsyncConnection[Any], model: ReadModel) -> set[UUID]:
    """Whose rows are seen, by one who forgets to say whose are wanted."""
    seen: set[UUID] = set()
    for table in await tables_of(connection, model.schema):
        cursor = await connection.execute(_sql("select distinct tenant from {}", model, table))
        seen |= {tenant for (tenant,) in await cursor.fetchall()}
    return seen


@every_model
@proves("tenant.isolation")
async def test_a_handler_that_forgets_its_filter_sees_the_rows_of_its_tenant_alone(
    database: Database, model: ReadModel
) -> None:
    async with filled(database):
        async with await database.connect("projector") as connection:
            assert await tenants_in(connection, model) == {OURS, THEIRS}
        for tenant in (OURS, THEIRS):
            async with as_app(database, tenant) as connection:
                assert await tenants_in(connection, model) == {tenant}
        async with as_app(database, uuid4()) as connection:
            assert await tenants_in(connection, model) == set()


@every_model
@proves("tenant.isolation")
async def test_a_handler_that_forgets_its_tenant_sees_nothing(database: Database, model: ReadModel) -> None:
    async with filled(database):
        with pytest.raises(psycopg.errors.UndefinedObject):
            async with as_app(database, None) as connection:
                await tenants_in(connection, model)
        async with await database.connect("app") as connection:
            async with connection.transaction():
                await connection.execute("select set_config('annals.tenant', %s, true)", (str(OURS),))
            # What a transaction set is gone with it, and a pool's next user has nothing of it.
            with pytest.raises(psycopg.errors.InvalidTextRepresentation):
                await tenants_in(connection, model)


@every_model
@proves("tenant.isolation")
async def test_a_handler_that_names_another_tenants_rows_neither_sees_nor_changes_them(
    database: Database, model: ReadModel
) -> None:
    async with filled(database), await database.connect("projector") as projector:
        for table in await tables_of(projector, model.schema):
            async with as_app(database, OURS) as connection:
                counting = _sql("select count(*) from {} where tenant = %s", model, table)
                cursor = await connection.execute(counting, (THEIRS,))
                assert await cursor.fetchone() == (0,)
            for change in (
                "update {} set tenant = tenant",
                "delete from {}",
                "insert into {} (tenant) select tenant from {}",
            ):
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    async with as_app(database, OURS) as connection:
                        await connection.execute(_sql(change, model, table))


_FUNCTIONS = """
select p.proname, array(
  select format_type(t, null) from unnest(p.proargtypes) with ordinality as a (t, i) where i > 1 order by i
)
from pg_proc p where p.pronamespace = %s::regnamespace order by p.proname
"""


async def questions(database: Database, model: ReadModel) -> dict[str, tuple[Any, ...]]:
    """The questions of a model, each with what it is asked besides the tenant so that there is something to answer."""
    async with await database.connect() as connection:
        cursor = await connection.execute(_FUNCTIONS, (model.schema,))
        found = {f"{model.schema}.{name}": types for name, types in await cursor.fetchall()}
    asked: dict[str, tuple[Any, ...]] = {}
    for name, types in found.items():
        for values in some(types):
            async with as_app(database, None) as connection:
                if await answer(connection, name, OURS, values):
                    asked[name] = values
                    break
        assert name in asked, f"{name} answers nothing, whatever it is asked"
    return asked


def some(types: Sequence[str]) -> Iterator[tuple[Any, ...]]:
    """What may be asked for: everything, then nothing, then all but one, then one, and so on."""
    places = range(len(types))
    counts = sorted(range(len(types) + 1), key=lambda count: min(count, len(types) - count))
    for left_out in (set(one) for count in counts for one in combinations(places, count)):
        yield tuple(None if place in left_out else SOME[type_] for place, type_ in enumerate(types))


async def answer(
    connection: psycopg.AsyncConnection[Any], name: str, tenant: UUID, values: tuple[Any, ...]
) -> list[Any]:
    """What a question answers a tenant, besides the position."""
    marks = ", ".join(["%s"] * (1 + len(values)))
    question = f"select to_jsonb(a) - 'position' from {name}({marks}) a"  # noqa: S608 — our own names
    cursor = await connection.execute(question.encode(), (tenant, *values))
    rows = [row for (row,) in await cursor.fetchall()]
    return [] if rows in ([{"page": []}], [{"page": None}]) else rows


async def answers(
    connection: psycopg.AsyncConnection[Any], asked: dict[str, tuple[Any, ...]], tenant: UUID
) -> list[Any]:
    """What all these questions answer a tenant; one that cannot be answered any more answers that."""
    found: list[Any] = []
    for name, values in asked.items():
        try:
            async with connection.transaction():
                found.append(await answer(connection, name, tenant, values))
        except psycopg.errors.CardinalityViolation as error:
            found.append(type(error).__name__)
    return found


@every_model
@proves("tenant.isolation")
async def test_a_question_without_its_filter_answers_the_same(database: Database, model: ReadModel) -> None:
    """The filter is taken out of every question; row-level security alone is left."""
    forgetful, taken = re.subn(r"\w+\.tenant = _tenant", "true", model.functions)
    async with filled(database):
        asked = await questions(database, model)
        assert taken >= len(asked)
        async with as_app(database, None) as connection:
            ours = await answers(connection, asked, OURS)
        async with await database.connect("projector") as connection:
            await connection.execute(forgetful.encode())
            both = await answers(connection, asked, OURS)
        assert both != ours, "the filter is still there"
        async with as_app(database, None) as connection:
            assert await answers(connection, asked, OURS) == ours


@every_model
@proves("tenant.isolation")
async def test_a_question_that_does_not_set_the_tenant_answers_nothing(database: Database, model: ReadModel) -> None:
    silent, taken = re.subn(
        r"perform set_config\('annals\.tenant', _tenant::text, true\);",
        "",
        model.functions,
    )
    async with filled(database):
        asked = await questions(database, model)
        assert taken == len(asked)
        async with await database.connect("projector") as connection:
            await connection.execute(silent.encode())
        for name, values in asked.items():
            with pytest.raises(psycopg.errors.UndefinedObject):
                async with as_app(database, None) as connection:
                    await answer(connection, name, OURS, values)


@proves("tenant.isolation")
async def test_questions_of_many_tenants_that_are_asked_as_one_are_answered_apart(database: Database) -> None:
    async with filled(database), asking(database) as ask:
        tenants = [OURS, THEIRS, TenantId(uuid4())] * 30
        values = ("1", "1", None, None, None, None, 100)
        answers = await asyncio.gather(
            *(ask(roster.MODEL, "roster_by_learner", tenant, values, 0) for tenant in tenants)
        )
        counts = [len(msgspec.json.decode(page)) for _, page in answers]
        assert counts == [1, 1, 0] * 30
