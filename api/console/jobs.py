"""Background jobs."""

from __future__ import annotations

import argparse
from uuid import UUID

from api.answers import answer, operator
from api.cli import say
from api.settings import load

NAME = "jobs"
HELP = "background jobs: list, show, dead (those given up), retry"


def arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", metavar="action", required=True)
    for action, meaning in (("list", "what waits, runs, or was given up"), ("dead", "what was given up")):
        listing = actions.add_parser(action, help=meaning)
        listing.add_argument("--json", action="store_true", help="one JSON object a line")
    show = actions.add_parser("show", help="one job, with its errand and its last error")
    show.add_argument("id", type=UUID)
    retry = actions.add_parser("retry", help="put what was given up back into the queue")
    retry.add_argument("id", type=UUID)
    retry.add_argument("--by", default=operator(), help="who wants it; kept")


def run(args: argparse.Namespace) -> int:
    import psycopg

    from adapters.postgres import dead_letters

    settings = load()
    if settings.broker_url and not settings.broker_url.startswith("postgres"):
        say("BROKER_URL names another broker than Postgres: its own tools show its jobs")
        return 1
    with psycopg.connect(settings.dsn("projector"), autocommit=True) as connection:
        match args.action:
            case "list":
                answer(dead_letters.queued(connection), json=args.json, none="No job waits, runs, or was given up.")
            case "dead":
                answer(dead_letters.queued(connection, "rejected"), json=args.json, none="No job was given up.")
            case "show":
                found = dead_letters.one(connection, args.id)
                if found is None:
                    say("there is no such job: it was done, or never was")
                    return 1
                answer([found], json=True, none="")
            case _:
                if not dead_letters.retry(connection, args.id, args.by):
                    say("there is no such job among those given up")
                    return 1
    return 0
