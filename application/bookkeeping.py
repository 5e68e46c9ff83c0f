"""The journal as programs that keep books read it: a text for hledger and its kin, and CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Protocol

from domain.kernel import PaymentId
from domain.payments.events import Account, AccountKind, Line

NAMES: Mapping[AccountKind, str] = {
    "gateway_clearing": "assets:gateway",
    "receivable": "assets:receivable",
    "disputed": "assets:disputed",
    "creator_payable": "liabilities:creators",
    "creator_payouts": "liabilities:payouts",
    "revenue": "income:revenue",
    "refunds": "income:refunds",
    "fees": "expenses:fees",
    "losses": "expenses:losses",
}


class Booked(Protocol):
    """An entry as it is exported."""

    @property
    def entry(self) -> str: ...
    @property
    def part(self) -> int: ...
    @property
    def at(self) -> datetime: ...
    @property
    def payment(self) -> PaymentId: ...
    @property
    def memo(self) -> str: ...
    @property
    def lines(self) -> Sequence[Line]: ...


def account_name(account: Account) -> str:
    """What an account is called there: `assets:gateway:stripe`."""
    return f"{NAMES[account.kind]}:{account.of}"


def hledger_lines(entry: Booked) -> bytes:
    """One transaction. Each amount is written with its sign, so that the program itself finds whether it balances."""
    number = f"{entry.entry}.reversed" if entry.part else entry.entry
    said = [f"{entry.at.astimezone(UTC):%Y-%m-%d} ({number}) {_one_line(entry.memo)}"]
    said += [f"    {account_name(line.account)}  {line.money.said()}" for line in entry.lines]
    return ("\n".join(said) + "\n\n").encode()


def csv_header() -> bytes:
    return b"date,time,entry,reversal,payment,memo,account,amount,currency\r\n"


def csv_lines(entry: Booked) -> bytes:
    """A row for each line of the entry."""
    out = io.StringIO()
    rows = csv.writer(out)
    at = entry.at.astimezone(UTC)
    for line in entry.lines:
        amount, _, currency = line.money.said().partition(" ")
        about = (f"{at:%Y-%m-%d}", f"{at:%H:%M:%S}", entry.entry, entry.part, entry.payment, _one_line(entry.memo))
        rows.writerow((*about, account_name(line.account), amount, currency))
    return out.getvalue().encode()


def _one_line(text: str) -> str:
    return " ".join(text.replace(";", ",").split())
