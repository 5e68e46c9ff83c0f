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
from application.tax_reports import TaxReport

WHAT = {"course": "course", "path": "learning path"}
CERTIFICATE = Path(__file__).parent / "certificate.typ"
RECEIPT = Path(__file__).parent / "receipt.typ"
TAX_REPORT = Path(__file__).parent / "tax_report.typ"


def _compiled(source: bytes, *, sys_inputs: dict[str, str], timestamp: int) -> bytes:
    import typst  # noqa: PLC0415 — it is large: only a process that sets papers has it in memory

    return typst.compile(source, format="pdf", sys_inputs=sys_inputs, timestamp=timestamp)


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
        made = _compiled(CERTIFICATE.read_bytes(), sys_inputs=said, timestamp=int(paper.issued_at.timestamp()))
        return self._signer.signed(made, f"Certificate {paper.serial}")


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
        at = int(receipt.paid_at.timestamp())
        return _compiled(RECEIPT.read_bytes(), sys_inputs=said, timestamp=at)

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
        return _compiled(TAX_REPORT.read_bytes(), sys_inputs=said, timestamp=int(report.ends.timestamp()))


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
