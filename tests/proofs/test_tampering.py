"""Somebody who may do everything in the database changes what has happened, in every way there is, and is caught."""

from __future__ import annotations

from pathlib import Path

import pytest

import annals_verify
from application.checkpoints import read
from tests.followers.running import TENANT, enroll, rows, writing
from tests.proofs.keeping import (
    archived,
    asked,
    bundle,
    head_of,
    lives,
    look,
    note_of,
    proven,
    superuser,
    verdict,
    witness_in,
)
from tests.servers import Database

CHANGED = "its facts are not those that were signed"
COUNTED = "facts were signed, and there are"
HASHES = "its hashes are not those of its facts"

CHANGES: dict[str, tuple[str, ...]] = {
    "the data of a fact is edited": (CHANGED, "update ledger.facts set data = '{}' where THIRD"),
    "a space is put into it": (CHANGED, "update ledger.facts set data = (data::text || ' ')::json where THIRD"),
    "somebody else is said to have done it": (CHANGED, "update ledger.facts set by = 'eve' where THIRD"),
    "a moment later": (CHANGED, "update ledger.facts set at = at + interval '1 microsecond' where THIRD"),
    "for another reason": (CHANGED, "update ledger.facts set correlation = gen_random_uuid() where THIRD"),
    "by another command": (CHANGED, "update ledger.facts set command = gen_random_uuid() where THIRD"),
    "because of something": (CHANGED, "update ledger.facts set causation = id where THIRD"),
    "as another fact": (CHANGED, "update ledger.facts set id = gen_random_uuid() where THIRD"),
    "of another kind": (CHANGED, "update ledger.facts set type = 'enrollments.CourseCompleted' where THIRD"),
    "in another stream": (CHANGED, "update ledger.facts set stream = 'enrollment:art:eve' where THIRD"),
    "as another version": (CHANGED, "update ledger.facts set version = 9 where THIRD"),
    "in another tenant": (COUNTED, "update ledger.facts set tenant = gen_random_uuid() where THIRD"),
    "a fact is deleted": (COUNTED, "delete from ledger.facts where THIRD"),
    "a fact is deleted and those after it move up": (
        COUNTED,
        "delete from ledger.facts where THIRD",
        "update ledger.facts set position = -position where position > 3",
        "update ledger.facts set position = -1 - position where position < 0",
    ),
    "two facts change places": (
        CHANGED,
        "update ledger.facts set position = -position where position in (3, 4)",
        "update ledger.facts set position = 7 + position where position < 0",
    ),
    "a fact is put between": (
        COUNTED,
        "update ledger.facts set position = -1 - position where position >= 4",
        "update ledger.facts set position = -position where position < 0",
        "create temporary table one on commit drop as select * from ledger.facts where THIRD",
        "update one set position = 4, stream = 'enrollment:art:eve', id = gen_random_uuid()",
        "insert into ledger.facts table one",
        "update proof.trees set position = position + 1",
    ),
    "the last facts are cut off": (COUNTED, "delete from ledger.facts where position > 20"),
    "a hash of the tree is changed": (
        HASHES,
        "update proof.tiles set hashes = set_byte(hashes, 9, 255 - get_byte(hashes, 9)) where (level, number) = (0, 0)",
    ),
    "it is said to be of other facts": (
        HASHES,
        "update proof.tiles set positions = set_byte(positions, 15, 9) where level = 0 and number = 0",
    ),
    "a row of the tree is deleted": (HASHES, "delete from proof.tiles where level = 0 and number = 1"),
    "the head is changed": ("its head is signed for", "update proof.trees set size = size - 1"),
    "the signed head is changed": (
        "signed by none of the keys",
        "update proof.trees set note = replace(note, E'\\n' || size || E'\\n', E'\\n' || size - 1 || E'\\n')",
    ),
    "the tree is deleted": ("there is no tree over its facts any more", "delete from proof.trees"),
}


async def test_whoever_changes_facts_or_their_tree_is_caught_by_their_hashes(
    database: Database, tmp_path: Path
) -> None:
    async with writing(database) as do:
        await lives(do, 24)
    await archived(database)
    bundle(database, tmp_path / "before.zip")
    assert proven(tmp_path / "before.zip", asked())[-1] == "they are all there are"
    tables = ("ledger.facts", "proof.tiles", "proof.trees")
    superuser(database, "create schema saved", *(f"create table saved{t[t.index('.') :]} as table {t}" for t in tables))
    caught: dict[str, bool] = {}
    for change, (complaint, *statements) in CHANGES.items():
        assert verdict(database).wrong == ()
        superuser(database, *(one.replace("THIRD", "position = 3") for one in statements))
        caught[change] = any(complaint in wrong for wrong in verdict(database).wrong)
        for table in tables:
            superuser(database, f"truncate {table}", f"insert into {table} table saved{table[table.index('.') :]}")
    assert [change for change, was in caught.items() if not was] == []


async def forge(database: Database, learners: int) -> None:
    """Other facts, and a tree over them that is signed with the log's own key: nothing in the database shows it."""
    superuser(
        database,
        "delete from proof.tiles",
        "delete from proof.trees",
        "update followers.checkpoints set position = 0 where follower = 'archivist'",
        "delete from ledger.facts",
        "delete from ledger.commands",
        "update ledger.log_head set position = 0",
    )
    async with writing(database) as do:
        for number in range(learners):
            await enroll(do, f"forged-{number}")
    await archived(database)


@pytest.mark.parametrize(
    ("learners", "why"),
    [(4, "cut off: it has 4 leaves, and had 12"), (12, "forked: it does not begin with"), (40, "forked: it does not")],
)
async def test_whoever_rewrites_facts_tree_and_head_meets_a_witness_who_remembers(
    database: Database, tmp_path: Path, learners: int, why: str
) -> None:
    witness = witness_in(tmp_path / "witness")
    async with writing(database) as do:
        for number in range(12):
            await enroll(do, f"learner-{number}")
    await archived(database)
    assert look(database, witness) == []
    kept = note_of(database)

    await forge(database, learners)
    assert verdict(database).wrong == ()  # Within the database all is as it should be, for it was all made anew.
    (refused,) = look(database, witness)
    assert refused.tenant == TENANT
    assert why in refused.why
    (again,) = look(database, witness_in(tmp_path / "witness"))  # It is no matter of the process that remembers.
    assert again == refused
    assert (tmp_path / "witness" / f"{TENANT}.refused").read_text() == note_of(database)
    assert "leaves that were seen" in verdict(database, [read(kept).checkpoint]).wrong[-1] or learners == 4

    bundle(database, tmp_path / "forged.zip", [kept])
    proven(tmp_path / "forged.zip", asked())  # Who only asks the key is told that it has signed this, which it has.
    for against in (asked(witness), asked(seen=[kept])):
        with pytest.raises(annals_verify.NotProven, match=r"facts are missing at the end|was changed"):
            proven(tmp_path / "forged.zip", against)
    await rows(database, "delete from proof.witnessed returning 1")
    bundle(database, tmp_path / "forged.zip")
    with pytest.raises(annals_verify.NotProven, match="has signed no checkpoint"):
        proven(tmp_path / "forged.zip", asked(witness))


async def test_whoever_puts_back_an_older_state_with_its_older_signatures_is_caught(
    database: Database, tmp_path: Path
) -> None:
    witness = witness_in(tmp_path / "witness")
    async with writing(database) as do:
        for number in range(5):
            await enroll(do, f"learner-{number}")
        await archived(database)
        assert look(database, witness) == []
        superuser(
            database,
            "create schema saved",
            *(f"create table saved.{table} as table proof.{table}" for table in ("trees", "tiles", "witnessed")),
        )
        for number in range(5):
            await enroll(do, f"later-{number}")
    await archived(database)
    assert look(database, witness, 1_795_007_200) == []
    latest = note_of(database)

    superuser(
        database,
        "delete from ledger.facts where position > 5",
        "update ledger.log_head set position = 5",
        "update followers.checkpoints set position = 5 where follower = 'archivist'",
        "delete from proof.trees",
        "delete from proof.witnessed",
        "insert into proof.trees table saved.trees",
        "insert into proof.witnessed table saved.witnessed",
        "truncate proof.tiles",
        "insert into proof.tiles table saved.tiles",
    )
    assert verdict(database).wrong == ()
    assert head_of(database).size == 5
    bundle(database, tmp_path / "old.zip")
    assert len(proven(tmp_path / "old.zip", asked(witness))) == 3  # It was true once, and it is not told when.
    with pytest.raises(annals_verify.NotProven, match=r"nothing for 2\.0 hours"):
        proven(tmp_path / "old.zip", asked(witness, now=1_795_007_200, hours_max=1.5))
    with pytest.raises(annals_verify.NotProven, match="facts are missing at the end"):
        proven(tmp_path / "old.zip", asked(witness, [latest]))
    assert "there are only 5" in verdict(database, [read(latest).checkpoint]).wrong[-1]
    (refused,) = look(database, witness)
    assert refused.why == "cut off: it has 5 leaves, and had 10"
