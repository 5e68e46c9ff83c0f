"""Follow the ledger."""

from __future__ import annotations

import argparse

from api.parent import end_with_parent
from api.settings import load

NAME = "engine"
HELP = "project facts, carry out policies, relay to NATS, keep time"


def arguments(parser: argparse.ArgumentParser) -> None:
    del parser


def run(args: argparse.Namespace) -> int:
    from api import engine

    del args
    settings = load()
    end_with_parent()
    engine.main(settings)
    return 0
