"""The port `Press`: papers are set by Typst, and signed before they leave."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
import segno
from babel.dates import format_date

from application.papers import Paper
from application.receipts import Receipt
from application.reporting import ReportPaper
from application.tax_reports import TaxReport

WHAT = {"course": "course", "path": "learning path"}
CERTIFICATE = Path(__file__).parent / "certificate.typ"
RECEIPT = Path(__file__).parent / "receipt.typ"
REPORT = Path(__file__).parent / "report.typ"
TAX_REPORT = Path(__file__).parent / "tax_report.typ"


def _compiled(path: Path, said: dict[str, str], at: datetime) -> bytes:
    """The paper that a template makes of what is said, dated at that time."""
    import typst  # noqa: PLC0415 — it is large: only a process that sets papers has it in memory

    return typst.compile(path.read_bytes(), format="pdf", sys_inputs=said, timestamp=int(at.timestamp()))


class SignsDocuments(Protocol):
    def signed(self, document: bytes, reason: str) -> bytes: ...


class TypstPress:
    """Sets what is given as text, never as markup: a name is what it is, whatever is in it."""

    def __init__(self, signer: SignsDocuments) -> None:
        self._signer = signer

    def paper(self, paper: Paper) -> bytes:
        said = {
            "title": f"Certificate {paper.serial}",
            "school": paper.school,
            "learner": paper.learner,
            "course": paper.course,
            "completing": f"has completed the {WHAT[paper.kind]}",
            "serial": paper.serial,
            "completed": _day(paper.completed_at, paper),
            "issued": _day(paper.issued_at, paper),
            "verify": paper.verify,
            "language": "en",
            "code": _code(paper.verify),
        }
        made = _compiled(CERTIFICATE, said, paper.issued_at)
        return self._signer.signed(made, f"Certificate {paper.serial}")


class TypstReports:
    """Reports of the trail, set in the same way, and signed."""

    def __init__(self, signer: SignsDocuments) -> None:
        self._signer = signer

    def report(self, paper: ReportPaper) -> bytes:
        said = {
            "title": paper.title,
            "school": paper.school,
            "what": paper.what,
            "since": paper.since.astimezone(UTC).isoformat(),
            "until": paper.until.astimezone(UTC).isoformat(),
            "entries": str(paper.entries),
            "count": str(paper.rows),
            "table": paper.table,
            "sums": msgspec.json.encode(paper.sums).decode(),
            "header": msgspec.json.encode(paper.header).decode(),
            "rows": msgspec.json.encode(paper.shown).decode(),
        }
        return _compiled(REPORT, said, paper.until)

    def signed(self, paper: bytes, reason: str) -> bytes:
        return self._signer.signed(paper, reason)


class TypstReceipts:
    """Receipts, set as certificates are."""

    def receipt(self, receipt: Receipt) -> bytes:
        said = {
            "title": f"Receipt {receipt.payment}",
            "school": receipt.school,
            "payment": receipt.payment,
            "payer": receipt.payer,
            "about": receipt.about,
            "day": format_date(receipt.paid_at.astimezone(UTC).date(), format="long", locale="en"),
            "paid": receipt.paid.said(),
            "refunded": receipt.refunded.said(),
        }
        return _compiled(RECEIPT, said, receipt.paid_at)

    def tax_report(self, report: TaxReport) -> bytes:
        rows = [
            [row.creator, *(money.said() for money in row.amounts), str(row.payments), ", ".join(row.forms)]
            for row in report.rows
        ]
        said = {
            "title": f"Earnings of {report.year}",
            "school": report.school,
            "year": str(report.year),
            "zone": report.zone,
            "rows": msgspec.json.encode(rows).decode(),
        }
        return _compiled(TAX_REPORT, said, report.ends)


def _day(at: datetime, paper: Paper) -> str:
    """The day on which it was for whom it is about, as one writes it in English: so is the rest of the paper."""
    try:
        zone = ZoneInfo(paper.time_zone)
    except (ZoneInfoNotFoundError, ValueError):
        zone = ZoneInfo("UTC")
    return format_date(at.astimezone(zone).date(), format="long", locale="en")


def _code(address: str) -> str:
    """A QR code, as SVG."""
    out = io.BytesIO()
    segno.make(address, error="m", micro=False).save(out, kind="svg", border=2, xmldecl=False)
    return out.getvalue().decode()
