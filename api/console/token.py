"""Tokens, until there is an identity context to issue them."""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, datetime, timedelta
from uuid import UUID

from api.cli import say
from api.settings import load

NAME = "token"
HELP = "issue a token to call the API with, or revoke one"

UNITS_S = {"m": 60, "h": 3600, "d": 86_400}
LONGEST_S = 366 * 86_400


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--tenant", type=UUID, help="the tenant it is for")
    parser.add_argument("--as", dest="subject", metavar="NAME", help="who bears it")
    parser.add_argument(
        "--can",
        action="append",
        default=[],
        metavar="PERMISSION",
        help="what it allows: enrollments.read, enrollments.*, *; may be given again",
    )
    parser.add_argument("--for", dest="lifetime", default="8h", metavar="TIME", help="how long: 30m, 8h, 7d (8h)")
    parser.add_argument("--revoke", type=UUID, metavar="ID", help="refuse the token with this id (its jti) from now on")


def run(args: argparse.Namespace) -> int:
    settings = load()
    if args.revoke is not None:
        from adapters.postgres.revocations import revoke

        revoke(
            settings.dsn("app"),
            args.revoke,
            datetime.now(UTC) + timedelta(seconds=LONGEST_S),
            args.subject or "console",
        )
        say("refused from now on")
        return 0
    lifetime_s = _seconds(args.lifetime)
    if args.tenant is None or not args.subject or not args.can or lifetime_s is None:
        say("a token needs --tenant, --as, at least one --can, and --for a time like 30m, 8h or 7d, at most a year")
        return 2
    from adapters.tokens import issue

    sys.stdout.write(issue(settings.token_key, args.tenant, args.subject, tuple(args.can), lifetime_s) + "\n")
    return 0


def _seconds(text: str) -> int | None:
    number, unit = text[:-1], text[-1:]
    if unit not in UNITS_S or not number.isascii() or not number.isdigit():
        return None
    seconds = int(number) * UNITS_S[unit]
    return seconds if 0 < seconds <= LONGEST_S else None
