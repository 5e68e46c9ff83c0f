"""The trail: every command in it, once, whatever becomes of the clerk; and whoever changes it is found out."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest

from adapters.postgres.trail.noting import Noter
from application.do import Do
from application.trail import Note, tree_of
from domain.enrollments.enrollment import ENROLLMENT, CompleteLesson
from domain.kernel import LessonId, Rejected
from tests.audit.trailing import clerking, taken, trail_head, wrong
from tests.followers.running import OTHER, TENANT, caller, enroll, rows, writing
from tests.proofs.keeping import look, superuser, witness_in
from tests.proves import proves
from tests.servers import Database

CHANGED = "its entries are not those that were signed"
COUNTED = "entries were signed, and there are"

CHANGES: dict[str, tuple[str, ...]] = {
    "somebody else is said to have done it": (CHANGED, "update trail.entries set by = 'eve' where THIRD"),
    "it is said to have been accepted": (
        CHANGED,
        "update trail.entries set outcome = 'accepted', code = null where outcome = 'refused'",
    ),
    "at another time": (CHANGED, "update trail.entries set at = at + interval '1 microsecond' where THIRD"),
    "on something else": (CHANGED, "update trail.entries set record = 'enrollment:art:eve' where THIRD"),
    "under another correlation": (CHANGED, "update trail.entries set correlation = gen_random_uuid() where THIRD"),
    "from somewhere else": (
        "entries 3 do not come from where they say",
        """update trail.entries set origin = '{"address":"192.0.2.9"}' where THIRD""",
    ),
    "from somewhere else, in the leaf too": (CHANGED, "update trail.entries set origin_digest = 'x' where THIRD"),
    "an entry is taken out": (COUNTED, "delete from trail.entries where THIRD"),
    "the last is taken out": (COUNTED, "delete from trail.entries where number = 6"),
    "two change places": (
        CHANGED,
        "update trail.entries set number = -number where number in (3, 4)",
        "update trail.entries set number = 7 + number where number < 0",
    ),
    "a command of the ledger is changed": (
        "1 commands are not as they were",
        "update ledger.commands set by = 'eve' where number = 3",
    ),
    "a refusal of the ledger is softened": (
        "1 commands are not as they were",
        "update ledger.commands set refusal = null, outcome = 'accepted' where outcome = 'refused'",
    ),
    "where a command came from is changed": (
        "1 commands are not as they were",
        """update ledger.commands set origin = '{"address":"192.0.2.9"}' where number = 3""",
    ),
    "a command of the ledger is taken out": (
        "1 of its commands are not in the ledger",
        "delete from ledger.commands where number = 3",
    ),
    "a command is put in": (
        "1 commands are not in it",
        "create temporary table one on commit drop as select * from ledger.commands where number = 3",
        "update one set id = gen_random_uuid(), number = 0",
        "insert into ledger.commands select * from one",
    ),
}


async def did(do: Do) -> None:
    """Five commands, one of them refused."""
    for learner in ("ada", "ben", "cy", "dee"):
        await enroll(do, learner)
    with pytest.raises(Rejected):
        await do(ENROLLMENT.at("art", "ada"), CompleteLesson(LessonId("none")), caller())


def note(record: str = "/api/facts") -> Note:
    return Note(
        TENANT, uuid4(), "read", datetime.now(UTC), "ada", "replay", "GET /api/facts", record, "accepted", None, 1,
        uuid4(), '{"address":"192.0.2.1","agent":"a test","request":"r"}',
    )  # fmt: skip


async def noted(database: Database, *notes: Note) -> None:
    noter = Noter(lambda: database.connect("app"))
    noter.start()
    await asyncio.gather(*map(noter.ask, notes))
    await noter.stop()


@proves("audit.trail")
async def test_whoever_changes_an_entry_or_what_it_tells_of_is_found_out(database: Database, tmp_path: Path) -> None:
    async with writing(database) as do, clerking(database):
        await did(do)
        await noted(database, note())
        await taken(database)
    assert trail_head(database).size == 6
    assert wrong(database) == ()
    witness = witness_in(tmp_path / "witness")
    assert look(database, witness) == []
    superuser(
        database,
        "create table public.entries as select * from trail.entries",
        "create table public.commands as select * from ledger.commands",
    )
    for name, (complaint, *statements) in CHANGES.items():
        superuser(database, *(one.replace("THIRD", "number = 3") for one in statements))
        said = wrong(database)
        assert any(complaint in one for one in said), (name, said)
        superuser(
            database,
            "delete from trail.entries",
            "insert into trail.entries select * from public.entries",
            "delete from ledger.commands",
            "insert into ledger.commands select * from public.commands",
        )
    assert wrong(database) == ()


async def test_where_somebody_came_from_may_be_taken_out_and_nothing_else(database: Database) -> None:
    async with writing(database) as do, clerking(database):
        await did(do)
        await noted(database, note())
        await taken(database)
    with psycopg.connect(database.url, autocommit=True) as owner:
        owner.execute("update trail.entries set origin = null, salt = null where kind = 'read'")
        for statement in (
            "update trail.entries set by = 'eve', origin = null, salt = null",
            "update trail.entries set origin_digest = null, origin = null, salt = null",
            "delete from trail.entries",
            "truncate trail.entries",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                owner.execute(statement)
    assert await rows(database, "select count(*) from trail.entries where origin is not null") == [(0,)]
    assert wrong(database) == ()


async def test_every_command_is_in_it_once_however_often_the_clerk_is_killed(
    database: Database, tmp_path: Path
) -> None:
    witness = witness_in(tmp_path / "witness")
    async with writing(database) as do, clerking(database), clerking(database):
        for round_ in range(5):
            await asyncio.gather(*(enroll(do, f"{round_}-{number}") for number in range(30)))
            await asyncio.gather(*(enroll(do, f"{round_}-{number}", tenant=OTHER) for number in range(5)))
            await noted(database, *(note(f"/api/{round_}/{number}") for number in range(3)))
            await rows(
                database, "select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and granted"
            )
            assert look(database, witness) == []
        await taken(database)
    told = "select count(*), count(distinct id), max(number) from trail.entries where tenant = %s"
    assert await rows(database, told, (TENANT,)) == [(165, 165, 165)]
    assert await rows(database, told, (OTHER,)) == [(25, 25, 25)]
    facts = "select distinct facts from trail.entries where kind = 'command'"
    assert await rows(database, facts) == [(["enrollments.LearnerEnrolled"],)]
    assert wrong(database) == wrong(database, OTHER) == ()
    trees = await rows(database, "select tenant from proof.trees where of = 'trail'")
    assert {tree_of(TENANT), tree_of(OTHER)} == {tree for (tree,) in trees}


async def test_a_trail_that_was_cut_off_with_its_head_meets_a_witness_who_remembers(
    database: Database, tmp_path: Path
) -> None:
    witness = witness_in(tmp_path / "witness")
    async with writing(database) as do, clerking(database):
        await did(do)
        await taken(database)
    superuser(database, "create table public.trees as select * from proof.trees")
    seen = trail_head(database)
    async with writing(database) as do, clerking(database):
        await enroll(do, "fay")
        await taken(database)
    assert look(database, witness) == []
    later = trail_head(database)
    superuser(
        database,
        "delete from proof.trees",
        "insert into proof.trees select * from public.trees",
        "delete from trail.entries where number > 5",
        "delete from ledger.commands where number > 5",
        "update trail.taken set commands = 5",
    )
    assert wrong(database) == wrong(database, seen=(seen,)) == ()
    assert wrong(database, seen=(later,)) == ("it does not begin with the 6 entries that were seen",)
    assert [one.why for one in look(database, witness)] == ["cut off: it has 5 leaves, and had 6"]
