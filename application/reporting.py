"""How a report is compiled of the trail: the same entries are the same table and the same paper, to the byte."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Literal, NamedTuple, Protocol

from application.ledger import TenantId
from application.reports import Kind
from application.tables import as_csv
from application.trail import COLUMNS, TrailEntry, cells
from domain.kernel import Value

What = Literal["csv", "pdf", "seal"]
"""The parts of a report: its table, its paper, and what the table is signed with."""

IN_TABLE = tuple(name for name in COLUMNS if name not in {"address", "agent"})
"""What the table shows of an entry. Where somebody came from may be taken out of the trail; a report stays as it is."""
ON_PAPER = ("number", "at", "by", "action", "record", "outcome", "code")
"""What the paper shows of an entry: all else is in the table."""
ROWS_ON_PAPER_MAX = 500


class Trails(Protocol):
    """The trail, as jobs read it. Waits: call it from a job."""

    def size(self, tenant: TenantId, position: int) -> int:
        """How many entries there are. Raises `NotYet` where the trail does not go so far."""
        ...

    def entries(self, tenant: TenantId, since: datetime, until: datetime, first: int) -> Iterator[TrailEntry]:
        """Of the first so many entries those of a period, in order."""
        ...


class ReportPaper(Value):
    """All that is said on the paper of a report."""

    school: str
    title: str
    what: str
    since: datetime
    until: datetime
    entries: int
    rows: int
    table: str
    """The digest of the table."""
    sums: tuple[tuple[str, str, str], ...]
    """How often what was done, with what outcome."""
    header: tuple[str, ...]
    shown: tuple[tuple[str, ...], ...]


class ReportPress(Protocol):
    def report(self, paper: ReportPaper) -> bytes:
        """A report on paper, before it is signed."""
        ...

    def signed(self, paper: bytes, reason: str) -> bytes:
        """The same paper, and its signature after it."""
        ...


class Seals(Protocol):
    def seal(self, tenant: TenantId, report: str, rows: int, table: bytes) -> bytes:
        """A signature that is kept beside a table."""
        ...


class Made(NamedTuple):
    """A report as it follows from the trail."""

    table: bytes
    paper: bytes
    rows: int


def compiled(  # noqa: PLR0913, PLR0917 — what it is made of
    kind: Kind, since: datetime, until: datetime, first: int, school: str, entries: Iterator[TrailEntry],
    press: ReportPress,
) -> Made:  # fmt: skip
    """The report of a period, made of the first so many entries of the trail."""
    shown = [entry for entry in entries if kind.shows(entry)]
    table = as_csv(IN_TABLE, (_of(entry, IN_TABLE) for entry in shown))
    paper = ReportPaper(
        school, kind.title, kind.what, since, until, first, len(shown), hashlib.sha256(table).hexdigest(),
        _sums(shown), ON_PAPER, tuple(_of(entry, ON_PAPER) for entry in shown[:ROWS_ON_PAPER_MAX]),
    )  # fmt: skip
    return Made(table, press.report(paper), len(shown))


def _sums(entries: Sequence[TrailEntry]) -> tuple[tuple[str, str, str], ...]:
    counted = Counter((entry.action, entry.outcome) for entry in entries)
    return tuple((action, outcome, str(count)) for (action, outcome), count in sorted(counted.items()))


def _of(entry: TrailEntry, names: Sequence[str]) -> tuple[str, ...]:
    said = dict(zip(COLUMNS, cells(entry), strict=True))
    return tuple(said[name] for name in names)


def kept_as(report: str, entries: int, what: What) -> str:
    """Under which name a part of a report is kept.

    A job that is done again may find more entries in the trail: what it makes of them has names of its own.
    """
    return f"reports/{report}.{entries}.{what}"
