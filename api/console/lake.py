"""The lake: the facts as Parquet, for analysts."""

from __future__ import annotations

import argparse
import asyncio
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg

from api.cli import say
from api.collecting import collect_seldom
from api.settings import Settings, load

if TYPE_CHECKING:
    from adapters.lake import Step

NAME = "lake"
HELP = "keep every fact as Parquet, in a folder or a bucket: `annals lake sync`, `annals lake compact`"


def arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", metavar="action", required=True)
    sync = actions.add_parser("sync", help="bring the lake up to where the ledger is now")
    sync.add_argument("--to", metavar="WHERE", help="a folder, or s3://bucket/prefix?region=…&endpoint=… (LAKE)")
    sync.add_argument("--step", type=int, default=40_000, metavar="N", help="positions that are filled in at once")
    compacting = actions.add_parser("compact", help="make one file of the many of each day and type of fact")
    compacting.add_argument("--to", metavar="WHERE", help="the lake, as `annals lake sync` was told")


def run(args: argparse.Namespace) -> int:
    settings = load()
    collect_seldom()
    where = args.to or settings.lake
    return asyncio.run(_compact(settings, where) if args.action == "compact" else _sync(settings, where, args.step))


async def _compact(settings: Settings, where: str) -> int:
    from adapters.compacting import Compacted, compact
    from adapters.lake import Lake
    from adapters.postgres.connect import lending_one

    store = _store(where)
    lake = Lake(store)

    def done(one: Compacted) -> None:
        say(f"{one.path}: {one.files} files became one of {one.facts:,} facts")

    async with lending_one(settings.dsn("auditor")) as lend, lend() as connection:
        if not await _is_ours(connection, where):
            say(f"another `annals lake` is at work on {where}")
            return 1
        compact(store, lambda log: lake.note(log).reached, done)
    return 0


async def _sync(settings: Settings, where: str, step: int) -> int:
    from adapters.lake import Lake
    from adapters.postgres.connect import lending_one
    from adapters.postgres.exporting import Exporter

    progress = Progress()
    lake = Lake(_store(where), step)
    async with lending_one(settings.dsn("auditor")) as lend:
        async with lend() as connection:
            if not await _is_ours(connection, where):
                say(f"another `annals lake` is at work on {where}")
                return 1
        exporter = Exporter(lend)
        for log in await exporter.logs():
            await lake.fill(exporter, log, progress.done)
        lake.describe()
    progress.end()
    return 0


async def _is_ours(connection: psycopg.AsyncConnection[Any], where: str) -> bool:
    """Whether nobody else fills this lake. Held as long as the connection that the facts are read on."""
    asked = await connection.execute("select pg_try_advisory_lock(hashtextextended(%s, 6))", (f"lake {where}",))
    found = await asked.fetchone()
    return bool(found and found[0])


def _store(where: str) -> Any:
    from obstore.store import LocalStore

    from adapters.object_store import bucket

    return bucket(where) if where.startswith("s3:") else LocalStore(Path(where).absolute(), mkdir=True)


class Progress:
    """Says how far it has come and how fast."""

    def __init__(self) -> None:
        self._begun = time.monotonic()
        self._facts = 0

    def done(self, step: Step) -> None:
        self._facts += step.facts
        say(f"log {step.log}: position {step.until:,} of {step.end:,}; {self._so_far()}")

    def end(self) -> None:
        say(f"done: {self._so_far()}")

    def _so_far(self) -> str:
        rate = self._facts / max(time.monotonic() - self._begun, 0.001)
        return f"{self._facts:,} facts, {rate:,.0f} a second"
