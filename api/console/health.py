"""Ask a running API whether it is ready."""

from __future__ import annotations

import argparse
import sys

from api.settings import load

NAME = "health"
HELP = "ask the API on this machine whether it is ready, and print what it says of its parts"


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--url", help="where it serves; by default as ANNALS_PORT says")


def run(args: argparse.Namespace) -> int:
    import urllib.error
    import urllib.request

    url = f"{args.url or f'http://127.0.0.1:{load().port}'}/health/ready"
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 — the operator says which
            sys.stdout.write(answer.read().decode() + "\n")
    except urllib.error.HTTPError as error:
        with error:
            sys.stdout.write(error.read().decode() + "\n")
        return 1
    except OSError as error:
        sys.stdout.write(f"{url} cannot be reached: {error}\n")
        return 1
    return 0
