"""Witness what the archivist signs."""

from __future__ import annotations

import argparse
import time
from base64 import b64decode
from binascii import Error as NotBase64
from pathlib import Path

from api.cli import WRONG_USE, say
from api.settings import load

NAME = "witness"
HELP = "look at the trees of all tenants, remember what was seen, and sign only what goes on from there"


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--folder", type=Path, required=True, help="where its key and what it has seen are; its alone")
    parser.add_argument("--name", required=True, help="what its signatures are called: witness.example")
    parser.add_argument(
        "--trust", action="append", required=True, metavar="KEY", help="the public key of the log: `annals proof keys`"
    )
    parser.add_argument("--once", action="store_true", help="look once, and exit with 1 if anything is refused")


def run(args: argparse.Namespace) -> int:
    import psycopg

    from api.parent import end_with_parent
    from api.witness import LOOK_EVERY_S, Folder, Witness

    settings = load()
    end_with_parent()
    try:
        logs = tuple(b64decode(text, validate=True) for text in args.trust)
    except NotBase64:
        say("--trust is the public key as `annals proof keys` prints it")
        return WRONG_USE
    witness = Witness(args.name, Folder(args.folder), settings.proof_name, logs)
    say(f"signs as {witness.key}")
    dsn = settings.dsn("witness")
    while True:
        try:
            with psycopg.connect(dsn, autocommit=True) as connection:
                while True:
                    refused = witness.look(connection)
                    for one in refused:
                        say(f"REFUSED {one.tenant}: {one.why}")
                    if args.once:
                        return 1 if refused else 0
                    time.sleep(LOOK_EVERY_S)
        except psycopg.OperationalError as away:
            say(f"cannot look: {str(away).strip()}")
            if args.once:
                return 1
            time.sleep(LOOK_EVERY_S)
