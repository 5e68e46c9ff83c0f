"""Every field that is personal, in every fact there is: sealed in a dump, told when changed, and lost with its key."""

from __future__ import annotations

import json
import re
import secrets
import subprocess
from pathlib import Path
from typing import Any

import psycopg
import pytest

from adapters.wheels import postgres_program
from application.erasing import parts
from application.sealing import ERASED, SEALED, Unopenable
from domain.kernel import PersonId
from domain.privacy.subject import SUBJECT, AskErasure, LiftHold
from tests.diary import DIARY, Introduce, diary_is_known
from tests.followers.running import caller, rows, writing
from tests.privacy.scanner import Scanner
from tests.privacy.told import confided, tell, words
from tests.proves import proves
from tests.replay.told import annals
from tests.servers import Database
from tests.vault.opening import KEY, OTHER_KEY, TENANT, vault_on

ADA = PersonId("ada")
LASTING = ("ledger", "vault", "followers", "proof", "trail")
"""What is never made again. Read models are, and forget people: the proof of that is in tests/privacy."""


def dump(database: Database, to: Path, *chosen: str) -> Path:
    """What Postgres itself writes of a database."""
    command = [postgres_program("pg_dump"), "--no-owner", "--file", str(to), *chosen, database.url]
    subprocess.run(command, check=True, capture_output=True)  # noqa: S603
    return to


def facts_in(dumped: Path) -> list[str]:
    """The rows of facts in a dump, as they stand there."""
    tables = re.findall(
        r"^COPY ledger\.facts\w* .*?^\\\.$", dumped.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE
    )
    return [row for table in tables for row in table.splitlines()[1:-1]]


def personal_fields(database: Database, key: str) -> dict[str, str]:
    """What is said in every personal field of every fact, as whoever has this key of the processes reads it."""
    lines = annals(database, "replay", "--open", more={"ANNALS_VAULT_KEY": key}).stdout.splitlines()
    personal = {word.name: word.personal for word in words()}
    facts = [fact for fact in map(json.loads, lines) if personal[fact["type"]]]
    return {f"{fact['type']}.{field}": fact["data"][field] for fact in facts for field in personal[fact["type"]]}


def changed(database: Database, statement: str, *values: Any) -> None:
    """What somebody does who is a superuser and has the disk."""
    with psycopg.connect(database.url) as connection:
        connection.execute("set session_replication_role = replica")
        assert connection.execute(statement.encode(), values).rowcount == 1


@proves("privacy.crypto_shred")
async def test_a_dump_shows_nothing_of_a_person_and_their_key_is_all_that_ever_changes(
    database: Database, tmp_path: Path
) -> None:
    canary, lasting = secrets.token_hex(32), [f"--schema={schema}" for schema in LASTING]
    scanner, control = Scanner(canary[:32]), Scanner(b"identity.".hex())
    async with vault_on(database, KEY) as vault, writing(database, keys=vault) as do:
        await tell(do, TENANT, ADA, confided(ADA, canary))
        await vault.keep(TENANT, ADA, "password", canary.encode())
    told = personal_fields(database, KEY)
    assert told == dict.fromkeys(told, canary)
    assert len(told) == sum(len(word.personal) for word in words())

    before = facts_in(dump(database, tmp_path / "before.sql", *lasting))
    assert scanner.found(tmp_path) == set(), "nothing of it is in a dump"
    assert control.found(tmp_path), "what is not personal is found there"
    assert sum(row.count(SEALED) for row in before) == len(told)

    rotation = {"ANNALS_VAULT_KEY": OTHER_KEY, "ANNALS_VAULT_KEY_BEFORE": KEY}
    assert b"1 wrapped anew" in annals(database, "vault", "rewrap", more=rotation).stdout
    assert personal_fields(database, OTHER_KEY) == told
    assert annals(database, "replay", "--open", more={"ANNALS_VAULT_KEY": KEY}, check=False).returncode
    assert facts_in(dump(database, tmp_path / "rotated.sql", *lasting)) == before, "no fact was written anew"

    async with vault_on(database, OTHER_KEY) as vault, writing(database, keys=vault) as do:
        state = await do.look(TENANT, SUBJECT.at(ADA))
        for hold in (hold for _, hold in state.holds):
            await do(SUBJECT.at(ADA), LiftHold(hold), caller())
        await do(SUBJECT.at(ADA), AskErasure(ADA, parts()), caller())
        await vault.destroy(TENANT, ADA)
    assert personal_fields(database, OTHER_KEY) == dict.fromkeys(told, ERASED)
    after = facts_in(dump(database, tmp_path / "after.sql", *lasting))
    assert after[: len(before)] == before, "no fact was written anew"
    assert scanner.found(tmp_path) == set()


@pytest.mark.parametrize("place", range(4))
@proves("privacy.crypto_shred")
async def test_what_was_changed_in_its_table_is_not_believed(database: Database, place: int) -> None:
    with diary_is_known():
        async with vault_on(database) as vault, writing(database, keys=vault) as do:
            await do(DIARY.at("ada"), Introduce(ADA, "Ada Lovelace"), caller())
            await do(DIARY.at("bob"), Introduce(PersonId("bob"), "Ada Lovelace"), caller())
        sealed = [await sealed_name(database, stream) for stream in ("diary:ada", "diary:bob")]
        length = len(sealed[0]) - 1
        bit = len(SEALED) + (length - len(SEALED)) * place // 3
        letter = "A" if sealed[0][bit] != "A" else "B"
        instead = sealed[1] if place == 0 else f"{sealed[0][:bit]}{letter}{sealed[0][bit + 1 :]}"
        changed(
            database,
            "update ledger.facts set data = replace(data::text, %s, %s)::json where stream = 'diary:ada'",
            sealed[0],
            instead,
        )
        async with vault_on(database) as vault, writing(database, keys=vault) as do:
            with pytest.raises(Unopenable, match="changed"):
                await do.look(TENANT, DIARY.at("ada"))
            await do.look(TENANT, DIARY.at("bob"))


async def sealed_name(database: Database, stream: str) -> str:
    ((name,),) = await rows(database, "select data ->> 'name' from ledger.facts where stream = %s", (stream,))
    return str(name)
