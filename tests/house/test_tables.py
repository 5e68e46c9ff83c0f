"""What the tables of read models look like in Postgres, whatever their modules say."""

from __future__ import annotations

from typing import Any

from projections.model import models
from tests.followers.running import make_models, rows
from tests.proves import proves
from tests.servers import Database

OPEN = """
select n.nspname || '.' || c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
where n.nspname = any (%s) and c.relkind in ('r', 'p') and not (c.relrowsecurity and c.relforcerowsecurity
  and exists (select from pg_policy p where p.polrelid = c.oid))
"""
NOT_BY_TENANT = """
select i.indexrelid::regclass::text from pg_index i
join pg_class c on c.oid = i.indrelid join pg_namespace n on n.oid = c.relnamespace
join pg_attribute a on a.attrelid = c.oid and a.attnum = i.indkey[0]
where n.nspname = any (%s) and a.attname <> 'tenant'
"""
WITHOUT_KEY = """
select n.nspname || '.' || c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
where n.nspname = any (%s) and c.relkind in ('r', 'p')
  and not exists (select from pg_index i where i.indrelid = c.oid and i.indisprimary)
"""
RULES = (OPEN, NOT_BY_TENANT, WITHOUT_KEY)


async def found(database: Database, question: str) -> list[tuple[Any, ...]]:
    return await rows(database, question, ([model.schema for model in models()],))


@proves("es.cqrs_split")
async def test_every_table_of_a_read_model_is_kept_by_tenant(database: Database) -> None:
    await make_models(database)
    for rule in RULES:
        assert await found(database, rule) == []


async def test_a_table_that_is_not_is_noticed(database: Database) -> None:
    await make_models(database)
    schema = models()[0].schema
    async with await database.connect() as connection:
        await connection.execute(f"create table {schema}.planted (learner text, tenant uuid)".encode())
        await connection.execute(f"create index planted_by_learner on {schema}.planted (learner)".encode())
    assert await found(database, OPEN) == [(f"{schema}.planted",)]
    assert await found(database, WITHOUT_KEY) == [(f"{schema}.planted",)]
    assert await found(database, NOT_BY_TENANT) == [(f"{schema}.planted_by_learner",)]
