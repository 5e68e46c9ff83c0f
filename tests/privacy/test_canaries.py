"""The proof of an erasure: a canary in every personal field, found before in every place, and nowhere after."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import socket
from base64 import b64encode
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

import annals_verify
from adapters.embedded.nats import EmbeddedNats
from adapters.postgres.followers.rebuild import verify
from adapters.postgres.proofs.bundling import Choice, bundle
from api.proving import log_keys
from api.settings import load
from api.settings_agree import DEVELOPMENT_VAULT_KEY
from application.erasing import PHRASE, parts
from application.ledger import Caller, TenantId
from domain.kernel import PersonId
from domain.privacy.subject import SUBJECT, AskErasure, Command, LiftHold
from projections.model import models
from tests.api.serving import Client, serving
from tests.api.test_learning import soon
from tests.api.test_privacy import asked, erasure, upload
from tests.api.visiting import PASSWORD, RATES, Visitor
from tests.files.test_clamd import as_clamd, listening
from tests.followers.running import writing
from tests.privacy.scanner import Scanner
from tests.privacy.told import confided, tell
from tests.proves import proves
from tests.replay.told import annals
from tests.servers import Database, folder, running_postgres
from tests.vault.opening import vault_on

SHOWING = [model for model in models() if model.personal]
CONTROL = b"celestial-navigation-control"


class Houseful:
    """Everything that runs, and where it keeps what."""

    def __init__(self, stack: ExitStack) -> None:
        self.postgres = stack.enter_context(running_postgres(full_page_writes="on"))
        self.database = stack.enter_context(self.postgres.database())
        self.nats_folder, self.lake = stack.enter_context(folder()), stack.enter_context(folder())
        self.nats = EmbeddedNats(self.nats_folder, sync="2m")
        self.nats.start()
        stack.callback(self.nats.stop)
        self.data = Path(str(self.value("show data_directory")))
        self.tenant = TenantId(uuid4())

    def value(self, query: str, *values: Any) -> Any:
        with psycopg.connect(self.database.url, autocommit=True) as connection:
            found = connection.execute(query.encode(), values).fetchone()
        return None if found is None else found[0]

    def caught_up(self) -> None:
        soon(lambda: self.value("select sum(lag) from followers.lag"), 0)

    def checkpoint(self) -> None:
        with psycopg.connect(self.database.url, autocommit=True) as connection:
            connection.execute("checkpoint")

    def tables_with(self, text: str) -> set[str]:
        """The tables of which some row says it."""
        with psycopg.connect(self.database.url, autocommit=True) as connection:
            tables = connection.execute(
                "select format('%I.%I', schemaname, tablename) from pg_tables "
                "where schemaname not in ('information_schema') order by 1"
            ).fetchall()
            return {table for (table,) in tables if _says(connection, table, text)}


def _says(connection: psycopg.Connection[Any], table: str, text: str) -> bool:
    asked = f"select exists (select from {table} t where strpos(t::text, %s) > 0)"  # noqa: S608 — the name is Postgres'
    return connection.execute(asked.encode(), (text,)).fetchone() == (True,)


def proven(tenant: UUID, path: Path) -> None:
    """Whoever has the keys, and nothing else of ours, sees that nothing was changed."""
    keys = [annals_verify.key_of(str(key)) for key in log_keys(load())(tenant)]
    assert list(annals_verify.verify(annals_verify.read(path), annals_verify.Asked(keys, [], [])))


def bundled(house: Houseful, path: Path) -> Path:
    with psycopg.connect(house.database.dsn("auditor"), autocommit=True) as connection:
        bundle(connection, Choice(tenant=house.tenant), [], path)
    return path


async def confide(database: Database, tenant: TenantId, person: str, text: str) -> None:
    """Say it in every personal field of every fact there is."""
    async with vault_on(database, DEVELOPMENT_VAULT_KEY) as vault, writing(database, keys=vault) as do:
        await tell(do, tenant, person, confided(person, text))


async def forget(database: Database, tenant: TenantId, person: PersonId) -> None:
    """They are held, as every fact there is was told of them, and then they are not."""
    async with vault_on(database, DEVELOPMENT_VAULT_KEY) as vault, writing(database, keys=vault) as do:
        state = await do.look(tenant, SUBJECT.at(person))
        commands: tuple[Command, ...] = (*(LiftHold(hold) for _, hold in state.holds), AskErasure(person, parts()))
        for command in commands:
            await do(SUBJECT.at(person), command, Caller(tenant, person, "test", uuid4()))


async def rebuilt(database: Database) -> list[str]:
    """The tables that show something else than what follows from the facts by now."""

    async def connect() -> Any:
        return await database.connect("projector")

    async with vault_on(database, DEVELOPMENT_VAULT_KEY, role="projector") as vault:
        return [one.table for model in SHOWING for one in await verify(connect, model, vault) if not one.equal]


def patient(connection: socket.socket) -> None:
    """A scanner that does not mind who goes away: one of the files that were told of is not there."""
    with contextlib.suppress(ConnectionError):
        as_clamd(connection)


def live(visitor: Visitor, canary: str) -> None:
    """Somebody says it wherever one may say anything."""
    address = f"{canary}@school.example"
    body = {"address": address, "name": f"Ada {canary}", "username": f"ada{canary[:32]}", "password": PASSWORD}
    assert visitor.enter("/api/register", body).status_code == 200
    assert visitor.log_in(address).status_code == 200
    profile = {"name": canary, "given_name": canary, "family_name": canary, "about": f"I am {canary}"}
    assert visitor.command("/api/me/profile", profile).status_code == 200
    assert visitor.enter("/api/security/api-keys", {"name": canary[:60], "scopes": ["keys.manage"]}).status_code == 200
    upload(visitor, b"%PDF-1.7\n" + canary.encode(), f"{canary}.pdf")
    asked(visitor)


def learn(operator: Client, ada: Visitor, canary: str) -> None:
    """Somebody is on a course, and says it there while they are recorded."""
    assert operator.enroll(CONTROL.decode(), ada.person).status_code == 200
    assert operator.command("/api/features/recording/switch-on").status_code == 200
    assert ada.command(f"/api/people/{ada.person}/consents/recording/give", {"terms": "v1"}).status_code == 200
    path = f"/api/courses/{CONTROL.decode()}/learners/{ada.person}/recordings"
    opened = ada.command(path, {"source": "voice", "type": "audio/ogg"})
    assert opened.status_code == 200, opened.text
    headers = {"Idempotency-Key": "one-part", "Content-Type": "application/octet-stream"}
    part = ada.post(f"{path}/{opened.json()['id']}/parts/1", content=canary.encode(), headers=headers)
    assert part.status_code == 200, part.text


@pytest.mark.long
@proves("privacy.delete_all", "privacy.crypto_shred")
def test_of_who_is_erased_nothing_is_left_in_any_byte_at_rest(tmp_path: Path) -> None:
    canary, told = secrets.token_hex(32), PersonId(str(uuid4()))
    scanner, control = Scanner(canary[:32]), Scanner(CONTROL.hex())
    with ExitStack() as stack:
        house = Houseful(stack)
        clamd = stack.enter_context(listening(patient))
        settings: dict[str, Any] = {
            "SCANNER": clamd,
            "NATS_URL": house.nats.url,
            "ANNALS_VAULT_REMEMBER_S": "0.3",
            **RATES,
        }
        with serving(house.database, engine=True, worker=True, **settings) as (served,):
            where, tenant = served.output.parent, house.tenant
            with (
                Visitor(served, tenant, agent=f"a browser {canary}") as ada,
                Client(served, tenant, subject="operator") as operator,
            ):
                live(ada, canary)
                learn(operator, ada, canary)
                asyncio.run(confide(house.database, tenant, told, canary))
                house.caught_up()
                annals(house.database, "lake", "sync", "--to", str(house.lake))
                before = bundled(house, tmp_path / "before.zip")
                house.checkpoint()

                shown = {f"{model.schema}.{one.table}" for model in SHOWING for one in model.personal}
                assert shown <= (tables := house.tables_with(canary[:32])), "it is shown where it is said to be"
                assert tables <= {*shown, "ledger.commands", "ledger.commands_0", "trail.entries"}, "and nowhere else"
                wrapped = house.value("select encode(wrapped, 'hex') from vault.keys where person = %s", ada.person)
                key = Scanner(str(wrapped)[:64])
                assert key.found(house.data), "what opens it is there, wrapped"
                hits = scanner.found(house.data)
                assert any(name.startswith("base/") for name in hits)
                assert any(name.startswith("pg_wal/") for name in hits)
                assert scanner.found(where / "files")
                for place in (house.nats_folder, house.lake):
                    assert control.found(place), "what is not personal is found there"
                    assert not scanner.found(place), "what is personal was never there but sealed"

                said = ada.enter("/api/me/erase", {"confirmation": PHRASE, "password": PASSWORD})
                assert said.status_code == 200, said.text
                asyncio.run(forget(house.database, tenant, told))
                for person in (ada.person, told):
                    soon(lambda person=person: erasure(operator, person).get("outcome"), "erased")  # type: ignore[misc]
                house.caught_up()
                annals(house.database, "lake", "sync", "--to", str(house.lake))
                after = bundled(house, tmp_path / "after.zip")
                assert asyncio.run(rebuilt(house.database)) == []
            assert house.tables_with(canary[:32]) == set()
            logs = [path for path in where.iterdir() if path.suffix == ".log"]
            assert len(logs) == len(("engine", "worker", "api"))
            outside = {name for name in scanner.found(where) if name.startswith("outbox/")}
            assert scanner.found(where) == outside, "letters that were sent are with whom they were sent to"
        house.nats.stop()
        house.postgres.server.stop()
        assert scanner.found(house.data, house.data.parent, house.nats_folder, house.lake) == set()
        assert key.found(house.data) == set(), "and what would have opened it, from wherever a copy is"
        assert scanner.found(tmp_path) == set()
        for path in (before, after):
            proven(tenant, path)
        house.postgres.server.start()
        house.nats.start()
        proven(tenant, bundled(house, tmp_path / "again.zip"))


def test_the_scanner_finds_it_in_every_form(tmp_path: Path) -> None:
    canary = secrets.token_hex(16)
    scanner = Scanner(canary)
    forms: dict[str, Callable[[bytes], bytes]] = {
        "plain": lambda text: text,
        "capitals": bytes.upper,
        "raw": lambda text: bytes.fromhex(text.decode()),
        "hexadecimal": lambda text: text.hex().encode(),
        "wide": lambda text: text.decode().encode("utf-16-le"),
        **{f"base64 {start}": _packed(start) for start in range(3)},
    }
    for name, form in forms.items():
        (tmp_path / name).write_bytes(b"before " + form(canary.encode()) + b" after")
    (tmp_path / "none").write_bytes(secrets.token_hex(64).encode())
    assert scanner.found(tmp_path) == set(forms)


def _packed(start: int) -> Callable[[bytes], bytes]:
    return lambda text: b64encode(b"xyz"[:start] + text + b"something after")
