"""Every setting with its meaning and default."""

from __future__ import annotations

import argparse
import sys

from api.settings import example

NAME = "settings"
HELP = "print every setting with its meaning and its default, as .env.example has them"


def arguments(parser: argparse.ArgumentParser) -> None:
    del parser


def run(args: argparse.Namespace) -> int:
    del args
    sys.stdout.write(example())
    return 0
