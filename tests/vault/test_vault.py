"""The vault: one key a person, secrets that come back as they were, and nothing of use without the master key."""

from __future__ import annotations

import asyncio
import os
from contextlib import AsyncExitStack
from uuid import UUID, uuid4

import psycopg
import pytest

from adapters.embedded.postgres import EmbeddedPostgres
from adapters.postgres import vault as vault_module
from adapters.postgres.connect import Role
from adapters.postgres.vault import REMEMBERED_MAX, REMEMBERED_S, BrokenVault, WrongKey
from api.cli import main
from application.ledger import Unavailable
from domain.kernel import Rejected
from tests.followers.running import rows
from tests.proves import proves
from tests.servers import Database
from tests.vault.opening import KEY, OTHER, OTHER_KEY, TENANT, vault_on


async def test_fifty_who_race_for_the_first_use_get_one_key(database: Database) -> None:
    async with AsyncExitStack() as stack:
        vaults = [await stack.enter_async_context(vault_on(database)) for _ in range(5)]
        asked = (vaults[n % 5].keys(TENANT, ["ada"], make=True) for n in range(50))
        keys = {found["ada"] for found in await asyncio.gather(*asked)}
    assert len(keys) == 1
    assert await rows(database, "select count(*) from vault.keys") == [(1,)]


async def test_many_who_ask_at_once_are_answered_together(database: Database) -> None:
    people = [f"person-{number}" for number in range(64)]
    async with vault_on(database) as vault:
        asked = (vault.keys(TENANT, [person], make=True) for person in people)
        found = [*await asyncio.gather(*asked)]
        assert [list(one) for one in found] == [[person] for person in people]
        assert len({one[person] for one, person in zip(found, people, strict=True)}) == 64
    # Whoever is made in one statement is made in one transaction.
    assert await rows(database, "select count(distinct xmin::text) from vault.keys") == [(1,)]


async def test_each_person_and_tenant_has_a_key_of_its_own(database: Database) -> None:
    async with vault_on(database) as vault:
        ours = await vault.keys(TENANT, ["ada", "bob", ""], make=True)
        theirs = await vault.keys(OTHER, ["ada"], make=True)
    keys = [*ours.values(), *theirs.values()]
    assert len(set(keys)) == len(keys) == 4
    assert all(key is not None and len(key) == 32 for key in keys)
    async with vault_on(database) as vault:
        assert await vault.keys(TENANT, ["bob", "ada", "", "eve"], make=False) == ours
        assert await vault.keys(OTHER, ["bob"], make=False) == {}


async def test_a_key_that_was_destroyed_is_gone_and_no_other_is_made(database: Database) -> None:
    async with vault_on(database) as vault:
        await vault.keys(TENANT, ["ada", "bob"], make=True)
        secret = await vault.keep(TENANT, "ada", "password", b"hash")
        await vault.destroy(TENANT, "ada")
        await vault.destroy(TENANT, "ada")
        await vault.destroy(TENANT, "never seen")
        assert await vault.keys(TENANT, ["ada", "never seen"], make=True) == {"ada": None, "never seen": None}
        assert await vault.look(TENANT, secret) is None
        with pytest.raises(Rejected, match="were erased"):
            await vault.keep(TENANT, "ada", "password", b"hash")
    kept = await rows(database, "select person, wrapped is null, destroyed_at is null from vault.keys order by person")
    assert kept == [("ada", True, False), ("bob", False, True), ("never seen", True, False)]
    assert await rows(database, "select count(*) from vault.secrets") == [(0,)]


async def test_a_key_destroyed_elsewhere_is_remembered_for_seconds_only(database: Database) -> None:
    seconds = [0.0]
    async with vault_on(database, now=lambda: seconds[0]) as vault, vault_on(database) as elsewhere:
        key = (await vault.keys(TENANT, ["ada"], make=True))["ada"]
        await elsewhere.destroy(TENANT, "ada")
        seconds[0] = REMEMBERED_S - 0.1
        assert await vault.keys(TENANT, ["ada"], make=False) == {"ada": key}
        seconds[0] = REMEMBERED_S
        assert await vault.keys(TENANT, ["ada"], make=False) == {"ada": None}


async def test_no_more_keys_are_remembered_than_there_is_room_for(database: Database) -> None:
    people = [str(number) for number in range(REMEMBERED_MAX + 1)]
    async with vault_on(database) as vault:
        first = await vault.keys(TENANT, people, make=True)
        await rows(database, "update vault.keys set wrapped = null, destroyed_at = now() returning 1")
        assert await vault.keys(TENANT, ["0", "1"], make=False) == {"0": None, "1": first["1"]}


async def test_a_key_is_read_with_the_master_key_it_was_wrapped_under_and_no_other(database: Database) -> None:
    async with vault_on(database) as vault:
        key = await vault.keys(TENANT, ["ada"], make=True)
        secret = await vault.keep(TENANT, "ada", "password", b"hash")
    async with vault_on(database, OTHER_KEY, [KEY]) as vault:
        assert await vault.keys(TENANT, ["ada"], make=True) == key
        assert await vault.look(TENANT, secret) == b"hash"
        await vault.check()
    async with vault_on(database, OTHER_KEY) as vault:
        with pytest.raises(WrongKey, match="opens with none of"):
            await vault.keys(TENANT, ["ada"], make=True)
        with pytest.raises(WrongKey, match="opens with none of"):
            await vault.check()


@proves("privacy.crypto_shred")
async def test_keys_are_wrapped_anew_and_what_they_sealed_stays_as_it_is(
    database: Database, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(vault_module, "AT_ONCE", 2)
    people = ["ada", "bob", "eve", "joe", "kim"]
    async with vault_on(database) as vault:
        keys = await vault.keys(TENANT, people, make=True)
        secret = await vault.keep(OTHER, "ada", "password", b"hash")
        await vault.destroy(TENANT, "kim")
    sealed = await rows(database, "select sealed from vault.secrets")
    async with vault_on(database, OTHER_KEY) as vault:
        with pytest.raises(WrongKey):
            await vault.rewrap()
    for name, value in (
        ("DATABASE_URL", database.url),
        ("ANNALS_VAULT_KEY", OTHER_KEY),
        ("ANNALS_VAULT_KEY_BEFORE", KEY),
    ):
        monkeypatch.setenv(name, value)
    for count in (5, 0):
        assert await asyncio.to_thread(main, ("vault", "rewrap")) == 0
        assert capsys.readouterr().out.startswith(f"{count} wrapped anew")
    async with vault_on(database, OTHER_KEY) as vault:
        assert await vault.keys(TENANT, people, make=False) == {**keys, "kim": None}
        assert await vault.look(OTHER, secret) == b"hash"
    assert await rows(database, "select sealed from vault.secrets") == sealed
    async with vault_on(database, KEY) as vault:
        with pytest.raises(WrongKey):
            await vault.keys(TENANT, people, make=False)
    monkeypatch.setenv("ANNALS_VAULT_KEY", KEY)
    monkeypatch.setenv("ANNALS_VAULT_KEY_BEFORE", "")
    assert await asyncio.to_thread(main, ("vault", "rewrap")) == 1
    assert "opens with none of" in capsys.readouterr().err


async def test_a_key_given_to_another_is_not_believed(database: Database) -> None:
    async with vault_on(database) as vault:
        await vault.keys(TENANT, ["ada", "bob"], make=True)
    await rows(
        database, "update vault.keys set wrapped = (select wrapped from vault.keys where person = 'ada') returning 1"
    )
    async with vault_on(database) as vault:
        with pytest.raises(WrongKey):
            await vault.keys(TENANT, ["bob"], make=False)


@pytest.mark.parametrize("secret", [b"", b"hash", os.urandom(100_000)], ids=["none", "few", "many"])
async def test_a_secret_comes_back_as_it_was(database: Database, secret: bytes) -> None:
    async with vault_on(database) as vault:
        of_ada = await vault.keep(TENANT, "ada", "password", secret)
        of_all = await vault.keep(TENANT, "", "provider", secret)
        assert await vault.look(TENANT, of_ada) == await vault.look(TENANT, of_all) == secret
        await vault.forget(TENANT, of_ada)
        await vault.forget(TENANT)
        assert await vault.look(TENANT, of_ada) is None
        assert await vault.look(TENANT, of_all) == secret


async def test_what_an_id_holds_it_holds_however_often_it_is_kept(database: Database) -> None:
    id_ = uuid4()
    async with vault_on(database) as vault:
        kept = await asyncio.gather(*(vault.keep(TENANT, "ada", "password", b"hash", id=id_) for _ in range(10)))
        assert set(kept) == {id_}
        assert await vault.keep(TENANT, "ada", "password", b"another", id=id_) == id_
        assert await vault.look(TENANT, id_) == b"hash"


async def test_a_secret_of_another_tenant_is_not_there(database: Database) -> None:
    async with vault_on(database) as vault:
        secret = await vault.keep(TENANT, "ada", "password", b"hash")
        assert await vault.look(OTHER, secret) is None
        await vault.forget(OTHER, secret)
        assert await vault.keep(OTHER, "ada", "password", b"theirs", id=secret) == secret
        assert await vault.look(TENANT, secret) == b"hash"
        assert await vault.look(OTHER, secret) == b"theirs"


@pytest.mark.parametrize("change", ["kind = 'token'", "id = gen_random_uuid()", "sealed = sealed || '\\x00'"])
async def test_a_secret_that_was_moved_or_changed_is_not_believed(database: Database, change: str) -> None:
    async with vault_on(database) as vault:
        await vault.keep(TENANT, "ada", "password", b"hash")
        ((id_,),) = await rows(database, f"update vault.secrets set {change} returning id")  # noqa: S608 — said above
        with pytest.raises(BrokenVault, match="not what was put there"):
            await vault.look(TENANT, UUID(str(id_)))


@pytest.mark.parametrize(
    ("role", "statement"),
    [
        ("app", "delete from vault.keys"),
        ("app", "truncate vault.secrets"),
        ("app", "update vault.secrets set sealed = ''"),
        ("projector", "select * from vault.secrets"),
        ("projector", "update vault.keys set wrapped = null, destroyed_at = now()"),
        ("projector", "select * from vault.revoked_tokens"),
        ("auditor", "select * from vault.keys"),
        ("auditor", "select * from vault.secrets"),
    ],
)
async def test_each_role_may_do_what_it_must_and_no_more(database: Database, role: Role, statement: str) -> None:
    async with await database.connect(role) as connection:
        with pytest.raises((psycopg.errors.InsufficientPrivilege, psycopg.errors.ReadOnlySqlTransaction)):
            await connection.execute(statement.encode())


async def test_a_projector_may_open_what_the_app_has_sealed(database: Database) -> None:
    async with vault_on(database) as vault, vault_on(database, role="projector") as projector:
        made = await vault.keys(TENANT, ["ada"], make=True)
        assert await projector.keys(TENANT, ["ada", "bob"], make=False) == made


async def test_a_connection_that_was_lost_is_not_noticed_and_a_server_that_is_away_is(
    postgres_of_its_own: tuple[EmbeddedPostgres, Database],
) -> None:
    server, database = postgres_of_its_own
    async with vault_on(database) as vault:
        secret = await vault.keep(TENANT, "ada", "password", b"hash")
        await rows(
            database,
            "select pg_terminate_backend(pid) from pg_stat_activity where usename is not null "
            "and pid <> pg_backend_pid() and datname = current_database()",
        )
        assert await vault.look(TENANT, secret) == b"hash"
        server.stop()
        with pytest.raises(Unavailable, match="the vault cannot be reached"):
            await vault.look(TENANT, secret)
