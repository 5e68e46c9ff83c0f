"""What happened to a certificate. These words are public: facts are kept in them for ever."""

from __future__ import annotations

from typing import NewType

from domain.kernel import CourseId, LearnerId, Moment, PathId, Value

Serial = NewType("Serial", str)


class CertificateIssued(Value):
    course: CourseId
    learner: LearnerId
    completed_at: Moment
    predecessor: Serial | None = None


class PathCertificateIssued(Value):
    path: PathId
    learner: LearnerId
    completed_at: Moment
    predecessor: Serial | None = None


class CertificateSigned(Value):
    """Its paper and its badge are made, and known by their SHA-256. `number` is its place in the status lists."""

    paper: str
    badge: str
    number: int


class CertificateRevoked(Value):
    reason: str


class CertificateReissued(Value):
    """It holds no more. What holds is the certificate under another serial."""

    successor: Serial


Event = CertificateIssued | PathCertificateIssued | CertificateSigned | CertificateRevoked | CertificateReissued
