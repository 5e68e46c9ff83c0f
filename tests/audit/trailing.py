"""A clerk at work on a real ledger, and what `annals proof verify` says of the trail."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from uuid import UUID

import psycopg

from adapters.postgres.proofs.growing import Growing
from adapters.postgres.trail.checking import check
from adapters.postgres.trail.clerk import Clerk
from application.checkpoints import Checkpoint
from application.trail import tree_of
from tests.followers.running import TENANT, rows, until
from tests.proofs.keeping import KEY, head_of, log_keys
from tests.servers import Database


@asynccontextmanager
async def clerking(database: Database, logs: int = 1) -> AsyncGenerator[None]:
    clerks = [Clerk(log, lambda: database.connect("projector"), Growing("trail", "annals", KEY)) for log in range(logs)]
    tasks = [asyncio.create_task(clerk.run()) for clerk in clerks]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def taken(database: Database) -> None:
    """Wait until everything is in the trail."""

    async def all_of_it() -> bool:
        left = await rows(
            database,
            "select (select sum(commands) from ledger.log_head) - coalesce((select sum(commands) from trail.taken), 0) "
            "+ (select count(*) from trail.noted)",
        )
        return left == [(0,)]

    await until(all_of_it)


def wrong(database: Database, tenant: UUID = TENANT, seen: tuple[Checkpoint, ...] = ()) -> tuple[str, ...]:
    """What is wrong with a trail."""
    with psycopg.connect(database.dsn("auditor"), autocommit=True) as connection:
        (found,) = check(connection, log_keys, seen, tenant)
    return found.wrong


def trail_head(database: Database, tenant: UUID = TENANT) -> Checkpoint:
    return head_of(database, tree_of(tenant))
