"""The vault."""

from __future__ import annotations

import argparse
import asyncio
import sys

from api.cli import say
from api.settings import Settings, load

NAME = "vault"
HELP = "the keys of people: wrap them under a new ANNALS_VAULT_KEY, destroy again what was restored"


def arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", metavar="action", required=True)
    actions.add_parser("rewrap", help="wrap under ANNALS_VAULT_KEY what is wrapped under one before it")
    actions.add_parser(
        "erase-again", help="after the vault was restored: destroy the keys of all who were erased since"
    )


def run(args: argparse.Namespace) -> int:
    return asyncio.run(_rewrapped(load()) if args.action == "rewrap" else _erased_again(load()))


ERASED = "select distinct tenant, data ->> 'person' from ledger.facts where type = 'privacy.KeyDestroyed' order by 1, 2"


async def _erased_again(settings: Settings) -> int:
    from adapters.postgres.connect import connect, lending
    from adapters.postgres.vault import PostgresVault
    from application.ledger import TenantId

    vault = PostgresVault(lending(settings.dsn("app")), settings.vault_key, settings.vault_key_before)
    async with await connect(settings.dsn("auditor")) as connection:
        found = await (await connection.execute(ERASED)).fetchall()
    for tenant, person in found:
        await vault.destroy(TenantId(tenant), person)
    sys.stdout.write(f"{len(found)} people were erased, and so are their keys\n")
    return 0


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
