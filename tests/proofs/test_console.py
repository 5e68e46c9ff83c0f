"""What operators and auditors type, from the keys to a bundle that is verified."""

from __future__ import annotations

import asyncio
from base64 import b64decode
from collections.abc import Callable
from pathlib import Path

import pytest

import annals_verify
from adapters.postgres.proofs.archivist import Archivist
from api.cli import main
from api.proving import proof_keys, public_keys
from api.settings import Settings, read
from tests.followers.running import TENANT, caught_up, enroll, following, writing
from tests.proofs.keeping import note_of, superuser
from tests.servers import Database

OLD, NEW, NEWEST = (
    "b2xkLi4uLi4uLi4uLi4uLi4uLi4uLi4uLi4uLi4uLi4",
    "bmV3Li4uLi4uLi4uLi4uLi4uLi4uLi4uLi4uLi4uLi4",
    "A" * 43,
)

Typed = Callable[..., tuple[int, list[str]]]


@pytest.fixture
def typed(database: Database, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Typed:
    """Types a command, and gives what it exits with and prints."""
    monkeypatch.setenv("DATABASE_URL", database.url)

    def run(*words: str) -> tuple[int, list[str]]:
        code = main(words)
        return code, capsys.readouterr().out.splitlines()

    return run


async def archive(database: Database) -> None:
    async with writing(database) as do:
        for number in range(20):
            await enroll(do, f"learner-{number}")
    async with following(database, Archivist("annals", *proof_keys(Settings()))):
        await caught_up(database, "archivist")


def test_a_bundle_is_written_and_verified(
    database: Database, typed: Typed, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, kept = tmp_path / "school.zip", tmp_path / "kept.note"
    assert typed("proof", "bundle", str(file), "--tenant", str(TENANT)) == (1, [])
    assert not file.exists()
    assert typed("proof", "verify") == (0, [])
    asyncio.run(archive(database))
    kept.write_text(note_of(database))
    assert typed("proof", "verify", "--seen", str(kept)) == (0, [f"{TENANT}: 20 facts: as it was signed"])
    code, (key,) = typed("proof", "keys", "--tenant", str(TENANT))
    assert code == 0
    for more in ([], ["--stream", "enrollment:art:learner-7"], ["--since", "2020-01-01", "--until", "2100-01-01"]):
        assert typed("proof", "bundle", str(file), "--tenant", str(TENANT), "--seen", str(kept), *more)[0] == 0
        assert annals_verify.main([str(file), "--key", key, "--seen", str(kept)]) == 0
        assert capsys.readouterr().out.splitlines()[-1] == "proven"
    superuser(database, "update ledger.facts set by = 'eve' where position = 7")
    code, (said,) = typed("proof", "verify", "--tenant", str(TENANT), "--seen", str(kept))
    assert (code, said.split("; ")) == (
        1,
        [
            f"{TENANT}: 20 facts: its facts are not those that were signed",
            "its hashes are not those of its facts",
            "it does not begin with the 20 leaves that were seen",
        ],
    )
    assert typed("proof", "bundle", str(file), "--tenant", str(TENANT))[0] == 0
    assert annals_verify.main([str(file), "--key", key]) == 1
    assert capsys.readouterr().out == "NOT PROVEN: these facts are not those that were signed\n"


def test_the_keys_that_are_told_are_those_that_sign(typed: Typed) -> None:
    code, lines = typed("proof", "keys")
    assert (code, [b64decode(line) for line in lines]) == (0, list(public_keys(Settings())))
    of_the_vault = public_keys(read({"ANNALS_VAULT_KEY": OLD}))
    assert public_keys(read({"ANNALS_VAULT_KEY": NEW, "ANNALS_VAULT_KEY_BEFORE": OLD})) == of_the_vault
    own = public_keys(read({"ANNALS_VAULT_KEY": OLD, "PROOF_KEY": NEW}))
    assert len(own) == 2
    assert own[1:] == of_the_vault
    assert public_keys(read({"ANNALS_VAULT_KEY": OLD, "PROOF_KEY": f"{NEWEST},{NEW}"}))[1:] == own
