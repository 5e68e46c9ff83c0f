"""Verifying certificates: open to all, and told no more than whether one holds."""

from __future__ import annotations

from datetime import datetime
from html import escape
from typing import Annotated, Literal
from uuid import UUID

import msgspec

from api.http.entrances import entrance
from api.http.queries import Reading
from api.http.reply import Reply
from application.certificates import PLACES
from application.entering import Visitor
from application.serials import serial_in
from domain.certificates.events import Serial
from domain.kernel import Value
from projections.certificates import registry

Typed = Annotated[str, msgspec.Meta(max_length=200, description="A serial, as it is on the certificate.")]
ListNumber = Annotated[int, msgspec.Meta(ge=0, le=2**40)]

PAGE_POLICY = b"default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"


class Verdict(Value):
    """Whether a certificate holds. Of whom it is nothing is said; a paper that is shown has the SHA-256 of `paper`."""

    serial: str
    status: Literal["valid", "revoked", "reissued", "unknown"]
    course: str | None = None
    path: str | None = None
    issued_at: datetime | None = None
    ended_at: datetime | None = None
    predecessor: Serial | None = None
    successor: Serial | None = None
    paper: str | None = None


VALID = {
    "serial": "ABCDE-FGHIJ-KLMNO-PQRST",
    "status": "valid",
    "course": "Celestial navigation",
    "path": None,
    "issued_at": "2026-11-02T08:00:01Z",
    "ended_at": None,
    "predecessor": None,
    "successor": None,
    "paper": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
}


@entrance(
    "/api/verify/{serial}",
    method="GET",
    refuses=["position.not_reached"],
    answer_example=VALID,
)
async def verify(serial: Typed, visitor: Visitor, reading: Reading, tenant: UUID | None = None) -> Verdict:  # noqa: ARG001 — it names the tenant
    """Does the certificate with this serial hold?

    A serial that nobody was given, or that can be none, is unknown.
    """
    return await _verdict(serial, visitor, reading)


@entrance(
    "/verify/{serial}",
    method="GET",
    refuses=["position.not_reached"],
    answer=str,
    media_type="text/html",
    answer_example="<!doctype html><h1>This certificate is valid.</h1>…",
)
async def verify_page(serial: Typed, visitor: Visitor, reading: Reading, tenant: UUID | None = None) -> Reply:  # noqa: ARG001 — it names the tenant
    """Does the certificate with this serial hold? For people, who come by its QR code."""
    verdict = await _verdict(serial, visitor, reading)
    headers = (
        (b"content-security-policy", PAGE_POLICY),
        (b"cache-control", b"no-store"),
        (b"referrer-policy", b"no-referrer"),
    )
    return Reply(200, _page(verdict).encode(), headers, b"text/html; charset=utf-8")


@entrance(
    "/api/verify/lists/{number}",
    method="GET",
    refuses=["position.not_reached"],
    answer=str,
    media_type="application/vc",
    answer_example='{"type": ["VerifiableCredential", "BitstringStatusListCredential"], "credentialSubject": …}',
)
async def status_list(
    number: ListNumber,
    visitor: Visitor,
    reading: Reading,
    tenant: UUID | None = None,  # noqa: ARG001 — it names the tenant
) -> Reply:
    """Which of the badges that have their place in this list hold no more?

    A Bitstring Status List, signed by the school that issued the badges.
    """
    first = number * PLACES
    ended = await registry.ended(reading.ask, visitor.tenant, first, PLACES)
    revoked = frozenset(one - first for one in ended)
    made = await reading.lists.signed(visitor.tenant, f"api/verify/lists/{number}", revoked, visitor.at)
    return Reply(200, made, ((b"cache-control", b"no-store"),), b"application/vc")


async def _verdict(said: str, visitor: Visitor, reading: Reading) -> Verdict:
    serial = serial_in(said)
    found = None if serial is None else (await registry.certificate(reading.ask, visitor.tenant, serial))[0]
    if found is None:
        return Verdict(said, "unknown")
    return Verdict(
        found.serial,
        found.status,
        None if found.course is None else found.title,
        None if found.path is None else found.title,
        found.issued_at,
        found.ended_at,
        found.predecessor,
        found.successor,
        found.paper,
    )


SENTENCES = {
    "valid": "This certificate is valid.",
    "revoked": "This certificate was revoked.",
    "reissued": "This certificate was reissued: another one holds in its place.",
    "unknown": "Nobody was ever given a certificate with this serial.",
}


def _page(verdict: Verdict) -> str:
    lines = {
        "Serial": verdict.serial,
        "Course": verdict.course,
        "Learning path": verdict.path,
        "Issued": _day(verdict.issued_at),
        "Ended": _day(verdict.ended_at),
        "Reissue of": verdict.predecessor,
        "Holds in its place": verdict.successor,
        "SHA-256 of the PDF": verdict.paper,
    }
    rows = "".join(f"<dt>{name}</dt><dd>{escape(text)}</dd>" for name, text in lines.items() if text is not None)
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>Certificate</title>'
        '<meta name="viewport" content="width=device-width">'
        "<style>body{font:1.1rem/1.5 serif;max-width:40rem;margin:3rem auto;padding:0 1rem}"
        "dt{color:#555;margin-top:.8rem}dd{margin:0;overflow-wrap:anywhere}</style>"
        f'<h1 data-status="{verdict.status}">{SENTENCES[verdict.status]}</h1><dl>{rows}</dl></html>\n'
    )


def _day(at: datetime | None) -> str | None:
    return None if at is None else at.date().isoformat()
