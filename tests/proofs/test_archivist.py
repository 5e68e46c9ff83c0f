"""The archivist: every fact in its tenant's tree, once, whatever becomes of it."""

from __future__ import annotations

import asyncio
import random
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec
import psycopg
import pytest
from structlog.testing import capture_logs

from adapters.postgres.connect import Role
from adapters.postgres.followers.rows import Row, read_rows
from adapters.postgres.proofs.archivist import Archivist, leaf_of
from adapters.postgres.proofs.growing import Tampered
from application.checkpoints import BadNote, Signer, origin, verified
from application.ledger import TenantId
from application.merkle import Edge, leaf_hash
from tests.followers.running import TENANT, caught_up, enroll, rows, until, writing
from tests.proofs.keeping import KEY, LOG, OTHER, archived, archiving, head_of, lives, log_keys, note_of, verdict
from tests.servers import Database


async def roots(database: Database, log: int = 0) -> dict[Any, tuple[int, bytes]]:
    """The trees as they are to be, made of the facts at once."""
    edges: dict[Any, Edge] = {}
    async with await database.connect("auditor") as connection:
        position = 0
        while True:
            reached, found = await read_rows(connection, log, position, 500, None)
            if reached == position:
                return {tenant: (edge.size, edge.root()) for tenant, edge in edges.items()}
            position = reached
            for row in found:
                edges.setdefault(row.tenant, Edge()).grow([leaf_hash(leaf_of(row, log))])


async def test_every_fact_is_in_the_tree_of_its_tenant_once_however_often_the_archivist_is_killed(
    database: Database,
) -> None:
    rng = random.Random(3)  # noqa: S311 — the same each time
    async with writing(database) as do, archiving(database), archiving(database):
        for round_ in range(6):
            await lives(do, rng.randint(1, 40), f"round-{round_}")
            await asyncio.gather(*(enroll(do, f"{round_}-{number}", tenant=OTHER) for number in range(9)))
            await rows(
                database, "select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and granted"
            )
        await caught_up(database, "archivist")
    for tenant, (size, root) in (await roots(database)).items():
        name = origin("annals", tenant)
        assert verified(note_of(database, tenant), LOG.log_key(name)) == (name, size, root)
        assert verdict(database, tenant=tenant).wrong == ()


async def test_each_log_has_its_own_trees(database_of: Any) -> None:
    database = database_of(3)
    async with writing(database, 3) as do:
        tenants = [TenantId(UUID(int=TENANT.int + number)) for number in range(4)]
        await asyncio.gather(*(enroll(do, f"ada-{n}", tenant=tenants[n % 4]) for n in range(80)))
    async with archiving(database, 3):
        await caught_up(database, "archivist")
    for tenant in tenants:
        assert (head_of(database, tenant).size, verdict(database, tenant=tenant).wrong) == (20, ())


async def test_a_tree_is_never_without_its_signed_head(database: Database) -> None:
    async with writing(database) as do, archiving(database):
        writes = asyncio.create_task(lives(do, 150))
        while not writes.done():
            for size, note in await rows(database, "select size, note from proof.trees"):
                assert verified(note, *log_keys(TENANT)).size == size
            await asyncio.sleep(0)
        await writes


async def test_a_new_key_signs_on_and_another_does_not(database: Database) -> None:
    other = bytes(32)
    async with writing(database) as do:
        await enroll(do, "ada")
        await archived(database)
        await enroll(do, "bob")
        with capture_logs() as logs:
            async with archiving(database, 1, other):

                async def failed() -> bool:
                    return any((one["event"], one.get("follower")) == ("follower.failed", "archivist") for one in logs)

                await until(failed)
        assert head_of(database).size == 1
        async with archiving(database, 1, other, KEY):
            await caught_up(database, "archivist")
        assert verified(note_of(database), Signer(other).log_key(origin("annals", TENANT))).size == 2
        with pytest.raises(BadNote):
            verified(note_of(database), *log_keys(TENANT))


CHANGES = {
    "update proof.trees set edge = set_byte(edge, 0, 255 - get_byte(edge, 0))": "not as it was signed",
    "update proof.trees set edge = edge || edge": "not as it was signed",
    "update proof.trees set size = size - 1": "not as it was signed",
    "update proof.trees set note = replace(note, 'annals', 'annuls')": "not as it was signed",
    "update followers.checkpoints set position = 0 where follower = 'archivist'": "only at 0",
}


async def test_what_it_did_not_write_it_does_not_go_on_from(database: Database) -> None:
    async with writing(database) as do:
        await lives(do, 3)
    await archived(database)
    async with await database.connect() as connection:
        for change, complaint in CHANGES.items():
            async with connection.transaction(force_rollback=True):
                await connection.execute(change.encode())
                cursor = await connection.execute(
                    "select position from followers.checkpoints where follower = 'archivist'"
                )
                (position,) = await cursor.fetchone() or (0,)
                with pytest.raises(Tampered, match=complaint):
                    await Archivist("annals", KEY).begin(connection, 0, position)
        archivist = Archivist("annals", KEY)
        assert await archivist.begin(connection, 0, 99) == 99
        _, found = await read_rows(connection, 0, 0, 1, None)
        with pytest.raises(Tampered, match="is in the tree of"):
            await archivist.handle(0, found)


async def test_nobody_but_the_projector_makes_a_tree_grow(database: Database) -> None:
    async with writing(database) as do:
        await enroll(do, "ada")
    await archived(database)
    sees: dict[Role, int] = {"app": 0, "auditor": 1, "witness": 1}
    for role, allowed in sees.items():
        async with await database.connect(role) as connection:
            if role == "app":
                await connection.execute("select set_config('annals.tenant', %s, false)", (str(OTHER),))
            cursor = await connection.execute("select count(*) from proof.trees")
            assert await cursor.fetchone() == (allowed,)
        for change in ("update proof.trees set size = 0", "delete from proof.tiles", "delete from proof.witnessed"):
            async with await database.connect(role) as connection:
                await connection.execute("set default_transaction_read_only = off")
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    await connection.execute(change.encode())


def test_a_leaf_is_these_bytes_for_ever() -> None:
    one = UUID("018f0000-0000-7000-8000-00000000000a")
    data = msgspec.Raw(b'{ "lesson":"\xc3\xa9"}')
    at = datetime(2026, 11, 21, 5, 0, 0, 120_000, UTC)
    row = Row(7, one, TENANT, "enrollment:art:ada", 2, "enrollments.LessonCompleted", data, at, "ada", one, one, None)
    assert leaf_of(row, 3).decode() == (
        '{"tenant":"018f0000-0000-7000-8000-000000000001","log":3,"position":7,"stream":"enrollment:art:ada",'
        '"version":2,"type":"enrollments.LessonCompleted","id":"018f0000-0000-7000-8000-00000000000a",'
        '"at":"2026-11-21T05:00:00.120000Z","by":"ada","command":"018f0000-0000-7000-8000-00000000000a",'
        '"correlation":"018f0000-0000-7000-8000-00000000000a","causation":null,"data":{ "lesson":"é"}}'
    )
