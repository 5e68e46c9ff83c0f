"""The vault."""

from __future__ import annotations

import argparse
import asyncio
import sys

from api.cli import say
from api.settings import Settings, load

NAME = "vault"
HELP = "the keys of people: wrap them under a new ANNALS_VAULT_KEY"


def arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", metavar="action", required=True)
    actions.add_parser("rewrap", help="wrap under ANNALS_VAULT_KEY what is wrapped under one before it")


def run(args: argparse.Namespace) -> int:
    del args
    return asyncio.run(_rewrapped(load()))


async def _rewrapped(settings: Settings) -> int:
    from adapters.postgres.connect import lending
    from adapters.postgres.vault import PostgresVault
    from application.ledger import Unavailable

    vault = PostgresVault(lending(settings.dsn("app")), settings.vault_key, settings.vault_key_before)
    try:
        count = await vault.rewrap()
    except Unavailable as why:
        say(str(why))
        return 1
    sys.stdout.write(f"{count} wrapped anew; no fact was touched\n")
    return 0
