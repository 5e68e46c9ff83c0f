"""Do jobs."""

from __future__ import annotations

import argparse

from api.parent import end_with_parent
from api.settings import load

NAME = "worker"
HELP = "do the jobs that facts have asked for"


def arguments(parser: argparse.ArgumentParser) -> None:
    del parser


def run(args: argparse.Namespace) -> int:
    from api import worker

    del args
    settings = load()
    end_with_parent()
    worker.main(settings)
    return 0
