"""Show what something was like."""

from __future__ import annotations

import argparse
import asyncio
import importlib
import inspect
import shlex
import sys
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, get_type_hints
from uuid import UUID

import msgspec

from api.asides import choice_of, looking_aside, told, when
from api.cli import WRONG_USE, say
from api.settings import Settings, load
from domain.kernel import Rejected
from projections.model import ReadModel, model_named

if TYPE_CHECKING:
    from adapters.postgres.aside import Aside
    from adapters.postgres.exporting import Exporter

NAME = "as-of"
HELP = "show the state of a stream, or a read model, at a position or a time, as JSON"


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("what", help="a stream, enrollment:art:ada, or a read model, enrollments.roster")
    parser.add_argument("--tenant", type=UUID, required=True, help="whose it is")
    parser.add_argument(
        "--at", "--position", type=when, metavar="THEN", help="a position, or a time: 2026-11-21T05:00Z"
    )
    parser.add_argument("--ask", metavar="QUESTION", help="a question of the read model: 'who_is_on course=art'")


def run(args: argparse.Namespace) -> int:
    model = model_named(args.what)
    return asyncio.run(_shown(load(), args) if model is None else _model_shown(load(), model, args))


async def _shown(settings: Settings, args: argparse.Namespace) -> int:
    from adapters.postgres.connect import lending_one
    from adapters.postgres.exporting import Exporter
    from api.service.as_of import state_then

    choice = choice_of(args.at, streams=(args.what,), tenant=args.tenant)
    async with lending_one(settings.dsn("auditor")) as lend:
        exporter = Exporter(lend)
        found = await state_then(exporter, await exporter.log_of(args.tenant), choice)
    if found is None:
        say(f"nothing had happened in {args.what} by then")
        return 1
    sys.stdout.write(msgspec.json.encode(found[0]).decode() + "\n")
    return 0


async def _model_shown(settings: Settings, model: ReadModel, args: argparse.Namespace) -> int:
    async def look(aside: Aside, exporter: Exporter) -> int:
        del exporter
        if args.ask is not None:
            return await _answered(aside, model, args)
        standing = await aside.build(model, args.tenant, choice_of(args.at))
        told(standing, args.tenant)
        async for table, row in aside.rows(standing):
            sys.stdout.write(msgspec.json.encode({"table": table, "row": row}).decode() + "\n")
        return 0

    return await looking_aside(settings, look)


async def _answered(aside: Aside, model: ReadModel, args: argparse.Namespace) -> int:
    """What the model would have answered then."""
    from adapters.postgres.aside import AskThen

    name, *said = shlex.split(args.ask)
    asked = questions(model).get(name)
    if asked is None:
        say(f"{model.name} answers {', '.join(sorted(questions(model)))}")
        return WRONG_USE
    hints = get_type_hints(asked, include_extras=True)
    try:
        given = {key: msgspec.convert(value, hints[key], strict=False) for key, _, value in map(_parted, said)}
        answer = await asked(AskThen(aside, choice_of(args.at)), args.tenant, **given)
    except (KeyError, TypeError, msgspec.ValidationError, Rejected) as wrong:
        say(f"{name} cannot be asked so: {wrong}; it is asked as {name}{inspect.signature(asked)}")
        return WRONG_USE
    sys.stdout.write(msgspec.json.encode(answer).decode() + "\n")
    return 0


def _parted(said: str) -> tuple[str, str, str]:
    return said.partition("=")


def questions(model: ReadModel) -> dict[str, Callable[..., Awaitable[Any]]]:
    """What a read model is asked, by the names of its functions."""
    module = importlib.import_module(f"projections.{model.name}")
    functions = (thing for thing in vars(module).values() if inspect.iscoroutinefunction(thing))
    return {one.__name__: one for one in functions if one.__module__ == module.__name__ and one.__name__[0] != "_"}
