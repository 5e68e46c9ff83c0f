"""Who is erased is gone from what proves, and every proof still holds: a leaf is the fact as it is kept, sealed."""

from __future__ import annotations

import zipfile
from collections.abc import Generator
from pathlib import Path

import pytest

from adapters.postgres.ledger import PostgresLedger
from application.do import Do
from domain.kernel import PersonId
from tests.diary import DIARY, Confide, Introduce, diary_is_known
from tests.followers.running import caller
from tests.proofs.keeping import archived, asked, bundle, head_of, look, note_of, proven, verdict, witness_in
from tests.servers import Database
from tests.vault.opening import TENANT, vault_on

CANARY = "canary-7f3a9c51e8d24b60a1c5f2e9d"
ADA, BOB = PersonId("ada"), PersonId("bob")


@pytest.fixture(autouse=True)
def known() -> Generator[None]:
    with diary_is_known():
        yield


async def test_every_proof_still_holds_when_somebody_was_erased(database: Database, tmp_path: Path) -> None:
    witness = witness_in(tmp_path / "witness")
    async with vault_on(database) as vault, PostgresLedger(lambda: database.connect("app"), 1) as ledger:
        do = Do(ledger, vault)
        await do(DIARY.at("ada"), Introduce(ADA, CANARY), caller())
        await do(DIARY.at("bob"), Introduce(BOB, "Bob"), caller())
        await do(DIARY.at("ada"), Confide(ADA, f"dreams of {CANARY}"), caller())
        await archived(database)
        assert look(database, witness) == []
        before, note = head_of(database), note_of(database)
        bundle(database, tmp_path / "before.zip")

        await vault.destroy(TENANT, ADA)
        assert verdict(database, [before]).wrong == ()
        await do(DIARY.at("bob"), Confide(BOB, "nobody reads this"), caller())
        await archived(database)
        assert look(database, witness) == []
        bundle(database, tmp_path / "after.zip", [note])
    assert proven(tmp_path / "before.zip", asked(witness))
    assert proven(tmp_path / "after.zip", asked(witness, [note]))[-1] == "they go on from the 3 that were seen before"
    assert verdict(database, [before]).wrong == ()
    for name in ("before.zip", "after.zip"):
        with zipfile.ZipFile(tmp_path / name) as file:
            facts = file.read("facts.jsonl")
        assert b"sealed:" in facts
        assert CANARY.encode() not in facts
