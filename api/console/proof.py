"""Proofs that nothing was changed."""

from __future__ import annotations

import argparse
import sys
from base64 import b64encode
from pathlib import Path
from uuid import UUID

from api.cli import say
from api.console.facts import moment
from api.settings import Settings, load

NAME = "proof"
HELP = "proofs that nothing was changed: keys, bundle, verify"


def arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", metavar="action", required=True)
    keys = actions.add_parser("keys", help="print the keys that checkpoints are verified with")
    keys.add_argument("--tenant", type=UUID, help="under the name of this tenant's tree, as annals-verify wants it")
    bundle = actions.add_parser("bundle", help="write facts and all that proves them into a file, for annals-verify")
    bundle.add_argument("file", type=Path)
    bundle.add_argument("--tenant", type=UUID, required=True, help="of this tenant")
    bundle.add_argument("--stream", metavar="NAME", help="of this stream alone")
    bundle.add_argument("--since", type=moment, metavar="TIME", help="decided at or after: 2026-11-21T05:00Z")
    bundle.add_argument("--until", type=moment, metavar="TIME", help="decided before")
    verify = actions.add_parser("verify", help="make every tree anew from facts and trail, and compare")
    verify.add_argument("--tenant", type=UUID, help="of this tenant alone")
    for one in (bundle, verify):
        take_seen(one)


def take_seen(parser: argparse.ArgumentParser) -> None:
    """Let checkpoints be named that somebody else has seen: their texts are then `args.seen`."""
    parser.add_argument(
        "--seen",
        action="append",
        default=[],
        type=_text,
        metavar="FILE",
        help="a checkpoint that was kept elsewhere: by you, or in the folder of a witness",
    )


def _text(file: str) -> str:
    try:
        return Path(file).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as why:
        raise argparse.ArgumentTypeError(f"{file} cannot be read: {why}") from why


def run(args: argparse.Namespace) -> int:
    settings = load()
    match args.action:
        case "keys":
            return _keys(settings, args.tenant)
        case "bundle":
            return _bundled(settings, args)
        case _:
            return _verified(settings, args)


def _keys(settings: Settings, tenant: UUID | None) -> int:
    from api.proving import log_keys, public_keys

    lines = [b64encode(key).decode() for key in public_keys(settings)] if tenant is None else log_keys(settings)(tenant)
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    return 0


def _bundled(settings: Settings, args: argparse.Namespace) -> int:
    import psycopg

    from adapters.postgres.proofs.bundling import Choice, NothingToProve, bundle
    from application.merkle import Missing

    choice = Choice(tenant=args.tenant, stream=args.stream, since=args.since, until=args.until)
    try:
        with psycopg.connect(settings.dsn("auditor"), autocommit=True) as connection:
            about = bundle(connection, choice, args.seen, args.file)
    except (NothingToProve, Missing) as why:
        args.file.unlink(missing_ok=True)
        say(str(why))
        return 1
    say(f"{sum(end - first for first, end in about.leaves)} facts in {args.file}")
    return 0


def _verified(settings: Settings, args: argparse.Namespace) -> int:
    import psycopg

    from adapters.postgres.proofs.checking import check
    from adapters.postgres.trail import checking as trail
    from api.proving import log_keys
    from application.checkpoints import read

    seen = [read(text).checkpoint for text in args.seen]
    sound = True
    with psycopg.connect(settings.dsn("auditor"), autocommit=True) as connection:
        for verdict in check(connection, log_keys(settings), seen, args.tenant):
            sound = sound and not verdict.wrong
            said = "; ".join(verdict.wrong) or "as it was signed"
            sys.stdout.write(f"{verdict.tenant}: {verdict.size} facts: {said}\n")
        for verdict in trail.check(connection, log_keys(settings), seen, args.tenant):
            sound = sound and not verdict.wrong
            said = "; ".join(verdict.wrong) or "as it was signed"
            sys.stdout.write(f"{verdict.tenant}: {verdict.size} entries of the trail: {said}\n")
    return 0 if sound else 1
