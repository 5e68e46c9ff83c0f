"""Bring the database to the shape this version needs."""

from __future__ import annotations

import argparse

from adapters.postgres import migrate
from api.cli import say
from api.settings import load

NAME = "migrate"
HELP = "bring the database to the shape that this version needs; doing it again changes nothing"


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--rollback", action="store_true", help="take the last migration back instead")


def run(args: argparse.Namespace) -> int:
    settings = load()
    url = settings.url_of("owner")
    if args.rollback:
        migrate.rollback(url)
        say("the last migration is taken back")
    else:
        migrate.migrate(url, settings.logs)
        say("the database is as this version needs it")
    return 0
