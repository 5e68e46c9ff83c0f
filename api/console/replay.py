"""Read the facts of the ledger again."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO
from uuid import UUID

import msgspec

from adapters.postgres.browsing import Choice
from api.cli import WRONG_USE, say
from api.collecting import collect_seldom
from api.console.facts import moment
from api.settings import Settings, load

if TYPE_CHECKING:
    from adapters.postgres.exporting import Exporter, Part
    from application.ports import Keys

NAME = "replay"
HELP = "read the facts again, forward from anywhere: as JSON, one a line, or as an Arrow stream"

SAY_EVERY_S = 2.0
BLOCK = 1 << 16


def arguments(parser: argparse.ArgumentParser) -> None:
    several: dict[str, Any] = {"action": "append", "default": []}
    parser.add_argument("--type", **several, metavar="NAME", help="enrollments.LearnerEnrolled, or enrollments.*")
    parser.add_argument("--context", **several, metavar="NAME", help="all facts of this context: enrollments")
    parser.add_argument("--stream", **several, metavar="NAME", help="enrollment:art:ada, or enrollment:art:*")
    parser.add_argument("--tenant", type=UUID, help="facts of this tenant")
    parser.add_argument("--since", type=moment, metavar="TIME", help="decided at or after: 2026-11-21T05:00Z")
    parser.add_argument("--until", type=moment, metavar="TIME", help="decided before")
    parser.add_argument("--after", type=int, default=0, metavar="POSITION", help="after this position of its log")
    parser.add_argument("--to", type=int, metavar="POSITION", help="up to this position of its log")
    parser.add_argument("--log", type=int, **several, metavar="N", help="of this log (all)")
    parser.add_argument("--format", choices=("ndjson", "arrow"), default="ndjson", help="ndjson, or Arrow IPC")
    parser.add_argument("--output", type=Path, metavar="FILE", help="write to this file, not to standard output")
    parser.add_argument("--resume", action="store_true", help="go on behind the last whole line of the --output")
    parser.add_argument("--open", action="store_true", help="open what is sealed of people; needs ANNALS_VAULT_KEY")


def run(args: argparse.Namespace) -> int:
    if args.resume and (args.output is None or args.format != "ndjson"):
        say("--resume goes on with a file of JSON: name it with --output. Otherwise go on with --after")
        return WRONG_USE
    collect_seldom()
    return asyncio.run(_replay(load(), args))


async def _replay(settings: Settings, args: argparse.Namespace) -> int:
    from adapters.postgres.connect import lending_one
    from adapters.postgres.exporting import Exporter, opened

    first, after = -1, args.after
    out = sys.stdout.buffer if args.output is None else args.output.open("r+b" if _is_there(args) else "wb")
    if args.resume:
        first, after = _where_it_ended(out, args.after)
    progress = Progress(quiet=args.output is None and sys.stdout.isatty())
    async with AsyncExitStack() as stack:
        stack.callback(out.flush if args.output is None else out.close)
        keys = _keys(settings) if args.open else None
        exporter = Exporter(await stack.enter_async_context(lending_one(settings.dsn("auditor"))))
        write, end = _writer(args.format)
        for log in sorted(args.log) or await exporter.logs():
            if log < first:
                continue
            choice = _choice(args, after if log == first or first < 0 else args.after)
            async for part in _parts(exporter, log, choice):
                facts = part.facts if keys is None else await opened(keys, part.facts)
                out.write(write(log, facts))
                progress.looked(part)
        out.write(end())
    progress.done()
    return 0


def _is_there(args: argparse.Namespace) -> bool:
    return bool(args.resume and args.output.exists())


def _choice(args: argparse.Namespace, after: int) -> Choice:
    return Choice(
        types=(*args.type, *(f"{context}.*" for context in args.context)),
        streams=tuple(args.stream),
        tenant=args.tenant,
        since=args.since,
        until=args.until,
        after=after,
        to=args.to,
    )


async def _parts(exporter: Exporter, log: int, choice: Choice) -> AsyncGenerator[Part]:
    end = await exporter.end(log, choice)
    async for part in exporter.parts(log, choice, end):
        yield part


def _writer(form: str) -> tuple[Callable[..., bytes], Callable[[], bytes]]:
    """What makes bytes of facts, and what makes the end."""
    if form == "arrow":
        from adapters.arrow import ArrowStream

        stream = ArrowStream()
        return stream.part, stream.end
    from adapters.postgres.exporting import as_lines

    return as_lines, bytes


def _keys(settings: Settings) -> Keys:
    """The keys of people: for those who have the key that these are wrapped under."""
    from adapters.postgres.connect import lending
    from adapters.postgres.vault import PostgresVault

    return PostgresVault(lending(settings.dsn("app")), settings.vault_key, settings.vault_key_before)


class _Last(msgspec.Struct):
    log: int
    position: int


def _where_it_ended(out: BinaryIO, after: int) -> tuple[int, int]:
    """The log and the position of the last whole line of a file. What was written of the next one is cut off."""
    end = out.seek(0, os.SEEK_END)
    tail = b""
    while end > 0 and tail.count(b"\n") < 2:  # noqa: PLR2004 — the end of the last line, and that of the one before
        block = min(BLOCK, end)
        end = out.seek(end - block)
        tail = out.read(block) + tail
    whole, newline, _ = tail.rpartition(b"\n")
    out.seek(end + len(whole) + len(newline))
    out.truncate()
    if not whole:
        return -1, after
    last = msgspec.json.decode(whole.rpartition(b"\n")[2], type=_Last)
    return last.log, max(after, last.position)


class Progress:
    """Says how far it has come and how fast, unless the facts themselves go by on the terminal."""

    def __init__(self, *, quiet: bool) -> None:
        self._quiet = quiet
        self._begun = time.monotonic()
        self._next = self._begun + SAY_EVERY_S
        self._facts = 0

    def looked(self, part: Part) -> None:
        self._facts += len(part.facts.position)
        now = time.monotonic()
        if now >= self._next and not self._quiet:
            self._next = now + SAY_EVERY_S
            done = 100 * part.until // max(part.end, 1)
            say(f"log {part.log}: position {part.until:,} of {part.end:,} ({done} %); {self._so_far(now)}")

    def done(self) -> None:
        if not self._quiet:
            say(f"done: {self._so_far(time.monotonic())}")

    def _so_far(self, now: float) -> str:
        return f"{self._facts:,} facts, {self._facts / max(now - self._begun, 0.001):,.0f} a second"
