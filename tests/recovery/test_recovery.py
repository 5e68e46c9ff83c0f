"""Everything that Postgres had is destroyed under load, and restored: nothing that was acknowledged is lost."""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path

import psycopg
import pytest

from adapters.postgres.connect import connect, lending
from adapters.postgres.followers.projector import tables_of
from adapters.postgres.followers.rebuild import verify
from adapters.postgres.vault import PostgresVault
from api.proving import public_keys
from api.witness import Folder, Witness
from projections.model import ReadModel, models
from tests.faults.agreeing import caught_up, column
from tests.faults.client import check
from tests.faults.processes import eventually
from tests.ground.ups import up
from tests.proves import proves
from tests.recovery.loads import copied, database_in, destroy, drilled, load_on, restored, settings_of
from tests.servers import Database, folder

pytestmark = pytest.mark.long
FEW = 3
QUIET = {"RATE_LIMIT_ENABLED": "false", "LOG_LEVEL": "warning"}


async def has_rows(database: Database, model: ReadModel) -> bool:
    async with await connect(database.url) as connection:
        for table in await tables_of(connection, model.schema):
            if (
                await (await connection.execute(f'table "{model.schema}"."{table}" limit 1'.encode())).fetchone()
                is not None
            ):
                return True
    return False


async def models_are_equal(database: Database, data: Path) -> None:
    """Every read model has come to the end of the ledger, and those that show anything are what the facts add up to."""
    async with await connect(database.url) as connection:
        (head,) = await column(connection, "select position from ledger.log_head")
    await eventually(lambda: caught_up(database, head), 60)
    vault = PostgresVault(lending(database.dsn("projector")), settings_of(data).vault_key)
    shown = [model for model in models() if await has_rows(database, model)]
    assert len(shown) > FEW
    for model in shown:
        found = await verify(lambda: connect(database.dsn("projector")), model, vault)
        assert all(one.equal for one in found), model.name


@pytest.mark.timeout(600)
@proves("data.backup")
async def test_a_data_directory_that_is_gone_is_restored_and_nothing_acknowledged_is_lost(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with folder() as place:
        data, backups = place / "data", place / "backups"
        with up(data, BACKUP_FOLDER=str(backups), **QUIET) as first:
            await copied(backups)
            await drilled(backups)
            database = database_in(data)
            witness = Witness(
                "witness.example", Folder(place / "seen"), "annals", tuple(public_keys(settings_of(data)))
            )
            async with load_on(first) as load:
                with psycopg.connect(database.dsn("witness"), autocommit=True) as connection:
                    assert witness.look(connection) == []
                await load.client.acknowledged(100)
                acknowledged = load.acknowledged
                died = await asyncio.to_thread(destroy, first, data)
            notes = [word for note in (place / "seen").glob("*.note") for word in ("--seen", str(note))]
            assert notes
            did = await asyncio.to_thread(lambda: restored(backups, data, *notes))
        with up(data, BACKUP_FOLDER=str(backups), **QUIET) as second:
            load.url = second.url
            await load.client.settle()
            back = time.monotonic() - died
            database = database_in(data)
            await check(database.url, load.client.intents)
            with psycopg.connect(database.dsn("witness"), autocommit=True) as connection:
                assert witness.look(connection) == []
            await models_are_equal(database, data)
    drill = did["seconds"]
    with capsys.disabled():
        print(  # noqa: T201 — what was measured is to be read
            f"\nRPO 0: of {acknowledged} acknowledged commands none is lost. "
            f"RTO {back:.1f} s from the kill to the last answer: {json.dumps(drill)}"
        )
