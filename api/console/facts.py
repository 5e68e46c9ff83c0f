"""Show the facts of the ledger."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice
from typing import Any
from uuid import UUID

import msgspec
import psycopg

from adapters.postgres.browsing import Choice, Line, browse
from api.cli import say
from api.settings import load

NAME = "facts"
HELP = "show the facts of the ledger, one a line, as JSON"

SAY_EVERY_S = 2.0


def moment(text: str) -> datetime:
    """A time as people write it: 2026-11-21, 2026-11-21T05:00, with an offset or in UTC."""
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def arguments(parser: argparse.ArgumentParser) -> None:
    several: dict[str, Any] = {"action": "append", "default": []}
    parser.add_argument("--type", **several, metavar="NAME", help="enrollments.LearnerEnrolled, or enrollments.*")
    parser.add_argument("--stream", **several, metavar="NAME", help="enrollment:art:ada, or enrollment:art:*")
    parser.add_argument("--tenant", type=UUID, help="facts of this tenant")
    parser.add_argument("--since", type=moment, metavar="TIME", help="decided at or after: 2026-11-21T05:00Z")
    parser.add_argument("--until", type=moment, metavar="TIME", help="decided before")
    parser.add_argument("--after", type=int, default=0, metavar="POSITION", help="after this position of its log")
    parser.add_argument("--to", type=int, metavar="POSITION", help="up to this position of its log")
    parser.add_argument("--log", type=int, **several, metavar="N", help="of this log (all)")
    parser.add_argument("--limit", type=int, metavar="N", help="no more than so many")
    parser.add_argument("--follow", action="store_true", help="then wait for what is still to come")


def run(args: argparse.Namespace) -> int:
    choice = Choice(
        types=tuple(args.type),
        streams=tuple(args.stream),
        tenant=args.tenant,
        since=args.since,
        until=args.until,
        after=args.after,
        to=args.to,
        logs=tuple(args.log),
    )
    encode = msgspec.json.Encoder().encode
    with psycopg.connect(load().dsn("auditor"), autocommit=True) as connection:
        lines: Iterator[Line] = browse(connection, choice, Progress().looked, follow=args.follow)
        for line in islice(lines, args.limit):
            sys.stdout.write(encode(line).decode() + "\n")
            if args.follow:
                sys.stdout.flush()
    sys.stdout.flush()
    return 0


class Progress:
    """Says how far it has come, when it takes long and nobody sees the facts go by."""

    def __init__(self) -> None:
        self._next = time.monotonic() + SAY_EVERY_S

    def looked(self, log: int, position: int, end: int) -> None:
        now = time.monotonic()
        if now >= self._next and position < end and not sys.stdout.isatty():
            self._next = now + SAY_EVERY_S
            say(f"log {log}: position {position:,} of {end:,}")
