"""Facts that a follower could not handle."""

from __future__ import annotations

import argparse

from api.answers import answer, operator
from api.cli import say
from api.settings import load

NAME = "parked"
HELP = "facts that a follower could not handle, and put aside: list, retry, skip"


def arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", metavar="action", required=True)
    listing = actions.add_parser("list", help="show them, each with its error and how many wait behind it")
    listing.add_argument("--json", action="store_true", help="one JSON object a line")
    for action, meaning in (
        ("retry", "have the follower try one again, and then those behind it"),
        ("skip", "have the follower leave one out for good, and try those behind it"),
    ):
        one = actions.add_parser(action, help=meaning)
        one.add_argument("follower")
        one.add_argument("position", type=int)
        one.add_argument("--log", type=int, default=0)
        one.add_argument("--by", default=operator(), help="who wants it; kept")


def run(args: argparse.Namespace) -> int:
    import psycopg

    from adapters.postgres.followers.parking import parked, want
    from adapters.postgres.followers.writing import Place

    with psycopg.connect(load().dsn("projector"), autocommit=True) as connection:
        if args.action == "list":
            answer(parked(connection), json=args.json, none="Nothing is parked.")
            return 0
        if want(connection, Place(args.follower, args.log, args.position), args.action, args.by):
            say("an engine does it as soon as it sees this")
            return 0
        say(f"{args.follower} has parked no fact at position {args.position} of log {args.log}")
        return 1
