"""Trees over real facts, for tests: an archivist, what it keeps, and a superuser."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg

import annals_verify
from adapters.postgres.proofs import bundling
from adapters.postgres.proofs.archivist import Archivist
from adapters.postgres.proofs.bundling import About, Choice
from adapters.postgres.proofs.checking import Verdict, check
from api.witness import Folder, Refused, Witness
from application.checkpoints import Checkpoint, Key, Signer, origin, read
from application.do import Do
from application.ledger import TenantId
from tests.followers.running import TENANT, caught_up, following, live
from tests.servers import Database

KEY = bytes(range(32))
LOG = Signer(KEY)
OTHER = TenantId(UUID(int=TENANT.int + 1))
WITNESS = "witness.example"
EVERYTHING = Choice(tenant=TENANT)


def log_keys(tenant: UUID) -> list[Key]:
    return [LOG.log_key(origin("annals", tenant))]


@asynccontextmanager
async def archiving(database: Database, logs: int = 1, key: bytes = KEY, *before: bytes) -> AsyncGenerator[None]:
    async with following(database, Archivist("annals", key, before), logs=logs):
        yield


async def archived(database: Database) -> None:
    """Every fact is in its tree, and no archivist is at work any more."""
    async with archiving(database):
        await caught_up(database, "archivist")


async def lives(do: Do, count: int, name: str = "learner") -> None:
    await asyncio.gather(*(live(do, f"{name}-{number}") for number in range(count)))


def superuser(database: Database, *statements: str) -> None:
    """What somebody does who may do everything: nothing that guards the ledger guards it from them."""
    with psycopg.connect(database.url) as connection:
        connection.execute("set session_replication_role = replica")
        for statement in statements:
            assert connection.execute(statement.encode()).rowcount, statement  # -1 where nothing is counted


def verdict(database: Database, seen: Sequence[Checkpoint] = (), tenant: UUID = TENANT) -> Verdict:
    """What `annals proof verify` says of a tenant's tree."""
    with psycopg.connect(database.dsn("auditor"), autocommit=True) as connection:
        (found,) = check(connection, log_keys, seen, tenant)
    return found


def bundle(database: Database, to: Path, seen: Sequence[str] = (), choice: Choice = EVERYTHING) -> About:
    with psycopg.connect(database.dsn("auditor"), autocommit=True) as connection:
        return bundling.bundle(connection, choice, seen, to)


def asked(witness: Witness | None = None, seen: Sequence[str] = (), **more: Any) -> annals_verify.Asked:
    """What an auditor holds a bundle against."""
    return annals_verify.Asked(
        [annals_verify.key_of(str(key)) for key in log_keys(TENANT)],
        [] if witness is None else [annals_verify.key_of(str(witness.key))],
        [annals_verify.note_of(note) for note in seen],
        **more,
    )


def proven(path: Path, against: annals_verify.Asked) -> list[str]:
    return list(annals_verify.verify(annals_verify.read(path), against))


def witness_in(folder: Path) -> Witness:
    return Witness(WITNESS, Folder(folder), "annals", (LOG.public,))


def look(database: Database, witness: Witness, at: float = 1_795_000_000) -> list[Refused]:
    with psycopg.connect(database.dsn("witness"), autocommit=True) as connection:
        return witness.look(connection, lambda: at)


def note_of(database: Database, tenant: UUID = TENANT) -> str:
    with psycopg.connect(database.url) as connection:
        found = connection.execute("select note from proof.trees where tenant = %s", (tenant,)).fetchone()
    assert found is not None
    return str(found[0])


def head_of(database: Database, tenant: UUID = TENANT) -> Checkpoint:
    return read(note_of(database, tenant)).checkpoint
