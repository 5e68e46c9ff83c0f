"""Personal data through the doors beside the API: the synchronous one, and the library's."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager

import pytest
from eventsourcing.application import Application

from adapters.eventsourcing import Told
from adapters.postgres.ledger import PostgresLedger
from application.catalogue import Unrecordable
from application.do import Do
from application.door import Door
from application.sealing import ERASED
from domain.kernel import PersonId
from tests.diary import DIARY, Confide, Introduce, Introduced, diary_is_known
from tests.followers.running import caller, rows
from tests.ledger.asking import TENANT as LIBRARYS
from tests.ledger.test_eventsourcing import environment
from tests.servers import Database
from tests.vault.opening import KEY, OTHER_KEY, vault_on

ADA = PersonId("ada")
ADAS = DIARY.at("ada")


@pytest.fixture(autouse=True)
def known() -> Generator[None]:
    with diary_is_known():
        yield


def test_the_synchronous_door_seals_and_opens(database: Database) -> None:
    @asynccontextmanager
    async def open_do() -> AsyncGenerator[Do]:
        async with vault_on(database) as vault, PostgresLedger(lambda: database.connect("app"), 1) as ledger:
            yield Do(ledger, vault)

    with Door(open_do) as do:
        do(ADAS, Introduce(ADA, "Ada"), caller())
    with Door(open_do) as do:
        assert do(ADAS, Confide(ADA, "abc"), caller()).version == 1, "as long as the name, so nothing new"


async def test_the_library_seals_and_opens(database: Database) -> None:
    told = environment(
        database,
        ORIGINATOR_ID_TYPE="text",
        MAPPER_TOPIC="adapters.eventsourcing:FactMapper",
        ANNALS_VAULT_KEY=OTHER_KEY,
        ANNALS_VAULT_KEY_BEFORE=KEY,
    )
    with Application[str](env=told) as app:
        ada = Told("diary:ada", 1, Introduced(ADA, "Ada"))
        app.events.put([ada])
        assert list(app.events.get("diary:ada")) == [ada]
    assert await rows(database, "select data->>'name' like 'sealed:%%' from ledger.facts") == [(True,)]
    async with vault_on(database, OTHER_KEY) as vault:
        await vault.destroy(LIBRARYS, ADA)
    with Application[str](env=told) as app:
        assert list(app.events.get("diary:ada")) == [Told("diary:ada", 1, Introduced(ADA, ERASED))]


def test_without_a_key_the_library_writes_no_personal_data(database: Database) -> None:
    told = environment(database, ORIGINATOR_ID_TYPE="text", MAPPER_TOPIC="adapters.eventsourcing:FactMapper")
    with Application[str](env=told) as app, pytest.raises(Unrecordable, match="no keys to seal"):
        app.events.put([Told("diary:ada", 1, Introduced(ADA, "Ada"))])
