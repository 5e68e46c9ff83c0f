"""Revoking and reissuing certificates."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated
from uuid import UUID

from api.http.commands import Doing, command
from api.http.values import Text
from application.ledger import Receipt
from application.serials import serial_of
from domain.certificates.certificate import (
    CERTIFICATE,
    Issue,
    IssueForPath,
    OfCourse,
    Reissue,
    Revoke,
    Revoked,
    State,
    Valid,
)
from domain.certificates.events import Event, Serial
from domain.kernel import ID, Value

OfCertificate = Annotated[Serial, ID]


class RevokeBody(Value, forbid_unknown_fields=True):
    """Why a certificate holds no more. It is shown to who holds it, and not to who verifies it."""

    reason: Text


@command(
    "/api/certificates/{serial}/revoke",
    requires="certificates.revoke",
    limit="command",
    refuses=["certificate.not_found", "certificate.replaced"],
    example={"reason": "the essay was somebody else's"},
)
async def revoke_certificate(serial: OfCertificate, body: RevokeBody, do: Doing) -> Receipt:
    """Say that a certificate holds no more. Whoever verifies it is told so from then on."""
    return await do(CERTIFICATE.at(serial), Revoke(body.reason))


@command(
    "/api/certificates/{serial}/reissue",
    requires="certificates.reissue",
    limit="command",
    refuses=["certificate.not_found", "certificate.replaced"],
)
async def reissue_certificate(serial: OfCertificate, do: Doing) -> Receipt:
    """Let another certificate hold in place of this one, with a serial of its own and what is right today on it.

    The receipt's stream names the new one.
    """
    successor = serial_of(UUID(do.key))
    reissue = Reissue(successor)

    def decide(new: State, old: State) -> Iterator[tuple[int, Event]]:
        for event in CERTIFICATE.decide(old, reissue):
            yield 1, event
        match old:
            case Valid(of, learner, completed_at) | Revoked(of, learner, completed_at):
                if isinstance(of, OfCourse):
                    issue: Issue | IssueForPath = Issue(of.course, learner, completed_at, serial)
                else:
                    issue = IssueForPath(of.path, learner, completed_at, serial)
                for event in CERTIFICATE.decide(new, issue):
                    yield 0, event
            case _:
                return

    return await do.across((CERTIFICATE.at(successor), CERTIFICATE.at(serial)), decide, reissue)
