"""Which certificates are there, of what, and does each hold? Asked by who verifies, and by who holds."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any, Literal, assert_never
from uuid import UUID

import msgspec

from domain.catalog.events import CourseDrafted, CourseRevised
from domain.certificates.events import (
    CertificateIssued,
    CertificateReissued,
    CertificateRevoked,
    CertificateSigned,
    Event,
    PathCertificateIssued,
    Serial,
)
from domain.kernel import ID, CourseId, LearnerId, PathId, Value
from domain.paths.events import PathDrafted, PathRenamed
from projections.model import Ask, Fact, Many, Page, ReadModel, Statement, after, limited, page, question, rows

Naming = CourseDrafted | CourseRevised | PathDrafted | PathRenamed
"""What courses and paths are called."""

TABLES = """
create table certificates (
  tenant uuid not null,
  serial text collate "C" not null,
  learner text collate "C" not null,
  kind text collate "C" not null,
  about text collate "C" not null,
  completed_at timestamptz not null,
  issued_at timestamptz not null,
  status text not null,
  reason text,
  ended_at timestamptz,
  predecessor text,
  successor text,
  paper text,
  badge text,
  number bigint,
  primary key (tenant, serial)
);
create index certificates_of_learner on certificates (tenant, learner, issued_at desc, serial desc);
create index certificates_that_ended on certificates (tenant, number) where status <> 'valid';
create table titles (
  tenant uuid not null,
  kind text collate "C" not null,
  about text collate "C" not null,
  title text not null,
  primary key (tenant, kind, about)
);
"""

ISSUE = Many(
    "tenant uuid, serial text, learner text, kind text, about text, completed_at timestamptz, at timestamptz, "
    "predecessor text",
    """
    insert into certificates (tenant, serial, learner, kind, about, completed_at, issued_at, status, predecessor)
    select tenant, serial, learner, kind, about, completed_at, at, 'valid', predecessor from fact
    on conflict (tenant, serial) do nothing
    """,
)
SIGN = Many(
    "tenant uuid, serial text, paper text, badge text, number int",
    """
    update certificates c set paper = f.paper, badge = f.badge, number = f.number
    from fact f where c.tenant = f.tenant and c.serial = f.serial
    """,
)
END = Many(
    "tenant uuid, serial text, status text, at timestamptz, reason text, successor text",
    """
    update certificates c set status = f.status, ended_at = coalesce(c.ended_at, f.at),
      reason = coalesce(f.reason, c.reason), successor = f.successor
    from fact f where c.tenant = f.tenant and c.serial = f.serial
    """,
)
CALL = Many(
    "tenant uuid, kind text, about text, title text",
    """
    insert into titles select tenant, kind, about, title from fact
    on conflict (tenant, kind, about) do update set title = excluded.title
    """,
)


def project(fact: Fact[Event | Naming]) -> Iterator[Statement]:
    kind, _, id_ = fact.stream.partition(":")
    key = (fact.tenant, id_)
    match fact.event:
        case CertificateIssued(course, learner, completed_at, predecessor):
            yield ISSUE, (*key, learner, "course", course, completed_at, fact.at, predecessor)
        case PathCertificateIssued(path, learner, completed_at, predecessor):
            yield ISSUE, (*key, learner, "path", path, completed_at, fact.at, predecessor)
        case CertificateSigned(paper, badge, number):
            yield SIGN, (*key, paper, badge, number)
        case CertificateRevoked(reason):
            yield END, (*key, "revoked", fact.at, reason, None)
        case CertificateReissued(successor):
            yield END, (*key, "reissued", fact.at, None, successor)
        case CourseDrafted(title=title) | CourseRevised(title=title) | PathDrafted(title) | PathRenamed(title):
            yield CALL, (fact.tenant, kind, id_, title)
        case _:
            assert_never(fact.event)


_COLUMNS = """c.serial, c.learner, case c.kind when 'course' then c.about end as course,
        case c.kind when 'path' then c.about end as path, coalesce(t.title, c.about) as title, c.completed_at,
        c.issued_at, c.status, c.reason, c.ended_at, c.predecessor, c.successor, c.paper, c.badge"""

QUESTIONS = (
    "".join(
        (
            question(
                "certificate",
                "_serial text",
                rows("""
      select COLUMNS
      from {schema}.certificates c
      left join {schema}.titles t on t.tenant = c.tenant and t.kind = c.kind and t.about = c.about
      where c.tenant = _tenant and c.serial = _serial
"""),
            ),
            question(
                "certificates_of",
                "_learner text, _time timestamptz, _serial text, _limit int",
                rows("""
      select COLUMNS
      from {schema}.certificates c
      left join {schema}.titles t on t.tenant = c.tenant and t.kind = c.kind and t.about = c.about
      where c.tenant = _tenant and c.learner = _learner
        and (c.issued_at, c.serial) < (coalesce(_time, 'infinity'), coalesce(_serial, ''))
      order by c.issued_at desc, c.serial desc
      limit _limit
"""),
            ),
            question(
                "ended",
                "_first bigint, _count bigint",
                """
  coalesce((
    select json_agg(c.number)
    from {schema}.certificates c
    where c.tenant = _tenant and c.status <> 'valid' and c.number >= _first and c.number < _first + _count
  ), '[]')
""",
            ),
            question(
                "title",
                "_kind text, _about text",
                """
  coalesce((
    select json_agg(t.title)
    from {schema}.titles t
    where t.tenant = _tenant and t.kind = _kind and t.about = _about
  ), '[]')
""",
            ),
        )
    )
).replace("COLUMNS", _COLUMNS)

MODEL = ReadModel(
    name="certificates.registry",
    version=2,
    tables=TABLES,
    questions=QUESTIONS,
    types=(
        *(CertificateIssued, PathCertificateIssued, CertificateSigned, CertificateRevoked, CertificateReissued),
        *(CourseDrafted, CourseRevised, PathDrafted, PathRenamed),
    ),
    project=project,
)

Status = Literal["valid", "revoked", "reissued"]


class Certificate(Value):
    """One certificate, of a course or of a path.

    `ended_at` is when it was revoked or reissued; `paper` and `badge` are SHA-256, once signed.
    """

    serial: Serial
    learner: LearnerId
    course: CourseId | None
    path: PathId | None
    title: str
    completed_at: datetime
    issued_at: datetime
    status: Status
    reason: str | None
    ended_at: datetime | None
    predecessor: Serial | None
    successor: Serial | None
    paper: str | None
    badge: str | None


_rows = msgspec.json.Decoder(tuple[Certificate, ...])
_numbers = msgspec.json.Decoder(frozenset[int])
_Place = tuple[Annotated[datetime, msgspec.Meta(tz=True)], Annotated[str, ID]]


async def certificate(
    ask: Ask, tenant: UUID, serial: Serial, *, min_position: int = 0
) -> tuple[Certificate | None, int]:
    """The certificate of a serial; nothing, where nobody was ever given that."""
    position, found = await ask(MODEL, "certificate", tenant, (serial,), min_position)
    return next(iter(_rows.decode(found)), None), position


async def certificates_of(  # noqa: PLR0913 — what one may ask for
    ask: Ask, tenant: UUID, learner: LearnerId, *, cursor: str | None = None, limit: int = 50, min_position: int = 0
) -> Page[Certificate]:
    """The certificates of a learner, the newest first, a page at a time."""
    time, serial = after(cursor, _Place) or (None, None)
    values = (learner, time, serial, limited(limit))
    position, found = await ask(MODEL, "certificates_of", tenant, values, min_position)

    def place(row: Certificate) -> tuple[Any, ...]:
        return row.issued_at, row.serial

    return page(_rows.decode(found), position, limit, place)


async def ended(ask: Ask, tenant: UUID, first: int, count: int, *, min_position: int = 0) -> frozenset[int]:
    """Of so many numbers from the first, those whose certificates hold no more."""
    _, found = await ask(MODEL, "ended", tenant, (first, count), min_position)
    return _numbers.decode(found)
