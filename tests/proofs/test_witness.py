"""The witness: a process of its own, with its own key and folder, that has seen what was there before."""

from __future__ import annotations

import asyncio
import os
import stat
import subprocess
import sys
from base64 import b64encode
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest

from adapters.postgres.connect import Role
from application.checkpoints import Signer, key_of, seen_at
from tests.followers.running import TENANT, enroll, rows, until, writing
from tests.proofs.keeping import (
    LOG,
    OTHER,
    archived,
    archiving,
    look,
    superuser,
    verdict,
    witness_in,
)
from tests.servers import Database

SIGNED = "select tenant, size, note from proof.witnessed order by tenant"


def command(database: Database, folder: Path, *more: str, trust: bytes = LOG.public) -> dict[str, Any]:
    words = ("witness", "--folder", str(folder), "--name", "witness.example", "--trust", b64encode(trust).decode())
    return {
        "args": [sys.executable, "-m", "api.cli", *words, *more],
        "env": {**os.environ, "DATABASE_URL": database.url, "WITNESS_DATABASE_URL": database.url},
    }


def once(database: Database, folder: Path, trust: bytes = LOG.public) -> tuple[int, str]:
    """What a witness that looks once exits with and says."""
    words = command(database, folder, "--once", trust=trust)
    done = subprocess.run(**words, capture_output=True, text=True, check=False)
    return done.returncode, done.stderr


@contextmanager
def witnessing(database: Database, folder: Path) -> Generator[None]:
    process = subprocess.Popen(**command(database, folder), stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        process.kill()
        process.wait()


async def test_the_process_signs_what_grows_and_remembers_through_a_kill(database: Database, tmp_path: Path) -> None:
    async with writing(database) as do, archiving(database):

        async def signed() -> bool:
            found = await rows(database, "select w.size from proof.witnessed w join proof.trees t using (tenant, size)")
            facts = await rows(database, "select count(*) from ledger.facts")
            return found == facts

        await enroll(do, "ada")
        with witnessing(database, tmp_path / "own"):
            await until(signed)
            await asyncio.gather(*(enroll(do, f"learner-{number}") for number in range(50)))
            await until(signed)
        await asyncio.gather(*(enroll(do, f"later-{number}") for number in range(50)))
        with witnessing(database, tmp_path / "own"):
            await until(signed)
    ((tenant, size, note),) = await rows(database, SIGNED)
    witness = witness_in(tmp_path / "own")
    assert (tenant, size) == (TENANT, 101)
    assert seen_at(note, witness.key) is not None
    assert (tmp_path / "own" / f"{TENANT}.note").read_text() == note
    assert stat.S_IMODE((tmp_path / "own").stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in (tmp_path / "own").iterdir()} == {0o600}

    superuser(database, "update proof.trees set note = replace(note, 'annals', 'annuls')")
    code, said = once(database, tmp_path / "own")
    assert code == 1
    assert f"REFUSED {TENANT}: " in said


async def test_it_signs_nothing_that_its_log_has_not_signed(database: Database, tmp_path: Path) -> None:
    async with writing(database) as do:
        await enroll(do, "ada")
        await enroll(do, "theirs", tenant=OTHER)
    await archived(database)
    for trust, code in ((Signer(bytes(32)).public, 1), (LOG.public, 0)):
        done, said = once(database, tmp_path / str(code), trust)
        assert done == code
        assert len(await rows(database, SIGNED)) == (0 if code else 2)
    assert key_of(said.splitlines()[0].rpartition(" ")[2]) == witness_in(tmp_path / "0").key
    # What the log has signed of one tenant is not taken for the tree of another.
    superuser(
        database,
        f"update proof.trees set note = (select note from proof.trees where tenant = '{OTHER}')",  # noqa: S608
    )
    (refused,) = look(database, witness_in(tmp_path / "0"))
    assert refused.tenant == TENANT


async def test_it_signs_again_what_has_not_changed_so_that_it_is_known_to_agree(
    database: Database, tmp_path: Path
) -> None:
    witness = witness_in(tmp_path)
    async with writing(database) as do:
        await enroll(do, "ada")
    await archived(database)
    times: list[int | None] = []
    for at in (1_795_000_000, 1_795_000_001, 1_795_003_599, 1_795_003_600):
        assert look(database, witness, at) == []
        times.append(seen_at((await rows(database, SIGNED))[0][2], witness.key))
    assert times == [1_795_000_000, 1_795_000_000, 1_795_000_000, 1_795_003_600]


async def test_a_tree_that_is_gone_or_cannot_be_shown_to_have_grown_is_refused(
    database: Database, tmp_path: Path
) -> None:
    witness = witness_in(tmp_path)
    async with writing(database) as do:
        await asyncio.gather(*(enroll(do, f"learner-{number}") for number in range(40)))
        await archived(database)
        assert look(database, witness) == []
        await asyncio.gather(*(enroll(do, f"later-{number}") for number in range(40)))
    await archived(database)
    superuser(database, "delete from proof.tiles where level = 0 and number = 1")
    (refused,) = look(database, witness)
    assert "cannot be shown to have grown from 40 leaves" in refused.why
    superuser(database, "delete from proof.trees")
    assert [one.why for one in look(database, witness)] == ["there is no tree any more"]
    assert verdict(database).wrong == ("there is no tree over its facts any more",)


async def test_its_login_may_read_trees_and_sign_and_nothing_else(database: Database) -> None:
    async with await database.connect("witness") as connection:
        for change in (
            "select * from ledger.facts",
            "update proof.trees set size = 0",
            "insert into proof.tiles select * from proof.tiles",
            "delete from proof.witnessed",
            "select * from vault.keys",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                await connection.execute(change.encode())
    roles: tuple[Role, ...] = ("app", "projector", "auditor")
    for role in roles:
        async with await database.connect(role) as connection:
            with pytest.raises((psycopg.errors.InsufficientPrivilege, psycopg.errors.ReadOnlySqlTransaction)):
                await connection.execute("insert into proof.witnessed values (gen_random_uuid(), 'eve', 1, 'x')")
