"""Read models."""

from __future__ import annotations

import argparse
import asyncio
import sys

from api.answers import answer, operator
from api.cli import say
from api.settings import Settings, load

NAME = "projections"
HELP = "read models and the other followers: list, rebuild, verify, pause, resume"


def arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", metavar="action", required=True)
    listing = actions.add_parser("list", help="how far each is, and whether an engine is at work on it")
    listing.add_argument("--json", action="store_true", help="one JSON object a line")
    for action, meaning in (
        ("rebuild", "build read models anew beside those shown, and swap them"),
        ("verify", "build read models aside, and compare them with those shown"),
    ):
        some = actions.add_parser(action, help=meaning)
        some.add_argument("models", nargs="*", help="their names; all when none is given")
        some.add_argument("--by", default=operator(), help="who wants it; kept")
    for action, meaning in (("pause", "have a follower stand still"), ("resume", "have it go on")):
        one = actions.add_parser(action, help=meaning)
        one.add_argument("follower")
        one.add_argument("--by", default=operator(), help="who wants it; kept")


def run(args: argparse.Namespace) -> int:
    import psycopg

    from adapters.postgres.followers.operating import lags, pause, resume

    settings = load()
    dsn = settings.dsn("projector")
    with psycopg.connect(dsn, autocommit=True) as connection:
        match args.action:
            case "list":
                answer(lags(connection), json=args.json, none="Nothing follows the ledger yet.")
                return 0
            case "pause":
                pause(connection, args.follower, args.by)
                return 0
            case "resume":
                resume(connection, args.follower, args.by)
                return 0
            case _:
                return asyncio.run(_built(settings, args.action, args.models, args.by))


async def _built(settings: Settings, action: str, names: list[str], by: str) -> int:
    from adapters.postgres.connect import connect, lending
    from adapters.postgres.followers.operating import intervened
    from adapters.postgres.followers.rebuild import rebuild, verify
    from adapters.postgres.vault import PostgresVault, WrongKey
    from projections.model import models

    known = {model.name: model for model in models()}
    unknown = sorted(set(names) - set(known))
    if unknown:
        say(f"there is no read model {unknown[0]}; there are {', '.join(known)}")
        return 1
    dsn = settings.dsn("projector")
    vault = PostgresVault(lending(dsn), settings.vault_key, settings.vault_key_before)
    try:
        await vault.check()
    except WrongKey as wrong:
        say(f"{wrong}; `annals up` keeps its own in {settings.data / 'vault.key'}")
        return 1
    equal = True
    for name in names or known:
        async with await connect(dsn) as connection:
            await intervened(connection, by, f"projections.{action}", {"model": name})
        if action == "rebuild":
            await rebuild(lambda: connect(dsn), known[name], vault)
            sys.stdout.write(f"{name}: rebuilt, and shown\n")
            continue
        for checked in await verify(lambda: connect(dsn), known[name], vault):
            equal = equal and checked.equal
            verdict = "equal" if checked.equal else f"DIFFERENT: {checked.shown} is shown, {checked.rebuilt} is right"
            sys.stdout.write(f"{name}: {checked.table}: {verdict}\n")
    return 0 if equal else 1
