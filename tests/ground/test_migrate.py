"""Migrating: who may, how often, and what each role can then do."""

from __future__ import annotations

from collections.abc import Callable

import psycopg
import pytest

from adapters.postgres.connect import Role
from adapters.postgres.migrate import MigrationFailed, migrate, rollback
from tests.servers import Database, running_postgres


def test_migrating_again_changes_nothing_and_what_was_taken_back_can_be_made_again(database: Database) -> None:
    migrate(database.url)
    with psycopg.connect(database.url) as connection:
        row = connection.execute("select count(*) from annals.schema_migrations").fetchone()
    assert row is not None
    for _ in range(row[0]):
        rollback(database.url)
    with psycopg.connect(database.url) as connection:
        assert connection.execute("select to_regnamespace('ledger')").fetchone() == (None,)
    migrate(database.url)
    with psycopg.connect(database.url) as connection:
        assert connection.execute("select position from ledger.log_head").fetchall() == [(0,)]


def test_the_number_of_logs_is_chosen_once(database_of: Callable[[int], Database]) -> None:
    database = database_of(3)
    with psycopg.connect(database.url) as connection:
        assert connection.execute("select count(*) from ledger.log_head").fetchone() == (3,)
    with pytest.raises(MigrationFailed, match=r"made with 3 log\(s\), not 2"):
        migrate(database.url, 2)


def test_a_login_that_is_no_superuser_but_owns_the_database_can_migrate_it() -> None:
    with running_postgres() as postgres:
        with psycopg.connect(postgres.server.url, autocommit=True) as connection:
            connection.execute("create role somebody login createrole")
            connection.execute("create database theirs owner somebody")
        url = postgres.server.database_url("theirs").replace("postgres:@", "somebody:@")
        migrate(url, 2)
        migrate(url, 2)
        with psycopg.connect(url) as connection:
            connection.execute("set role annals_app")
            assert connection.execute("select count(*) from ledger.facts").fetchone() == (0,)


def test_a_database_that_is_not_there_is_a_clear_error(database: Database) -> None:
    with pytest.raises(MigrationFailed, match="does not exist"):
        migrate(database.url.replace(database.name, "nowhere"))


@pytest.mark.parametrize("role", ["app", "projector", "auditor"])
@pytest.mark.parametrize(
    "statement",
    [
        "insert into ledger.log_head values (9, 0)",
        "update ledger.log_head set position = 0",
        "insert into ledger.facts (log) values (0)",
        "delete from ledger.facts",
        "truncate ledger.facts_0",
        "delete from ledger.commands",
        "drop schema ledger cascade",
        "select ledger.open_logs(1)",
        "create table public.mine ()",
        "alter table ledger.facts disable trigger all",
    ],
)
async def test_no_role_of_a_process_can_change_the_ledger_around_its_door(
    database: Database, role: Role, statement: str
) -> None:
    async with await database.connect(role) as connection:
        with pytest.raises((psycopg.errors.InsufficientPrivilege, psycopg.errors.ReadOnlySqlTransaction)):
            await connection.execute(statement.encode())


async def test_the_owner_itself_cannot_change_a_fact(database: Database) -> None:
    async with await database.connect("owner") as connection:
        for statement in (
            "delete from ledger.facts",
            "update ledger.facts_0 set version = 2",
            "truncate ledger.commands",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege, match="never changed"):
                await connection.execute(statement.encode())


async def test_every_table_and_function_belongs_to_the_owner_and_none_is_for_everyone(database: Database) -> None:
    async with await database.connect() as connection:
        cursor = await connection.execute(
            "select c.relname, r.rolname from pg_class c join pg_namespace n on n.oid = c.relnamespace "
            "join pg_roles r on r.oid = c.relowner where n.nspname = 'ledger' and r.rolname <> 'annals_owner'"
        )
        assert await cursor.fetchall() == []
        cursor = await connection.execute(
            "select p.proname from pg_proc p join pg_namespace n on n.oid = p.pronamespace "
            "where n.nspname = 'ledger' and has_function_privilege('public', p.oid, 'execute')"
        )
        assert await cursor.fetchall() == []
