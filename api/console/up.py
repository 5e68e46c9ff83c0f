"""Everything on this machine."""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from pathlib import Path
from uuid import UUID

import msgspec

from api.cli import WRONG_USE, say
from api.settings import environment, read

NAME = "up"
HELP = "run everything on this machine: Postgres and NATS too, unless DATABASE_URL and NATS_URL say where they are"
TOKEN_DAYS = 30
SEED_S_MAX = 600


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--demo", action="store_true", help="make a small tenant to look around in")
    parser.add_argument("--port", help="the port to serve on; 0 takes a free one (ANNALS_PORT, 8000)")
    parser.add_argument("--data", type=Path, help="the folder in which everything is kept (ANNALS_DATA, ./data)")
    parser.add_argument("--json", action="store_true", help="say where things are as one line of JSON, when ready")


def run(args: argparse.Namespace) -> int:
    from api.supervisor import AlreadyUp, Supervisor

    began = time.monotonic()
    environ = environment()
    if args.port is not None:
        environ["ANNALS_PORT"] = args.port
    if args.data is not None:
        environ["ANNALS_DATA"] = str(args.data)
    settings = read(environ)
    if args.demo and settings.env == "production":
        say("--demo makes people whose password everyone knows: not in production")
        return WRONG_USE
    supervisor = Supervisor(settings, say, environ)

    def when_ready() -> None:
        token = _token(supervisor.token_key)
        serial: str | None = None
        if args.demo:
            say("making the demo tenant")
            serial = _seed(supervisor.url, token, supervisor.token_key)
        if not settings.mail_host:
            say(f"MAIL_HOST is not set: mail is not sent, but kept in {supervisor.outbox}")
        say(f"ready after {time.monotonic() - began:.1f} s")
        if args.json:
            told = {"url": supervisor.url, "token": token, "data": str(supervisor.data), "pids": supervisor.pids}
            sys.stdout.write(msgspec.json.encode(told).decode() + "\n")
        else:
            _tell(supervisor.url, token, supervisor.data, serial)
        sys.stdout.flush()

    try:
        asyncio.run(supervisor.run(when_ready))
    except AlreadyUp as already:
        say(str(already))
        return WRONG_USE
    say("stopped")
    return 0


def _token(key: str) -> str:
    """A token for the demo tenant, which is also the way in to an empty one."""
    from adapters.tokens import issue
    from api import demo

    return issue(key, UUID(demo.TENANT), demo.PERSON, ("*",), TOKEN_DAYS * 24 * 3600)


def _seed(url: str, token: str, key: str) -> str:
    from adapters.tokens import issue
    from api import demo
    from application.ledger import PLATFORM

    return demo.seed(url, token, issue(key, PLATFORM, demo.PERSON, ("*",), SEED_S_MAX))


def _tell(url: str, token: str, data: Path, serial: str | None) -> None:
    """Where everything is, and what may be pasted; with a certificate's serial, also what the demo has."""
    from api import demo

    command, query, replay = demo.examples(url, token)
    sys.stdout.write(
        f"\nAnnals is up at {url}\n"
        f"  documentation  {url}/docs\n"
        f"  data           {data}\n"
        f"  logs           {data / 'logs'}\n"
        f"  token          {token}\n"
        "\nEnrol yourself, see who is on the course, read what has happened:\n"
        f"\n{command}\n\n{query}\n\n{replay}\n"
    )
    if serial is not None:
        tour = "\n\n".join(demo.tour(url, token, serial))
        paid = "\n\n".join(demo.payment_examples(url, token))
        sys.stdout.write(
            "\nA course and its outline, how far everyone is with it and on a path; and, without a token, whether a\n"
            f"certificate holds, which people see at {url}/verify/{serial}?tenant={demo.TENANT}:\n\n{tour}\n"
            "\nEnrol on what costs something, pay with money of the sandbox, see who paid what and what that opened:\n"
            f"\n{paid}\n"
            f"\nLog in as any of these, each with the password {demo.PASSWORD!r}; as the first, so:\n"
            f"\n{demo.accounts()}\n{demo.log_in(url)}\n"
        )
    sys.stdout.write("\nCtrl-C stops everything.\n")
