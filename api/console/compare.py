"""Show what is another between two moments."""

from __future__ import annotations

import argparse
import asyncio
import sys
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

import msgspec

from api.asides import choice_of, looking_aside, told, when
from api.settings import Settings, load
from projections.model import ReadModel, model_named

if TYPE_CHECKING:
    from adapters.postgres.aside import Aside
    from adapters.postgres.exporting import Exporter

NAME = "compare"
HELP = "show what is another in a stream, or in a read model, between two positions or times, as JSON"


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("what", help="a stream, enrollment:art:ada, or a read model, enrollments.roster")
    parser.add_argument("--tenant", type=UUID, required=True, help="whose it is")
    parser.add_argument("--before", type=when, required=True, metavar="THEN", help="a position, or a time")
    parser.add_argument("--after", type=when, metavar="THEN", help="a position, or a time; now, without one")


def run(args: argparse.Namespace) -> int:
    model = model_named(args.what)
    return asyncio.run(_states(load(), args) if model is None else _models(load(), model, args))


async def _states(settings: Settings, args: argparse.Namespace) -> int:
    """A field a line: its place, and what was in it before and after."""
    from adapters.postgres.connect import lending_one
    from adapters.postgres.exporting import Exporter
    from api.pages.comparing import differences
    from api.service.as_of import state_then

    async with lending_one(settings.dsn("auditor")) as lend:
        exporter = Exporter(lend)
        log = await exporter.log_of(args.tenant)

        async def state(then: int | datetime | None) -> dict[str, Any]:
            found = await state_then(exporter, log, choice_of(then, streams=(args.what,), tenant=args.tenant))
            return {} if found is None else {"state": found[0].state, **found[0].data}

        before, after = await state(args.before), await state(args.after)
    for one in differences(before, after):
        was = {name: msgspec.Raw(value.encode()) for name, value in one._asdict().items() if value and name != "place"}
        sys.stdout.write(msgspec.json.encode({"field": one.place, **was}).decode() + "\n")
    return 0


async def _models(settings: Settings, model: ReadModel, args: argparse.Namespace) -> int:
    """A row a line: the table it is in, and what it was before and after."""

    async def look(aside: Aside, exporter: Exporter) -> int:
        del exporter
        before = await aside.build(model, args.tenant, choice_of(args.before))
        after = await aside.build(model, args.tenant, choice_of(args.after))
        for standing in (before, after):
            told(standing, args.tenant)
        async for one in aside.differences(before, after):
            sys.stdout.write(msgspec.json.encode(one).decode() + "\n")
        return 0

    return await looking_aside(settings, look)
