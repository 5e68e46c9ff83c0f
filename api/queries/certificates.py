"""Who holds which certificate, and what is made of it."""

from __future__ import annotations

from typing import Annotated

from api.http.problems import Refused
from api.http.queries import Asking, Cursor, Limit, Position, query
from api.http.reply import Reply
from application.certificates import badge_name, paper_name
from domain.certificates.events import Serial
from domain.kernel import ID, LearnerId
from projections.certificates import registry
from projections.certificates.registry import Certificate
from projections.model import Page

Learner = Annotated[LearnerId, ID]
OfCertificate = Annotated[Serial, ID]

PDF = "application/pdf"
BADGE = "application/vc"
SHOWN = [
    *("position.not_reached", "position.unknown"),
    *("certificate.not_found", "certificate.not_signed", "certificate.not_kept"),
]
SERIAL = "ABCDE-FGHIJ-KLMNO-PQRST"
HELD = {
    "serial": SERIAL,
    "learner": "ada",
    "course": "celestial-navigation",
    "path": None,
    "title": "Celestial navigation",
    "completed_at": "2026-11-02T08:00:00Z",
    "issued_at": "2026-11-02T08:00:01Z",
    "status": "valid",
    "reason": None,
    "ended_at": None,
    "predecessor": None,
    "successor": None,
    "paper": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "badge": "60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752",
}


@query(
    "/api/learners/{learner}/certificates",
    requires="certificates.read",
    scope={"person": "learner"},
    limit="query",
    refuses=["position.not_reached", "position.unknown", "cursor.malformed"],
    example={"rows": [HELD], "position": 42, "cursor": None},
)
async def certificates_of(
    asking: Asking,
    learner: Learner,
    cursor: Cursor | None = None,
    limit: Limit | None = None,
    min_position: Position = 0,
) -> Page[Certificate]:
    """Which certificates does this learner hold, and which held once?"""
    return await registry.certificates_of(
        asking.ask, asking.tenant, learner, cursor=cursor, limit=asking.rows(limit), min_position=min_position
    )


@query(
    "/api/learners/{learner}/certificates/{serial}/paper",
    requires="certificates.read",
    scope={"person": "learner"},
    limit="query",
    refuses=SHOWN,
    answer=str,
    media_type=PDF,
    example="%PDF-1.7 …",
)
async def certificate_paper(
    asking: Asking, learner: Learner, serial: OfCertificate, min_position: Position = 0
) -> Reply:
    """What is this certificate on paper?

    A signed PDF with a QR code that leads to where it is verified. The same serial is the same file, to the byte.
    """
    return await _made(asking, learner, serial, paper_name(serial), PDF, min_position)


@query(
    "/api/learners/{learner}/certificates/{serial}/badge",
    requires="certificates.read",
    scope={"person": "learner"},
    limit="query",
    refuses=SHOWN,
    answer=str,
    media_type=BADGE,
    example='{"type": ["VerifiableCredential", "OpenBadgeCredential"], "credentialSubject": …}',
)
async def certificate_badge(
    asking: Asking, learner: Learner, serial: OfCertificate, min_position: Position = 0
) -> Reply:
    """What is this certificate for programs?

    An Open Badges 3.0 credential, signed with eddsa-rdfc-2022. The same serial is the same file, to the byte.
    """
    return await _made(asking, learner, serial, badge_name(serial), BADGE, min_position)


async def _made(  # noqa: PLR0913, PLR0917 — whose, which, and as what
    asking: Asking, learner: LearnerId, serial: Serial, name: str, media_type: str, min_position: int
) -> Reply:
    found, position = await registry.certificate(asking.ask, asking.tenant, serial, min_position=min_position)
    if found is None or found.learner != learner:
        raise Refused("certificate.not_found", "this learner was never given a certificate with this serial")
    if found.paper is None:
        raise Refused("certificate.not_signed", "it is issued, and will be signed soon; ask again")
    kept = await asking.file(name)
    if kept is None:
        raise Refused("certificate.not_kept", "it was erased with all that there was of this learner")
    shown = name.rpartition("/")[2]
    headers = (
        (b"annals-position", b"%d" % position),
        (b"etag", b'"%s"' % kept.sha256.encode()),
        (b"cache-control", b"private, no-cache"),
        (b"content-disposition", b'attachment; filename="%s"' % shown.encode()),
    )
    return Reply(200, kept.content, headers, media_type.encode())
