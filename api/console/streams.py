"""Show the streams of the ledger."""

from __future__ import annotations

import argparse
import sys
from uuid import UUID

import msgspec
import psycopg

from adapters.postgres.browsing import streams
from api.settings import load

NAME = "streams"
HELP = "show the streams of the ledger, one a line, as JSON"


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("beginning", nargs="?", default="", help="how their names begin: enrollment:art:")
    parser.add_argument("--tenant", type=UUID, help="streams of this tenant")
    parser.add_argument("--limit", type=int, metavar="N", help="no more than so many")


def run(args: argparse.Namespace) -> int:
    with psycopg.connect(load().dsn("auditor"), autocommit=True) as connection:
        for line in streams(connection, args.tenant, args.beginning, args.limit):
            sys.stdout.write(msgspec.json.encode(line).decode() + "\n")
    sys.stdout.flush()
    return 0
