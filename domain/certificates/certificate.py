"""One certificate, from being issued to being revoked or reissued."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from domain.certificates.events import (
    CertificateIssued,
    CertificateReissued,
    CertificateRevoked,
    CertificateSigned,
    Event,
    PathCertificateIssued,
    Serial,
)
from domain.kernel import CourseId, Decider, LearnerId, Moment, PathId, Rejected, Value


class Issue(Value):
    course: CourseId
    learner: LearnerId
    completed_at: Moment
    predecessor: Serial | None = None


class IssueForPath(Value):
    path: PathId
    learner: LearnerId
    completed_at: Moment
    predecessor: Serial | None = None


class Sign(Value):
    """Its paper and its badge are made."""

    paper: str
    badge: str
    number: int


class Revoke(Value):
    reason: str


class Reissue(Value):
    """Let another certificate hold in place of this one."""

    successor: Serial


Command = Issue | IssueForPath | Sign | Revoke | Reissue


class OfCourse(Value, tag=True):
    course: CourseId


class OfPath(Value, tag=True):
    path: PathId


class Unissued(Value, tag=True):
    """Nobody was ever given this serial."""


class Valid(Value, tag=True):
    of: OfCourse | OfPath
    learner: LearnerId
    completed_at: Moment
    signed: bool = False


class Revoked(Value, tag=True):
    of: OfCourse | OfPath
    learner: LearnerId
    completed_at: Moment
    signed: bool = False


class Replaced(Value, tag=True):
    successor: Serial
    signed: bool = False


State = Unissued | Valid | Revoked | Replaced


def decide(state: State, command: Command) -> Iterator[Event]:
    match state, command:
        case Unissued(), Issue(course, learner, completed_at, predecessor):
            yield CertificateIssued(course, learner, completed_at, predecessor)
        case Unissued(), IssueForPath(path, learner, completed_at, predecessor):
            yield PathCertificateIssued(path, learner, completed_at, predecessor)
        case Valid(signed=False) | Revoked(signed=False) | Replaced(signed=False), Sign(paper, badge, number):
            yield CertificateSigned(paper, badge, number)
        case Valid(), Revoke(reason):
            yield CertificateRevoked(reason)
        case Valid() | Revoked(), Reissue(successor):
            yield CertificateReissued(successor)
        case Unissued(), Sign() | Revoke() | Reissue():
            raise Rejected("certificate.not_found", "no certificate has this serial")
        case Replaced(successor=holds), Reissue(successor) if successor == holds:
            return  # Already so.
        case Replaced(successor=holds), Revoke() | Reissue():
            raise Rejected("certificate.replaced", f"it was reissued: {holds} holds in its place")
        case _:
            return  # One serial is one certificate, signed once and revoked once.


def evolve(state: State, event: Event) -> State:
    match event:
        case CertificateIssued(course, learner, completed_at):
            return Valid(OfCourse(course), learner, completed_at)
        case PathCertificateIssued(path, learner, completed_at):
            return Valid(OfPath(path), learner, completed_at)
        case CertificateSigned():
            return _signed(state)
        case CertificateRevoked():
            match state:
                case Valid(of, learner, completed_at, signed):
                    return Revoked(of, learner, completed_at, signed)
                case _:
                    return state
        case CertificateReissued(successor):
            return Replaced(successor, signed=not isinstance(state, Unissued) and state.signed)
        case _:
            assert_never(event)


def _signed(state: State) -> State:
    match state:
        case Valid(of, learner, completed_at):
            return Valid(of, learner, completed_at, signed=True)
        case Revoked(of, learner, completed_at):
            return Revoked(of, learner, completed_at, signed=True)
        case Replaced(successor):
            return Replaced(successor, signed=True)
        case Unissued():
            return state


CERTIFICATE = Decider[State, Command, Event]("certificate", Unissued(), decide, evolve)
