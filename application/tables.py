"""Tables to be taken away, as CSV (RFC 4180): opened in a spreadsheet, nothing in them is a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

import msgspec

_FORMULAS = frozenset("=+-@\t\r")


def as_csv(header: Sequence[str], rows: Iterable[Iterable[object]]) -> bytes:
    """Lines of a table, the first of them its header if there is one."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    if header:
        writer.writerow(header)
    writer.writerows([cell(value) for value in row] for row in rows)
    return text.getvalue().encode()


def cell(value: object) -> str:
    """Nothing is empty, text is as it is unless it would be worked out, and all else, also what has parts, is JSON."""
    match value:
        case None:
            return ""
        case str():
            return f"'{value}" if value[:1] in _FORMULAS else value
        case _:
            return msgspec.json.encode(value).decode()
