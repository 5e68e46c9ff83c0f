"""Facts with personal data, from Do to read models: opened for whoever must read them, erased with their key."""

from __future__ import annotations

import asyncio
from base64 import b64encode
from collections.abc import AsyncGenerator, Generator, Iterator, Sequence
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import pytest
from msgspec.structs import replace

from adapters.jobs import PostgresJobs
from adapters.postgres.followers.hearing import Hearing
from adapters.postgres.followers.projector import Projector, install
from adapters.postgres.followers.reactor import Reactor
from adapters.postgres.followers.rebuild import rebuild, verify
from adapters.postgres.followers.watch import HeadWatch
from adapters.postgres.ledger import PostgresLedger
from adapters.postgres.vault import PostgresVault
from application.catalogue import Undecodable
from application.do import Do
from application.ledger import Recorded, RepeatedRefusal
from application.policies import Bound, Policy
from application.sealing import ERASED
from domain.kernel import PersonId, Rejected
from projections.model import ReadModel, Statement
from tests.diary import DIARY, Confide, Confided, Introduce, Introduced, diary_is_known
from tests.followers.running import caller, caught_up, following, rows, until
from tests.servers import Database
from tests.vault.opening import TENANT, vault_on

ADA = PersonId("ada")
BOB = PersonId("bob")
ADAS = DIARY.at("ada")
BOBS = DIARY.at("bob")
CANARY = "canary-7f3a9c51e8d24b60a1c5f2e9d"


@pytest.fixture(autouse=True)
def known() -> Generator[None]:
    with diary_is_known():
        yield


def project(fact: Recorded[Any]) -> Iterator[Statement]:
    match fact.event:
        case Introduced(person, name):
            yield "insert into told values (%s, %s, %s, %s)", (fact.tenant, person, fact.version, name)
        case Confided(writer, secret):
            yield "insert into told values (%s, %s, %s, %s)", (fact.tenant, writer, fact.version, secret)
        case _:
            raise AssertionError(fact.event)


TOLD = ReadModel(
    name="diary.told",
    version=1,
    tables="""
create table told (
  tenant uuid not null,
  person text not null,
  version int not null,
  said text,
  primary key (tenant, person, version)
);
""",
    questions="",
    types=(Introduced, Confided),
    project=project,
)


async def told(database: Database) -> list[tuple[Any, ...]]:
    return await rows(database, "select person, said from diary_told.told order by person, version")


@asynccontextmanager
async def writing(database: Database, vault: PostgresVault) -> AsyncGenerator[Do]:
    """A `Do` that remembers nothing yet."""
    async with PostgresLedger(lambda: database.connect("app"), 1) as ledger:
        yield Do(ledger, vault)


@asynccontextmanager
async def projecting(database: Database, vault: PostgresVault) -> AsyncGenerator[None]:
    async with await database.connect("projector") as connection:
        await install(connection, TOLD)
    async with following(database, Projector(TOLD, keys=vault)):
        yield


async def tell(do: Do) -> None:
    await do(ADAS, Introduce(ADA, "Ada Lovelace", "Lady"), caller())
    await do(ADAS, Confide(ADA, "dreams of engines"), caller())
    await do(ADAS, Confide(ADA, None), caller())
    await do(BOBS, Introduce(BOB, "Bob"), caller())


HIDDEN = (CANARY.encode().hex(), b64encode(CANARY.encode())[:-4].decode(), CANARY)


async def places_of_the_canary(database: Database) -> list[str]:
    """Every table of which some row shows it: as it is, or in hexadecimal or base64."""
    tables = await rows(
        database,
        "select format('%%I.%%I', schemaname, tablename) from pg_tables "
        "where schemaname not in ('pg_catalog', 'information_schema') order by 1",
    )
    return [
        table
        for (table,) in tables
        for (found,) in await rows(
            database,
            f"select count(*) from {table} t where t::text ilike any (%s)",  # noqa: S608 — the names are Postgres'
            ([f"%{text}%" for text in HIDDEN],),
        )
        if found
    ]


async def test_what_is_personal_can_be_read_nowhere(database: Database) -> None:
    async with vault_on(database) as vault, writing(database, vault) as do:
        await do(ADAS, Introduce(ADA, CANARY, CANARY), caller())
        await do(ADAS, Confide(ADA, f"my {CANARY}"), caller())
        await vault.keep(TENANT, ADA, "password", CANARY.encode())
        assert await rows(database, "select count(*) from ledger.facts") == [(2,)]
        assert await places_of_the_canary(database) == []
        await do(ADAS, Introduce(ADA, "Ada", None, CANARY), caller())
    assert "ledger.facts" in await places_of_the_canary(database), "what is not personal is found, so it was looked for"


async def test_the_ledger_shows_sealed_text_and_nothing_where_nothing_was_said(database: Database) -> None:
    async with vault_on(database) as vault, writing(database, vault) as do:
        await tell(do)
    shown = await rows(
        database,
        "select data->>'name' like 'sealed:%%', data->>'nickname' like 'sealed:%%', data->>'secret' like 'sealed:%%', "
        "data->>'language' from ledger.facts order by position",
    )
    assert shown == [
        (True, True, None, "en"),
        (None, None, True, None),
        (None, None, None, None),
        (True, None, None, "en"),
    ]


async def test_a_stream_is_folded_as_it_was_told_and_as_erased_when_it_was(database: Database) -> None:
    async with vault_on(database) as vault:
        async with writing(database, vault) as do:
            await do(ADAS, Introduce(ADA, "Ada"), caller())
        async with writing(database, vault) as do:
            assert (await do(ADAS, Confide(ADA, "abc"), caller())).version == 1, "as long as the name, so nothing new"
            assert (await do(ADAS, Confide(ADA, "abcd"), caller())).version == 2
        await vault.destroy(TENANT, ADA)
        async with writing(database, vault) as do:
            same_length = "x" * len(ERASED)
            assert (await do(ADAS, Confide(ADA, same_length), caller())).version == 2


async def test_of_an_erased_person_nothing_more_is_said_and_that_is_kept(database: Database) -> None:
    async with vault_on(database) as vault, writing(database, vault) as do:
        await tell(do)
        await vault.destroy(TENANT, ADA)
        again = replace(caller(), command=uuid4())
        for kind in (Rejected, RepeatedRefusal):
            with pytest.raises(kind, match="were erased") as no:
                await do(ADAS, Confide(ADA, "and yet"), again)
            assert no.value.code == "person.erased"
        assert (await do(ADAS, Confide(ADA, None), caller())).version == 4, "what says nothing of her may be kept"
    ((outcome, version),) = await rows(
        database, "select outcome, version from ledger.commands where id = %s", (again.command,)
    )
    assert (outcome, version) == ("refused", 3)


async def test_several_people_are_written_of_at_once(database: Database) -> None:
    async with vault_on(database) as vault, projecting(database, vault), writing(database, vault) as do:
        steps = ((ADAS, Introduce(ADA, "Ada")), (BOBS, Introduce(BOB, "Bob")), (ADAS, Confide(ADA, "a secret")))
        await do.together(*steps, caller=caller())
        await caught_up(database, TOLD.name)
    assert await told(database) == [("ada", "Ada"), ("ada", "a secret"), ("bob", "Bob")]


async def test_a_read_model_is_told_and_is_rebuilt_without_the_erased(database: Database) -> None:
    async def connect() -> Any:
        return await database.connect("projector")

    async with vault_on(database) as vault, projecting(database, vault), writing(database, vault) as do:
        await tell(do)
        await caught_up(database, TOLD.name)
        before = [("ada", "Ada Lovelace"), ("ada", "dreams of engines"), ("ada", None), ("bob", "Bob")]
        assert await told(database) == before
        assert all(checked.equal for checked in await verify(connect, TOLD, vault))
        await vault.destroy(TENANT, ADA)
        assert not all(checked.equal for checked in await verify(connect, TOLD, vault))
        await rebuild(connect, TOLD, vault)
        assert await told(database) == [("ada", ERASED), ("ada", ERASED), ("ada", None), ("bob", "Bob")]
        assert all(checked.equal for checked in await verify(connect, TOLD, vault))


async def test_policies_are_shown_what_was_said(database: Database) -> None:
    heard: list[str] = []

    async def when_introduced_greet(introduced: Recorded[Introduced], do: Bound) -> None:
        heard.append(introduced.event.name)
        await do(BOBS, Confide(BOB, f"I know {introduced.event.name}"))

    policy = Policy("diary", "when_introduced_greet", Introduced, when_introduced_greet)
    async with vault_on(database) as vault, writing(database, vault) as do:
        reactor = Reactor("diary", [policy], do, PostgresJobs(), vault)
        await do(ADAS, Introduce(ADA, "Ada"), caller())
        async with following(database, reactor), projecting(database, vault):
            await caught_up(database, reactor.name)
            await caught_up(database, TOLD.name)
    assert heard == ["Ada"]
    assert await told(database) == [("ada", "Ada"), ("bob", "I know Ada")]


async def test_what_cannot_be_opened_is_parked_and_hides_no_neighbour(database: Database) -> None:
    heard: list[Any] = []

    def hear(facts: Sequence[Recorded[Any]]) -> None:
        heard.extend(fact.event for fact in facts)

    async def connect() -> Any:
        return await database.connect("app")

    async with vault_on(database) as vault, writing(database, vault) as do:
        await do(ADAS, Introduce(ADA, "Ada"), caller())
        await do(BOBS, Introduce(BOB, "Bob"), caller())
    await rows(database, "delete from vault.keys where person = 'ada' returning 1")
    async with vault_on(database) as vault, projecting(database, vault), HeadWatch(connect) as watch:
        listening = asyncio.create_task(
            Hearing(connect, 0, watch, (Introduced, Confided), hear, vault).run(0), name="hearing"
        )

        async def both_heard() -> bool:
            return len(heard) == len(("ada", "bob"))

        await until(both_heard)
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)
        await caught_up(database, TOLD.name)
    lost, bob = heard
    assert isinstance(lost, Undecodable)
    assert "no key for name" in lost.error
    assert bob == Introduced(BOB, "Bob")
    assert await told(database) == [("bob", "Bob")]
    ((parked, why),) = await rows(database, "select stream, error from followers.parked where error is not null")
    assert parked == "diary:ada"
    assert "no key for name" in why


async def test_nobody_hears_personal_data_without_its_keys(database: Database) -> None:
    async def connect() -> Any:
        return await database.connect("app")

    with pytest.raises(TypeError, match="needs the keys"):
        Hearing(connect, 0, HeadWatch(connect), (Introduced,), lambda _: None)
