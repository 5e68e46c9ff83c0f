"""What we do about certificates: one is issued when a course is completed, and a paper and a badge are made of it."""

from __future__ import annotations

from collections.abc import Sequence

from application.belonging import Content, OfPeople
from application.jobs import Doer, Errand, job
from application.ledger import Recorded, TenantId
from application.mail import RETRIES, People
from application.papers import Badges, CourseTitles, Listing, Paper, Press
from application.permissions import AUDITOR, GUARDIAN, INSTRUCTOR, STAFF, STUDENT, Permission
from application.policies import Bound
from application.ports import Files, Links, SchoolNames
from application.serials import serial_of
from domain.certificates.certificate import CERTIFICATE, Issue, IssueForPath, Sign
from domain.certificates.events import CertificateIssued, PathCertificateIssued, Serial
from domain.enrollments.events import CourseCompleted
from domain.kernel import CourseId, LearnerId, Moment, PathId, Value
from domain.paths.events import PathCompleted

PERMISSIONS = (
    Permission(
        "certificates.read",
        "See who holds which certificate, and what is made of it.",
        (STAFF, INSTRUCTOR, GUARDIAN, AUDITOR),
        own=(STUDENT,),
    ),
    Permission("certificates.revoke", "Say that a certificate holds no more.", (STAFF,)),
    Permission("certificates.reissue", "Let another certificate hold in place of one that was wrong.", (STAFF,)),
)

PLACES = 131_072
"""So many have their place in one list: fewer would tell too much of who is asked about."""


def paper_name(serial: Serial) -> str:
    """Under which name the paper of a certificate is kept."""
    return f"certificates/{serial}.pdf"


def badge_name(serial: Serial) -> str:
    """Under which name the badge of a certificate is kept."""
    return f"certificates/{serial}.json"


def _contents(key: str, events: Sequence[object]) -> tuple[Content, ...]:
    del events  # Whatever became of it, there may be a paper.
    serial = Serial(key)
    return Content(f"{serial}.pdf", paper_name(serial)), Content(f"{serial}.json", badge_name(serial))


PERSONAL = OfPeople(owned={"certificate": "learner"}, contents=_contents)


async def when_course_completed_issue_certificate(completed: Recorded[CourseCompleted], do: Bound) -> None:
    _, course, learner = completed.stream.split(":")
    issue = Issue(CourseId(course), LearnerId(learner), completed.at)
    await do(CERTIFICATE.at(serial_of(completed.id)), issue)


async def when_certificate_issued_sign_it(issued: Recorded[CertificateIssued], do: Bound) -> None:
    fact = issued.event
    serial = Serial(issued.stream.partition(":")[2])
    do.later(sign, Draft(serial, fact.course, fact.learner, fact.completed_at, issued.at, issued.position))


async def when_path_completed_issue_certificate(completed: Recorded[PathCompleted], do: Bound) -> None:
    if completed.event.certified:
        learner = LearnerId(completed.stream.partition(":")[2])
        issue = IssueForPath(completed.event.path, learner, completed.at)
        await do(CERTIFICATE.at(serial_of(completed.id)), issue)


async def when_path_certificate_issued_sign_it(issued: Recorded[PathCertificateIssued], do: Bound) -> None:
    fact = issued.event
    serial = Serial(issued.stream.partition(":")[2])
    do.later(sign, Draft(serial, None, fact.learner, fact.completed_at, issued.at, issued.position, fact.path))


class Draft(Value):
    """A certificate that is to be signed, of a course or a path.

    Its number is where it was issued in the ledger, which no other has.
    """

    serial: Serial
    course: CourseId | None
    learner: LearnerId
    completed_at: Moment
    issued_at: Moment
    number: int
    path: PathId | None = None


@job(retries=RETRIES)
def sign(  # noqa: PLR0913, PLR0917 — what it takes
    errand: Errand[Draft],
    people: People,
    titles: CourseTitles,
    schools: SchoolNames,
    links: Links,
    press: Press,
    badges: Badges,
    files: Files,
    doer: Doer,
) -> None:
    order, tenant = errand.order, errand.tenant
    learner = people.person(tenant, order.learner)
    if learner is None:
        return
    paper = Paper(
        tenant,
        order.serial,
        schools.name(tenant),
        learner.name or order.learner,
        _title(titles, tenant, order),
        order.completed_at,
        order.issued_at,
        links.public(tenant, f"verify/{order.serial}"),
        learner.language,
        learner.time_zone,
        "course" if order.path is None else "path",
    )
    number, index = divmod(order.number, PLACES)
    listing = Listing(links.public(tenant, f"api/verify/lists/{number}"), index)
    # Whatever was kept before stays: a paper that somebody holds is never made anew.
    kept = files.read(tenant, paper_name(order.serial)) or files.keep(
        tenant, paper_name(order.serial), press.paper(paper)
    )
    badge = files.read(tenant, badge_name(order.serial)) or files.keep(
        tenant, badge_name(order.serial), badges.badge(paper, listing)
    )
    doer.do(errand, CERTIFICATE.at(order.serial), Sign(kept.sha256, badge.sha256, order.number))


def _title(titles: CourseTitles, tenant: TenantId, order: Draft) -> str:
    if order.path is not None:
        return titles.title_of_path(tenant, order.path)
    return titles.title(tenant, CourseId(order.course or ""))
