"""Lists of people as they come in: CSV from whatever made it. What is wrong with a row is said of that row."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterator, Sequence
from typing import Literal

from domain.kernel import Rejected, Value

Column = Literal["learner", "address", "username"]
COLUMNS: tuple[Column, ...] = ("learner", "address", "username")
DELIMITERS = ";,\t"
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._~-]{0,63}")


class Row(Value):
    """Whom a row names, and by what; or what is wrong with it."""

    line: int
    column: Column = "learner"
    value: str = ""
    wrong: str | None = None


class Table(Value):
    """A file: its columns, how they are parted, and its rows."""

    header: tuple[str, ...]
    delimiter: str
    text: str


def table(file: bytes) -> Table:
    """A file that says who is meant, in whatever encoding it has. What cannot be read shows in its row."""
    if file.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        text = file.decode("utf-16", errors="replace")
    else:
        text = file.decode("utf-8-sig", errors="surrogateescape")
    first = text.lstrip("\r\n").partition("\n")[0]
    delimiter = max(DELIMITERS, key=first.count)
    cells = next(csv.reader([first.rstrip("\r")], delimiter=delimiter), None) or ()
    header = tuple(cell.strip().lower() for cell in cells)
    if not set(COLUMNS) & set(header) or len(set(header)) < len(header):
        said = ", ".join(header)[:200].encode("ascii", "replace").decode()
        raise Rejected(
            "bulk.malformed", f"the first line names the columns, one of them {', '.join(COLUMNS)}; it says: {said}"
        )
    return Table(header, delimiter, text)


def rows(of: Table) -> Iterator[Row]:
    """The rows in order. A row that is there already is named as such."""
    seen: set[tuple[str, str]] = set()
    for line, cells in _cells(of):
        row = _row(of.header, line, cells)
        if row.wrong is None:
            if (row.column, row.value.lower()) in seen:
                row = Row(line, row.column, row.value, "row.repeated")
            seen.add((row.column, row.value.lower()))
        yield row


def to_put_right(of: Table, refused: Sequence[tuple[int, str]]) -> bytes:
    """The rows that were refused as a file of the same form, with a column that says why. It may be sent again."""
    why = dict(refused)
    written = io.StringIO()
    writer = csv.writer(written, delimiter=of.delimiter)
    kept = [place for place, name in enumerate(of.header) if name != "error"]
    writer.writerow([*(of.header[place] for place in kept), "error"])
    for line, cells in _cells(of):
        if line in why:
            writer.writerow([*(cells[place] if place < len(cells) else "" for place in kept), why[line]])
    return written.getvalue().encode("utf-8", "surrogateescape")


def _cells(of: Table) -> Iterator[tuple[int, list[str]]]:
    """The rows below the header that are not empty, each with the line it begins on."""
    reader = csv.reader(io.StringIO(of.text, newline=""), delimiter=of.delimiter)
    begins, has_header = 1, False
    while True:
        try:
            cells = next(reader, None)
        except csv.Error:
            yield begins, []
            return
        if cells is None:
            return
        if any(cell.strip() for cell in cells):
            if has_header:
                yield begins, cells
            has_header = True
        begins = reader.line_num + 1


def _row(header: Sequence[str], line: int, cells: Sequence[str]) -> Row:
    if len(cells) != len(header):
        return Row(line, wrong="row.malformed")
    named = dict(zip(header, (cell.strip() for cell in cells), strict=True))
    for column in COLUMNS:
        value = named.get(column)
        if value:
            return Row(line, column, value, _wrong(column, value))
    return Row(line, wrong="row.empty")


def _wrong(column: Column, value: str) -> str | None:
    if any("\ud800" <= letter <= "\udfff" or letter == "\ufffd" for letter in value):
        return "row.wrong_encoding"
    if column == "learner" and not _ID.fullmatch(value):
        return "row.malformed"
    return None
