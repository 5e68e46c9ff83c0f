"""What the tables of read models look like in Postgres, whatever their modules say."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import psycopg
import pytest

from projections.model import models
from tests.followers.running import make_models
from tests.proves import proves
from tests.servers import Database

TABLES = """
pg_class c join pg_namespace n on n.oid = c.relnamespace
where n.nspname = any (%(schemas)s) and c.relkind in ('r', 'p')
"""
APP = "(select oid from pg_roles where rolname = 'annals_app')"

RULES = {
    "row-level security is on and forced": """
        select n.nspname || '.' || c.relname from TABLES and not (c.relrowsecurity and c.relforcerowsecurity)
    """,
    "the app sees the rows of the tenant that is set": """
        select n.nspname || '.' || c.relname from TABLES and not exists (
          select from pg_policy p where p.polrelid = c.oid and APP = any (p.polroles) and p.polcmd = 'r'
        )
    """,
    "the app sees no others": """
        select n.nspname || '.' || c.relname from TABLES and exists (
          select from pg_policy p, unnest(p.polroles) as r
          where p.polrelid = c.oid and (r = 0 or pg_has_role('annals_app', r, 'member'))
            and pg_get_expr(p.polqual, p.polrelid) is distinct from
              '(tenant = (current_setting(''annals.tenant''::text))::uuid)'
        )
    """,
    "no right but to read is the app's": """
        select n.nspname || '.' || c.relname from TABLES
          and has_table_privilege('annals_app', c.oid, 'insert, update, delete, truncate, references, trigger')
    """,
    "the owner is none the app can become": """
        select n.nspname || '.' || c.relname from TABLES and pg_has_role('annals_app', c.relowner, 'member')
    """,
    "every table has a key": """
        select n.nspname || '.' || c.relname from TABLES
          and not exists (select from pg_index i where i.indrelid = c.oid and i.indisprimary)
    """,
    "every key and index begins with the tenant": """
        select i.indexrelid::regclass::text from pg_index i
        join pg_class c on c.oid = i.indrelid join pg_namespace n on n.oid = c.relnamespace
        left join pg_attribute a on a.attrelid = c.oid and a.attnum = i.indkey[0]
        where n.nspname = any (%(schemas)s) and a.attname is distinct from 'tenant'
    """,
    "questions and views see what who asks may see": """
        select p.oid::regprocedure::text from pg_proc p join pg_namespace n on n.oid = p.pronamespace
        where n.nspname = any (%(schemas)s) and p.prosecdef
        union all
        select n.nspname || '.' || c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where n.nspname = any (%(schemas)s) and (
          c.relkind = 'm' or c.relkind = 'v'
            and not coalesce(c.reloptions, '{}') && '{security_invoker=true,security_invoker=on}'
        )
    """,
    "nobody who serves is above row-level security": """
        select rolname from pg_roles where rolname like 'annals%%' and (rolbypassrls or rolsuper)
    """,
    "what the projector owns is in the schema of a read model": """
        select n.nspname || '.' || c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where c.relkind in ('r', 'p', 'm') and pg_get_userbyid(c.relowner) = 'annals_projector'
          and not n.nspname = any (%(schemas)s)
    """,
}

BREACHES = {
    "row-level security is on and forced": "alter table {table} no force row level security",
    "the app sees the rows of the tenant that is set": "drop policy seen on {table}",
    "the app sees no others": "create policy wide on {table} for select using (true)",
    "no right but to read is the app's": "grant update on {table} to annals_app",
    "the owner is none the app can become": "alter table {table} owner to annals_app",
    "every table has a key": "create table {schema}.planted (tenant uuid, learner text)",
    "every key and index begins with the tenant": "create unique index planted on {table} (learner)",
    "questions and views see what who asks may see": "create view {schema}.planted as select * from {table}",
    "nobody who serves is above row-level security": "alter role annals_app bypassrls",
    "what the projector owns is in the schema of a read model": (
        "create schema planted; create table planted.rows (tenant uuid); "
        "alter table planted.rows owner to annals_projector"
    ),
}


@asynccontextmanager
async def looking(database: Database) -> AsyncGenerator[psycopg.AsyncConnection[Any]]:
    """A connection as superuser on which nothing lasts."""
    async with await database.connect() as connection, connection.transaction(force_rollback=True):
        yield connection


async def found(connection: psycopg.AsyncConnection[Any], rule: str) -> list[str]:
    """What breaks a rule."""
    schemas = [model.schema for model in models()]
    asked = RULES[rule].replace("TABLES", TABLES).replace("APP", APP)
    cursor = await connection.execute(asked.encode(), {"schemas": schemas})
    return [name for (name,) in await cursor.fetchall()]


@proves("es.cqrs_split", "tenant.isolation")
async def test_every_table_of_a_read_model_is_kept_by_tenant(database: Database) -> None:
    await make_models(database)
    async with looking(database) as connection:
        assert {rule: await found(connection, rule) for rule in RULES} == {rule: [] for rule in RULES}


@pytest.mark.parametrize("rule", RULES)
@proves("tenant.isolation")
async def test_a_table_that_is_not_is_noticed(database: Database, rule: str) -> None:
    await make_models(database)
    async with looking(database) as connection:
        planted = BREACHES[rule].format(table="enrollments_roster.roster", schema="enrollments_roster")
        await connection.execute(planted.encode())
        assert await found(connection, rule)
