"""Which reports are there, and what was made of each? Asked by auditors, and by who ordered one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any, assert_never
from uuid import UUID

import msgspec

from domain.audit.events import Event, ReportCompiled, ReportOrdered
from domain.kernel import ID, Value
from projections.model import Ask, Fact, Many, Page, ReadModel, Statement, after, limited, page, question, rows

TABLES = """
create table reports (
  tenant uuid not null,
  report text collate "C" not null,
  kind text collate "C" not null,
  since timestamptz not null,
  until timestamptz not null,
  ordered_at timestamptz not null,
  by text not null,
  compiled_at timestamptz,
  csv text,
  paper text,
  signed text,
  entries text,
  rows int,
  primary key (tenant, report)
);
create index reports_by_time on reports (tenant, ordered_at, report);
"""

ORDER = Many(
    "tenant uuid, report text, kind text, since timestamptz, until timestamptz, ordered_at timestamptz, by text",
    """
    insert into reports (tenant, report, kind, since, until, ordered_at, by)
    select tenant, report, kind, since, until, ordered_at, by from fact on conflict do nothing
    """,
)
COMPILE = Many(
    "tenant uuid, report text, at timestamptz, csv text, paper text, signed text, entries text, rows int",
    """
    update reports r set compiled_at = f.at, csv = f.csv, paper = f.paper, signed = f.signed, entries = f.entries,
      rows = f.rows
    from fact f where r.tenant = f.tenant and r.report = f.report
    """,
)


def project(fact: Fact[Event]) -> Iterator[Statement]:
    key = (fact.tenant, fact.stream.partition(":")[2])
    match fact.event:
        case ReportOrdered(kind, since, until, ordered_at):
            yield ORDER, (*key, kind, since, until, ordered_at, fact.by)
        case ReportCompiled(table, paper, signed, entries, count):
            yield COMPILE, (*key, fact.at, table, paper, signed, str(entries), count)
        case _:
            assert_never(fact.event)


_COLUMNS = """r.report, r.kind, r.since, r.until, r.ordered_at, r.by, r.compiled_at, r.csv as "table", r.paper,
        r.signed, r.entries::bigint as entries, r.rows"""

QUESTIONS = "".join(
    (
        question(
            "ordered",
            "_at timestamptz, _report text, _limit int",
            rows("""
      select COLUMNS from {schema}.reports r
      where r.tenant = _tenant and (r.ordered_at, r.report) < (coalesce(_at, 'infinity'), coalesce(_report, ''))
      order by r.ordered_at desc, r.report desc
      limit _limit
"""),
        ),
        question(
            "one",
            "_report text",
            rows("select COLUMNS from {schema}.reports r where r.tenant = _tenant and r.report = _report"),
        ),
    )
).replace("COLUMNS", _COLUMNS)

MODEL = ReadModel(
    name="audit.reports",
    version=1,
    tables=TABLES,
    questions=QUESTIONS,
    types=(ReportOrdered, ReportCompiled),
    project=project,
)


class Report(Value):
    """A report, and what was made of it: nothing yet, as long as there is no `compiled_at`.

    `table` and `paper` are digests of what follows from the first `entries` of the trail, `signed` that of the PDF.
    """

    report: str
    kind: str
    since: datetime
    until: datetime
    ordered_at: datetime
    by: str
    compiled_at: datetime | None
    table: str | None
    paper: str | None
    signed: str | None
    entries: int | None
    rows: int | None


_rows = msgspec.json.Decoder(tuple[Report, ...])
_Place = tuple[Annotated[datetime, msgspec.Meta(tz=True)], Annotated[str, ID]]


async def reports(
    ask: Ask, tenant: UUID, *, cursor: str | None = None, limit: int = 50, min_position: int = 0
) -> Page[Report]:
    """The reports that were ordered, the newest first, a page at a time."""
    at, report = after(cursor, _Place) or (None, None)
    position, found = await ask(MODEL, "ordered", tenant, (at, report, limited(limit)), min_position)

    def place(row: Report) -> tuple[Any, ...]:
        return row.ordered_at, row.report

    return page(_rows.decode(found), position, limit, place)


async def one(ask: Ask, tenant: UUID, report: str, *, min_position: int = 0) -> tuple[Report | None, int]:
    """One report; nothing, where nobody has ordered it."""
    position, found = await ask(MODEL, "one", tenant, (report,), min_position)
    return next(iter(_rows.decode(found)), None), position
