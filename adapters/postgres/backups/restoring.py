"""A server made again from a copy and its log, whole or not at all: it gets its name when it is complete."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import msgspec
import psycopg

from adapters.embedded.postgres import EmbeddedPostgres
from adapters.postgres.backups.amending import empty, erase_again, models_to_empty
from adapters.postgres.backups.copying import heads_of, verify
from adapters.postgres.backups.lives import BackupFailed, Life
from adapters.postgres.backups.programs import run
from adapters.postgres.backups.recovering import Seen, recovered, see
from adapters.postgres.backups.targets import At, Latest, Target, Upto, copy_before, stopping, told
from domain.kernel import Value
from projections.model import ReadModel

Say = Callable[[str], None]
Look = Callable[[EmbeddedPostgres], None]
"""What else is looked at while the restored server runs, with nobody else in it."""


class Restored(Value):
    """What a restore did."""

    life: str
    copy: str
    to: str
    heads: dict[str, list[int]]
    """Where the logs of each database with a ledger are now."""
    last: datetime | None
    """When the last transaction was committed that is in it."""
    erased_again: int
    emptied: int
    """Read models that were emptied, and are made again from the facts."""
    seconds: dict[str, float]


def restore(  # noqa: PLR0913 — what, to where, and who is told
    life: Life,
    target: Target,
    into: Path,
    models: Sequence[ReadModel],
    *,
    say: Say,
    look: Look | None = None,
    to_disk: bool = True,
) -> Restored:
    """Make a server in `into`, which must not be there: its folder `data` is what Postgres keeps.

    What is thrown away afterwards need not be on the disk.
    """
    if into.exists():
        raise BackupFailed(f"{into} is there already: move it away, nothing is restored over it")
    took = _Took()
    seen: Seen | None = None
    wanted = copy_before(life, target)
    for one in {copy.name: copy for copy in (wanted, life.copies()[-1])}.values():
        say(f"verifying copy {one.name}")
        with took("verified"):
            verify(one)
    if not isinstance(target, Latest):
        say("looking at the end of the log: who was erased since, and what is where")
        with took("looked"):
            seen = _looked(life, target, into)
        target = _sooner(target, seen)
    unfinished = into.with_name(f"{into.name}.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True, mode=0o711)
    say(f"replaying the log on copy {wanted.name} to {told(target)}")
    began = time.monotonic()
    with recovered(life, wanted, unfinished, stopping(target, seen.transaction if seen else "")) as server:
        took.add("replayed", began)
        last = see(server, Latest()).last
        with took("put right"):
            again, emptied = _put_right(server, seen, models)
        if look is not None:
            with took("looked into"):
                look(server)
        heads = dict(heads_of(server.url))
        began = time.monotonic()
    if to_disk:
        run("initdb", unfinished, "--sync-only", "-D", str(unfinished / "data"))
    unfinished.rename(into)
    took.add("written to the disk", began)
    return Restored(life.name, wanted.name, told(target), heads, last, again, emptied, took.all())


def _looked(life: Life, target: Target, into: Path) -> Seen:
    """What is at the end, in a place that is thrown away."""
    aside = into.with_name(f"{into.name}.aside")
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir(parents=True, mode=0o711)
    try:
        with recovered(life, life.copies()[-1], aside, {}) as server:
            return see(server, target)
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _sooner(target: Target, seen: Seen) -> Target:
    """A moment after everything is the end: Postgres would wait for more, and give up."""
    match target:
        case At(moment) if seen.last is None or moment >= seen.last:
            return Latest()
        case Latest() | At() | Upto():
            return target


def _put_right(server: EmbeddedPostgres, seen: Seen | None, models: Sequence[ReadModel]) -> tuple[int, int]:
    again = emptied = 0
    for name, _ in heads_of(server.url):
        url = server.database_url(name)
        erased = erase_again(url, seen.erased.get(name, ()) if seen else ())
        old = models_to_empty(url, models, erased)
        empty(url, old)
        again, emptied = again + erased, emptied + len(old)
    if again:
        with psycopg.connect(server.url, autocommit=True) as connection:
            connection.execute("select pg_switch_wal()")
    return again, emptied


class _Took:
    """How long each step took."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._seconds: dict[str, float] = {}

    @contextmanager
    def __call__(self, step: str) -> Generator[None]:
        began = time.monotonic()
        yield
        self.add(step, began)

    def add(self, step: str, began: float) -> None:
        self._seconds[step] = round(self._seconds.get(step, 0.0) + time.monotonic() - began, 3)

    def all(self) -> dict[str, float]:
        return {**self._seconds, "in all": round(time.monotonic() - self._began, 3)}


def noted(restored: Restored) -> str:
    """A restore as one line of JSON."""
    return msgspec.json.encode(restored).decode()
