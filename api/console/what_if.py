"""Show what would be, had a rule been another."""

from __future__ import annotations

import argparse
import asyncio
import sys
from typing import TYPE_CHECKING
from uuid import UUID

import msgspec

from api.asides import choice_of, looking_aside, told, when
from api.cli import WRONG_USE, say
from api.settings import load
from application.what_if import Retelling, rules
from domain.kernel import Rejected
from projections.model import models

if TYPE_CHECKING:
    from adapters.postgres.aside import Aside
    from adapters.postgres.exporting import Exporter

NAME = "what-if"
HELP = "show what read models would show, had a rule been another: passing-mark=60; nothing is written"


def arguments(parser: argparse.ArgumentParser) -> None:
    known = "; ".join(f"{rule.name}: {rule.help}" for rule in rules().values())
    parser.add_argument("rule", metavar="RULE=VALUE", help=known)
    parser.add_argument("--streams", required=True, help="of what: enrollment:art:ada, or enrollment:art:*")
    parser.add_argument("--tenant", type=UUID, required=True, help="whose they are")
    parser.add_argument("--model", action="append", default=[], help="in which read models; in all that show it")
    parser.add_argument("--at", type=when, metavar="THEN", help="up to a position, or a time; now, without one")


def run(args: argparse.Namespace) -> int:
    name, _, value = args.rule.partition("=")
    rule = rules().get(name)
    if rule is None:
        say(f"there is no rule {name}; there are {', '.join(rules())}")
        return WRONG_USE
    try:
        first = Retelling(rule, value, args.streams)
    except Rejected as no:
        say(no.detail)
        return WRONG_USE
    shown = [one for one in models() if one.name in args.model or (not args.model and {*one.types} & {*first.facts})]

    async def look(aside: Aside, exporter: Exporter) -> int:
        del exporter
        for model in shown:
            retelling = Retelling(rule, value, args.streams)
            before = await aside.build(model, args.tenant, choice_of(args.at))
            after = await aside.what_if(model, args.tenant, choice_of(args.at), retelling)
            told(before, args.tenant)
            say(f"under {args.rule}, {retelling.other:,} of {retelling.told:,} facts would be others, or none")
            async for one in aside.differences(before, after):
                line = {"model": model.name, **msgspec.to_builtins(one)}
                sys.stdout.write(msgspec.json.encode(line).decode() + "\n")
        return 0

    return asyncio.run(looking_aside(load(), look))
