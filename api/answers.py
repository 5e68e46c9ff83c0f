"""How the command line answers: a table for people, JSON lines for programs."""

from __future__ import annotations

import getpass
import sys
from collections.abc import Sequence

import msgspec

from domain.kernel import Value

WIDTH_MAX = 80


def answer(rows: Sequence[Value], *, json: bool, none: str) -> None:
    """Print the rows: on a terminal as a table, or one JSON object a line."""
    if json:
        sys.stdout.writelines(msgspec.json.encode(row).decode() + "\n" for row in rows)
    elif not rows:
        sys.stdout.write(none + "\n")
    else:
        fields = rows[0].__struct_fields__
        cells = [fields, *([_cell(getattr(row, field)) for field in fields] for row in rows)]
        widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
        for line in cells:
            row = "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True))
            sys.stdout.write(row.rstrip() + "\n")


def operator() -> str:
    """Who is at the terminal."""
    return f"operator:{getpass.getuser()}"


def _cell(value: object) -> str:
    text = "" if value is None else " ".join(str(value).split())
    return text if len(text) <= WIDTH_MAX else text[: WIDTH_MAX - 1] + "…"
