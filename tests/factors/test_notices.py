"""Whoever has a second factor is told when it is turned on or off; and what is of no more use is destroyed."""

from __future__ import annotations

import time
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any
from uuid import uuid4

import msgspec
import psycopg
from psycopg_pool import ConnectionPool

from adapters.postgres.shredder import PostgresShredder
from application.factors import Secrets, destroy_secrets
from application.jobs import Errand
from application.ledger import TenantId
from application.ports import Shredder
from domain.kernel import SecretId
from tests.api.serving import Served, serving
from tests.api.test_second_factor import Guarded
from tests.api.visiting import PASSWORD, RATES
from tests.proves import proves
from tests.servers import Database, PostgresForTests
from tests.values import TIMES
from tests.vault.opening import vault_on

WRITTEN_S_MAX = 30.0
NOON = TIMES[0]


def subjects(outbox: Path) -> list[str]:
    letters = [message_from_bytes(path.read_bytes(), policy=policy.default) for path in outbox.glob("*.eml")]
    return [str(letter["Subject"]) for letter in letters]


def until_written(served: Served, subject: str) -> None:
    outbox = served.output.parent / "outbox"
    deadline = time.monotonic() + WRITTEN_S_MAX
    while subject not in subjects(outbox):
        assert time.monotonic() < deadline, subjects(outbox)
        time.sleep(0.1)


def kinds(database: Database) -> set[str]:
    with psycopg.connect(database.url) as connection:
        return {kind for (kind,) in connection.execute("select kind from vault.secrets").fetchall()}


@proves("auth.2fa_disable", "auth.2fa_enable")
def test_letters_tell_that_it_was_turned_on_and_off(postgres: PostgresForTests) -> None:
    with (
        postgres.database() as database,
        serving(database, engine=True, worker=True, count=1, **RATES) as (served,),
        Guarded(served) as ada,
    ):
        ada.register()
        ada.log_in()
        ada.turn_on()
        until_written(served, "Two-step log-in is on")
        shown = {"password": PASSWORD, "backup_code": ada.backup_codes[0]}
        assert ada.enter("/api/security/2fa/disable", shown).status_code == 200
        until_written(served, "Two-step log-in is off")
        key = ada.enter("/api/security/api-keys", {"name": "robot", "scopes": ["keys.manage"]}).json()["key"]
        assert kinds(database) == {"password", "api_key"}
        assert ada.command(f"/api/security/api-keys/{key}/revoke").status_code == 200
        deadline = time.monotonic() + WRITTEN_S_MAX
        while kinds(database) != {"password"}:
            assert time.monotonic() < deadline, kinds(database)
            time.sleep(0.1)


async def test_what_nobody_has_destroyed_is_destroyed_by_a_job(database: Database) -> None:
    """A process may end between the fact and the vault. The job comes all the same, and as often as it likes."""
    tenant, ids = TenantId(uuid4()), [uuid4() for _ in range(3)]
    async with vault_on(database) as vault:
        for id_ in ids:
            await vault.keep(tenant, "ada", "totp", b"seed", id=id_)
        with ConnectionPool[Any](database.dsn("app"), min_size=1, max_size=1, open=True) as pool:
            for _ in range(2):
                errand = Errand(
                    uuid4(), tenant, uuid4(), uuid4(), NOON, Secrets(tuple(SecretId(str(one)) for one in ids[:2]))
                )
                destroy_secrets.do(msgspec.json.encode(errand), {Shredder: PostgresShredder(pool)})
        assert [await vault.look(tenant, id_) for id_ in ids] == [None, None, b"seed"]
