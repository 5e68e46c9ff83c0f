"""How advertising is shared: what a network owes, a creator's share of it and the journal are one append for each line.

A statement comes as it is sent: as a list, or as a file of which each line is read to the last unit or refused.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from application.enrolling import Deciding
from application.sharing import INCOME, GivenBack, Proceeds, sharing, taking_back
from domain.creators.events import Advertised, AdvertisingPosted, Author, ShareCredited
from domain.creators.share import WHOLE
from domain.kernel import PaymentId, PersonId, Rejected
from domain.money import EXPONENTS, MOST, Money
from domain.payments.entry import ENTRY, Record, Reverse
from domain.payments.events import Account, Line

COLUMNS = ("creator", "amount", "currency")
LINES_MAX = 500
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._~-]{0,63}")
_AMOUNT = re.compile(r"[0-9]{1,16}(\.[0-9]{1,4})?")


def line_of(statement: str, number: int) -> PaymentId:
    """What a line of a statement is called in the journal, and as what somebody has a share of."""
    return PaymentId(f"{statement}.{number}")


def crediting(statement: str, number: int, of: AdvertisingPosted) -> Deciding:
    """A line of a statement: the network owes it, and the creator has their share."""
    line, which = of.lines[number], line_of(statement, number)
    shared = sharing(which, Proceeds((Author(line.creator, WHOLE),), "advertising", statement), line.gross)
    owed, earned = Account("receivable", of.network), Account("revenue", INCOME["advertising"])
    record = Record(which, f"advertising {of.since} {of.until}", (Line(owed, line.gross), Line(earned, -line.gross)))

    def decide(*states: Any) -> Iterator[tuple[int, Any]]:
        *theirs, entry, settings = states
        yield from shared.decide(*theirs, settings)
        yield from ((len(shared.streams), event) for event in ENTRY.decide(entry, record))

    streams = (*shared.streams, ENTRY.at(f"{which}.advertised"))
    return Deciding(streams, decide, record, shared.beside)


def reversing(which: PaymentId, credited: tuple[ShareCredited, ...], reason: str) -> Deciding:
    """A line of a statement counts no more: nobody owes it, and it is nobody's."""
    back = taking_back(which, credited, GivenBack("reversal", "reversed", credited[0].gross))
    command = Reverse(reason)

    def decide(*states: Any) -> Iterator[tuple[int, Any]]:
        *theirs, entry = states
        yield from back.decide(*theirs)
        yield from ((len(back.streams), event) for event in ENTRY.decide(entry, command))

    return Deciding((*back.streams, ENTRY.at(f"{which}.advertised")), decide, command)


def read(file: bytes) -> tuple[Advertised, ...]:
    """The lines of a file. Its first line names its columns; all of it is right, or it is said which line is not."""
    text = file.decode("utf-8-sig", errors="replace")
    first = text.lstrip("\r\n").partition("\n")[0]
    delimiter = max(";,\t", key=first.count)
    try:
        rows = [row for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter) if any(row)]
    except csv.Error:
        raise Rejected("advertising.malformed", "this is no CSV file") from None
    header = [cell.strip().lower() for cell in rows[0]] if rows else []
    if sorted(header) != sorted(COLUMNS):
        raise Rejected("advertising.malformed", f"the first line names the columns: {', '.join(COLUMNS)}")
    if len(rows) > LINES_MAX + 1:
        raise Rejected("advertising.malformed", f"a statement has at most {LINES_MAX} lines")
    return tuple(_line(number, header, row) for number, row in enumerate(rows[1:], start=2))


def _line(number: int, header: list[str], row: list[str]) -> Advertised:
    said = dict(zip(header, (cell.strip() for cell in row), strict=False))
    if len(row) != len(header) or not _ID.fullmatch(said["creator"]):
        raise Rejected("advertising.malformed", f"line {number} does not name a creator, an amount and a currency")
    exponent = EXPONENTS.get(said["currency"])
    if exponent is None:
        raise Rejected("advertising.malformed", f"line {number} is in no currency of ISO 4217")
    units = Decimal(said["amount"]).scaleb(exponent) if _AMOUNT.fullmatch(said["amount"]) else Decimal(0)
    if units != int(units) or not 0 < units <= MOST:
        raise Rejected("advertising.malformed", f"line {number} is of no amount, or of parts of the smallest unit")
    return Advertised(PersonId(said["creator"]), Money(int(units), said["currency"]))
