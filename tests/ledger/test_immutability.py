"""What was decided is never changed: not by a role that may only read, and not by the owner of the tables."""

from __future__ import annotations

import psycopg
import pytest

from adapters.postgres.connect import ROLES, Role
from tests.ledger.asking import entry, ledger_on, one
from tests.proves import proves
from tests.servers import Database

TABLES = ("facts", "facts_0", "commands", "commands_0")
CHANGES = (
    "update ledger.{} set by = 'nobody'",
    "delete from ledger.{}",
    "truncate ledger.{}",
    "update ledger.{} set by = 'nobody' where false",
)

COUNT = "select count(*) from ledger.{} where by = 'ada'"
COPY_ROW = "insert into ledger.{0} select * from ledger.{0}"


@proves("es.store")
@pytest.mark.parametrize("role", [*ROLES, None])
async def test_nobody_changes_what_was_decided(database: Database, role: Role | None) -> None:
    async with ledger_on(database.dsn("app")) as ledger:
        await ledger.append(entry("enrollment:art:ada"))
    async with await database.connect(role) as connection:
        if role == "auditor":
            await connection.execute("set default_transaction_read_only = off")
        for table in TABLES:
            for change in CHANGES:
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    await connection.execute(change.format(table).encode())
    for table in TABLES:
        assert await one(database.url, COUNT.format(table)) == 1


@pytest.mark.parametrize("role", ["app", "projector", "auditor"])
async def test_nobody_writes_past_the_function(database: Database, role: Role) -> None:
    async with await database.connect(role) as connection:
        if role == "auditor":
            await connection.execute("set default_transaction_read_only = off")
        for table in (*TABLES, "log_head"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                await connection.execute(COPY_ROW.format(table).encode())
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            await connection.execute("update ledger.log_head set position = 7")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            await connection.execute("alter table ledger.facts disable trigger all")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            await connection.execute("drop table ledger.facts_0")


@pytest.mark.parametrize("role", ["projector", "auditor"])
async def test_only_the_app_appends(database: Database, role: Role) -> None:
    async with await database.connect(role) as connection:
        cursor = await connection.execute(
            "select has_function_privilege(p.oid, 'execute') from pg_proc p where proname = 'append_batch'"
        )
        assert await cursor.fetchall() == [(False,)]
