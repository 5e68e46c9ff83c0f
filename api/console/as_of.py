"""Show what something was like."""

from __future__ import annotations

import argparse
import asyncio
import sys
from uuid import UUID

import msgspec

from adapters.postgres.browsing import Choice
from api.cli import say
from api.console.facts import moment
from api.settings import Settings, load

NAME = "as-of"
HELP = "show the state of a stream at a position or a time, as JSON"


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("stream", help="enrollment:art:ada")
    parser.add_argument("--tenant", type=UUID, required=True, help="whose stream it is")
    parser.add_argument("--position", type=int, metavar="POSITION", help="up to this position of its log")
    parser.add_argument("--at", type=moment, metavar="TIME", help="up to this time: 2026-11-21T05:00Z")


def run(args: argparse.Namespace) -> int:
    return asyncio.run(_shown(load(), args))


async def _shown(settings: Settings, args: argparse.Namespace) -> int:
    from adapters.postgres.connect import lending_one
    from adapters.postgres.exporting import Exporter
    from api.service.as_of import state_then, up_to

    choice = Choice(streams=(args.stream,), tenant=args.tenant, to=args.position, until=up_to(args.at))
    async with lending_one(settings.dsn("auditor")) as lend:
        exporter = Exporter(lend)
        found = await state_then(exporter, await exporter.log_of(args.tenant), choice)
    if found is None:
        say(f"nothing had happened in {args.stream} by then")
        return 1
    sys.stdout.write(msgspec.json.encode(found[0]).decode() + "\n")
    return 0
