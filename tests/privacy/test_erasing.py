"""Who is erased is shown nowhere any more: every read model that shows what people say forgets it at the same fact."""

from __future__ import annotations

import secrets
from uuid import uuid4

import psycopg
import pytest

from application.catalogue import CATALOGUE, type_name
from application.erasing import PAGES, parts
from domain.kernel import PersonId
from domain.privacy.subject import SUBJECT, AskErasure, Command, LiftHold, Settle, TellKeyDestroyed
from projections.model import ReadModel, models
from tests.followers.running import TENANT, caller, caught_up, rows
from tests.identity.peopled import living
from tests.privacy.told import confided, tell
from tests.proves import proves
from tests.servers import Database
from tests.values import TIMES

SHOWING = [model for model in models() if model.personal]
SHOWS_NOTHING = {"enrollments.roster"}
"""Models that hear facts with personal data, and keep none of it."""


def hears_personal_data(model: ReadModel) -> bool:
    return any(type_name(type_) in CATALOGUE.personal for type_ in model.types)


def test_what_hears_personal_data_says_where_it_keeps_it_and_how_it_forgets_it() -> None:
    assert {model.name for model in models() if hears_personal_data(model)} - SHOWS_NOTHING == {
        model.name for model in SHOWING
    }


def test_every_context_that_keeps_something_of_people_has_to_say_that_it_has_nothing_left() -> None:
    assert {model.name.partition(".")[0] for model in SHOWING} < set(parts())
    assert parts()[-1] == PAGES


async def said(database: Database, text: str) -> set[str]:
    """The tables of read models of which some row says it."""
    tables = await rows(
        database,
        "select format('%%I.%%I', schemaname, tablename) from pg_tables where tableowner = 'annals_projector'",
    )
    found: set[str] = set()
    for (table,) in tables:
        asked = f"select exists (select from {table} t where strpos(t::text, %s) > 0)"  # noqa: S608 — the names are ours
        if await rows(database, asked, (text,)) == [(True,)]:
            found.add(table)
    return found


@proves("privacy.delete_all")
async def test_all_of_them_forget_at_the_same_fact_and_others_are_still_shown(database: Database) -> None:
    ada, bob = PersonId(str(uuid4())), PersonId(str(uuid4()))
    canary, bobs = secrets.token_hex(32), secrets.token_hex(32)
    declared = {f"{model.schema}.{one.table}" for model in SHOWING for one in model.personal}
    async with living(database, *SHOWING) as (do, _, vault):
        for person, text in ((ada, canary), (bob, bobs)):
            await tell(do, TENANT, person, confided(person, text))
        for model in SHOWING:
            await caught_up(database, model.name)
        assert await said(database, canary) == await said(database, bobs) == declared
        held = await do.look(TENANT, SUBJECT.at(ada))
        asked: tuple[Command, ...] = (*(LiftHold(hold) for _, hold in held.holds), AskErasure(ada, parts()))
        for command in asked:
            await do(SUBJECT.at(ada), command, caller())
        await vault.destroy(TENANT, ada)
        for command in (TellKeyDestroyed(TIMES[0]), Settle()):
            await do(SUBJECT.at(ada), command, caller())
        for model in SHOWING:
            await caught_up(database, model.name)
        assert await said(database, canary) == set()
        assert await said(database, bobs) == declared


async def test_postgres_gathers_no_statistics_of_what_people_say(database: Database) -> None:
    async with living(database, *SHOWING):
        gathered = await rows(
            database,
            "select attrelid::regclass::text, attname, attstattarget from pg_attribute "
            "where attnum > 0 and attstattarget = 0 and not attisdropped",
        )
    columns = {
        (f"{model.schema}.{one.table}", column) for model in SHOWING for one in model.personal for column in one.columns
    }
    assert {(table, column) for table, column, _ in gathered} == columns


async def test_of_a_command_nothing_but_where_it_came_from_is_ever_taken_out(database: Database) -> None:
    async with living(database) as (do, _, _vault):
        await do(SUBJECT.at("ada"), AskErasure(PersonId("ada"), ()), caller())
    before = "select id, name, by, stream, version, position, at from ledger.commands order by position"
    kept = await rows(database, before)
    with psycopg.connect(database.dsn("projector"), autocommit=True) as projector:
        found = projector.execute("select ledger.forget_origins(%s, 'ada', '{}')", (TENANT,)).fetchone()
        assert found == (0,), "nobody said where it came from"
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            projector.execute("update ledger.commands set origin = null")
    with (
        psycopg.connect(database.dsn("app"), autocommit=True) as app,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        app.execute("select ledger.forget_origins(%s, 'ada', '{}')", (TENANT,))
    with (
        psycopg.connect(database.url, autocommit=True) as superuser,
        pytest.raises(psycopg.errors.InsufficientPrivilege, match="never changed"),
    ):
        superuser.execute("update ledger.commands set origin = null")
    assert await rows(database, before) == kept
