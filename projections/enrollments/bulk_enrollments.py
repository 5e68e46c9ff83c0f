"""How far is this list of people to be enrolled, and what became of each row? Asked by whoever sent it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any, assert_never
from uuid import UUID

import msgspec

from domain.enrollments.events import BulkEnrollmentFinished, BulkEnrollmentOrdered, BulkRowsHandled, Outcome
from domain.enrollments.events import BulkEvent as Event
from domain.kernel import CourseId, LearnerId, SectionId, Value
from projections.model import Ask, Fact, Page, ReadModel, Statement, after, limited, page, question, rows

TABLES = """
create table bulk_enrollments (
  tenant uuid not null,
  bulk text collate "C" not null,
  course text not null,
  section text,
  ordered_by text not null,
  ordered_at timestamptz not null,
  finished_at timestamptz,
  rows int not null,
  refused int not null,
  errors uuid,
  primary key (tenant, bulk)
) with (fillfactor = 60);
create table outcomes (
  tenant uuid not null,
  bulk text collate "C" not null,
  line int not null,
  outcome text not null,
  learner text,
  code text,
  primary key (tenant, bulk, line)
);
create index refusals on outcomes (tenant, bulk, outcome, line);
"""

ORDER = """
insert into bulk_enrollments values (%s, %s, %s, %s, %s, %s, null, 0, 0, null) on conflict do nothing
"""
ADVANCE = """
update bulk_enrollments set rows = rows + %s, refused = refused + %s where tenant = %s and bulk = %s
"""
TELL = """
insert into outcomes
select %s, %s, line, outcome, learner, code
from jsonb_to_recordset(%s::jsonb) as row (line int, outcome text, learner text, code text)
on conflict do nothing
"""
FINISH = "update bulk_enrollments set finished_at = %s, errors = %s where tenant = %s and bulk = %s"


def project(fact: Fact[Event]) -> Iterator[Statement]:
    bulk = fact.stream.partition(":")[2]
    match fact.event:
        case BulkEnrollmentOrdered(course=course, section=section):
            yield ORDER, (fact.tenant, bulk, course, section, fact.by, fact.at)
        case BulkRowsHandled(_, rows):
            refused = sum(row.outcome == "refused" for row in rows)
            yield ADVANCE, (len(rows), refused, fact.tenant, bulk)
            yield TELL, (fact.tenant, bulk, msgspec.json.encode(rows).decode())
        case BulkEnrollmentFinished(_, errors):
            yield FINISH, (fact.at, errors, fact.tenant, bulk)
        case _:
            assert_never(fact.event)


QUESTIONS = "".join(
    (
        question(
            "bulk_enrollment",
            "_bulk text",
            """
  coalesce((
    select row_to_json(b) from (
      select b.bulk, b.course, b.section, b.ordered_by, b.ordered_at, b.finished_at, b.rows, b.refused, b.errors
      from {schema}.bulk_enrollments b where b.tenant = _tenant and b.bulk = _bulk
    ) b
  ), 'null')
""",
        ),
        question(
            "outcomes_of",
            "_bulk text, _line int, _limit int",
            rows("""
      select o.line, o.outcome, o.learner, o.code
      from {schema}.outcomes o where o.tenant = _tenant and o.bulk = _bulk and o.line > coalesce(_line, 0)
      order by o.line
      limit _limit
"""),
        ),
        question(
            "outcomes_so",
            "_bulk text, _outcome text, _line int, _limit int",
            rows("""
      select o.line, o.outcome, o.learner, o.code
      from {schema}.outcomes o
      where o.tenant = _tenant and o.bulk = _bulk and o.outcome = _outcome and o.line > coalesce(_line, 0)
      order by o.line
      limit _limit
"""),
        ),
    )
)

MODEL = ReadModel(
    name="enrollments.bulk_enrollments",
    version=1,
    tables=TABLES,
    questions=QUESTIONS,
    types=(BulkEnrollmentOrdered, BulkRowsHandled, BulkEnrollmentFinished),
    project=project,
)


class _Found(Value):
    bulk: str
    course: CourseId
    section: SectionId | None
    ordered_by: str
    ordered_at: datetime
    finished_at: datetime | None
    rows: int
    refused: int
    errors: UUID | None


class BulkEnrollment(Value):
    """How far a list is: `rows` were handled, `refused` of them in vain. It is through when `finished_at` says when."""

    bulk: str
    course: CourseId
    section: SectionId | None
    ordered_by: str
    ordered_at: datetime
    finished_at: datetime | None
    rows: int
    refused: int
    errors: Annotated[UUID | None, msgspec.Meta(description="There when there are rows to put right.")]
    position: int


class RowOutcome(Value):
    """What became of the row that begins on a line of the file."""

    line: int
    outcome: Outcome
    learner: LearnerId | None
    code: str | None


_found = msgspec.json.Decoder(_Found | None)
_rows = msgspec.json.Decoder(tuple[RowOutcome, ...])
_Line = Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)]


async def how_far(ask: Ask, tenant: UUID, bulk: str, *, min_position: int = 0) -> BulkEnrollment | None:
    """One list; nothing where nobody sent it."""
    position, answer = await ask(MODEL, "bulk_enrollment", tenant, (bulk,), min_position)
    found = _found.decode(answer)
    if found is None:
        return None
    return BulkEnrollment(**msgspec.structs.asdict(found), position=position)


async def what_became_of(  # noqa: PLR0913 — what one may ask for
    ask: Ask,
    tenant: UUID,
    bulk: str,
    *,
    outcome: Outcome | None = None,
    cursor: str | None = None,
    limit: int = 50,
    min_position: int = 0,
) -> Page[RowOutcome]:
    """The rows of a list in order, a page at a time."""
    (line,) = after(cursor, tuple[_Line]) or (None,)
    if outcome is None:
        values: tuple[Any, ...] = (bulk, line, limited(limit))
        position, found = await ask(MODEL, "outcomes_of", tenant, values, min_position)
    else:
        values = (bulk, outcome, line, limited(limit))
        position, found = await ask(MODEL, "outcomes_so", tenant, values, min_position)
    return page(_rows.decode(found), position, limit, lambda row: (row.line,))
