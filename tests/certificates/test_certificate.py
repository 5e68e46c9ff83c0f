"""One certificate, told as stories."""

from __future__ import annotations

from datetime import UTC, datetime

from domain.certificates.certificate import CERTIFICATE, Issue, Reissue, Replaced, Revoke, Sign
from domain.certificates.events import (
    CertificateIssued,
    CertificateReissued,
    CertificateRevoked,
    CertificateSigned,
    Serial,
)
from domain.kernel import CourseId, LearnerId
from tests.given import about

WHEN = datetime(2027, 6, 30, tzinfo=UTC)
ART, ADA = CourseId("art"), LearnerId("ada")
FIRST, SECOND, THIRD = Serial("FIRST"), Serial("SECOND"), Serial("THIRD")

given = about(CERTIFICATE)
issued = CertificateIssued(ART, ADA, WHEN)
signed = CertificateSigned("a" * 64, "b" * 64, 42)
revoked = CertificateRevoked("not earned")
reissued = CertificateReissued(SECOND)
sign = Sign("a" * 64, "b" * 64, 42)


def test_it_is_issued_once() -> None:
    given().when(Issue(ART, ADA, WHEN)).then(issued)
    given().when(Issue(ART, ADA, WHEN, FIRST)).then(CertificateIssued(ART, ADA, WHEN, FIRST))
    given(issued).when(Issue(ART, ADA, WHEN)).then()
    given(issued, revoked).when(Issue(ART, ADA, WHEN)).then()


def test_it_is_signed_once_also_when_that_comes_late() -> None:
    given(issued).when(sign).then(signed)
    given(issued, signed).when(Sign("c" * 64, "d" * 64, 43)).then()
    given(issued, revoked).when(sign).then(signed)
    given(issued, reissued).when(sign).then(signed)
    given(issued, signed, revoked).when(sign).then()
    given(issued, signed, revoked, reissued).when(sign).then()


def test_it_is_revoked_once_and_never_holds_again() -> None:
    given(issued).when(Revoke("not earned")).then(revoked)
    given(issued, signed).when(Revoke("not earned")).then(revoked)
    given(issued, revoked).when(Revoke("once more")).then()
    given(issued, reissued).when(Revoke("not earned")).refused("certificate.replaced")


def test_it_is_reissued_once_whether_it_holds_or_was_revoked() -> None:
    given(issued).when(Reissue(SECOND)).then(reissued)
    given(issued, revoked).when(Reissue(SECOND)).then(reissued)
    given(issued, reissued).when(Reissue(SECOND)).then()
    given(issued, reissued).when(Reissue(THIRD)).refused("certificate.replaced")
    assert given(issued, signed, reissued).state == Replaced(SECOND, signed=True)


def test_what_nobody_was_given_is_not_found() -> None:
    for command in (sign, Revoke("not earned"), Reissue(SECOND)):
        given().when(command).refused("certificate.not_found")
    assert given(signed, revoked).state == given().state
