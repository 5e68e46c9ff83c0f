"""`annals`: the command line. Its commands are the modules of `api.console`."""

from __future__ import annotations

import argparse
import importlib
import pkgutil
import sys
from collections.abc import Iterator, Sequence
from typing import Protocol, cast

import api.console
from adapters.failing import Failed
from api.settings import environment, remarks
from api.settings_agree import BadSetting

WRONG_USE = 2
"""As argparse exits: what was asked cannot be, and nothing was done."""


class Command(Protocol):
    """What a module of `api.console` has."""

    NAME: str
    HELP: str

    def arguments(self, parser: argparse.ArgumentParser) -> None:
        """Say which arguments it takes."""

    def run(self, args: argparse.Namespace) -> int:
        """Do it, and answer what the process exits with."""
        ...


def commands(asked: str = "") -> Iterator[Command]:
    """All commands, in the order of their modules' names; of one that is asked for its own module alone is loaded."""
    names = [module.name for module in pkgutil.iter_modules(api.console.__path__)]
    for name in [name for name in names if name.strip("_").replace("_", "-") == asked] or names:
        yield cast("Command", importlib.import_module(f"api.console.{name}"))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command that was given."""
    given = sys.argv[1:] if arguments is None else arguments
    parser = argparse.ArgumentParser(prog="annals", description="A learning platform that never forgets.")
    chosen = parser.add_subparsers(dest="command", metavar="command", required=True)
    for command in commands(next(iter(given), "")):
        one = chosen.add_parser(command.NAME, help=command.HELP, description=command.HELP)
        command.arguments(one)
        one.set_defaults(run=command.run)
    args = parser.parse_args(given)
    try:
        for remark in remarks(environment()):
            say(remark)
        return int(args.run(args))
    except BadSetting as wrong:
        say(str(wrong))
        return WRONG_USE
    except Failed as failed:
        say(str(failed))
        return 1
    except BrokenPipeError:  # Whoever read our answer has read enough.
        sys.stderr.close()
        return 0
    except KeyboardInterrupt:
        return 130


def say(text: str) -> None:
    """Say something to the person at the terminal; standard output is for answers."""
    sys.stderr.write(f"annals: {text}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main())
