"""When was what a gateway has compared with what we have, and what was found? Asked by who keeps the books."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any, Literal, assert_never
from uuid import UUID

import msgspec

from domain.kernel import PaymentId, Value
from domain.payments.events import ReconciliationDone, ReconciliationDue, ReconciliationFailed
from domain.payments.events import ReconciliationEvent as Event
from projections.model import Ask, Fact, Many, Page, ReadModel, Statement, after, limited, page, question, rows

TABLES = """
create table comparisons (
  tenant uuid not null,
  gateway text collate "C" not null,
  version int not null,
  at timestamptz not null,
  since timestamptz not null,
  until timestamptz,
  compared int not null,
  found text[] not null,
  outcome text not null,
  primary key (tenant, gateway, version)
);
"""

COMPARE = Many(
    "tenant uuid, gateway text, version int, at timestamptz, since timestamptz, until timestamptz, compared int, "
    "found text, outcome text",
    """
    insert into comparisons
    select tenant, gateway, version, at, since, until, compared, string_to_array(found, ' '), outcome from fact
    on conflict (tenant, gateway, version) do nothing
    """,
)


def project(fact: Fact[Event]) -> Iterator[Statement]:
    key = (fact.tenant, fact.stream.partition(":")[2], fact.version, fact.at)
    match fact.event:
        case ReconciliationDone(since, until, compared, found):
            yield COMPARE, (*key, since, until, compared, " ".join(found), "found" if found else "agreed")
        case ReconciliationFailed(since):
            yield COMPARE, (*key, since, None, 0, "", "unanswered")
        case ReconciliationDue():
            pass  # What came of it is told by the fact after it.
        case _:
            assert_never(fact.event)


QUESTIONS = question(
    "comparisons",
    "_gateway text, _version int, _limit int",
    rows("""
      select r.version, r.at, r.since, r.until, r.compared, r.found, r.outcome
      from {schema}.comparisons r
      where r.tenant = _tenant and r.gateway = _gateway and r.version < coalesce(_version, 2147483647)
      order by r.version desc
      limit _limit
"""),
)

MODEL = ReadModel(
    name="payments.reconciliation",
    version=1,
    tables=TABLES,
    questions=QUESTIONS,
    types=(ReconciliationDone, ReconciliationFailed),
    project=project,
)


class Comparison(Value):
    """One comparison: `found` are the payments of which there was something that no notice had told."""

    version: int
    at: datetime
    since: datetime
    until: datetime | None
    compared: int
    found: tuple[PaymentId, ...]
    outcome: Literal["agreed", "found", "unanswered"]


_rows = msgspec.json.Decoder(tuple[Comparison, ...])
_Place = tuple[Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)]]


async def comparisons(  # noqa: PLR0913 — what one may ask for
    ask: Ask, tenant: UUID, gateway: str, *, cursor: str | None = None, limit: int = 50, min_position: int = 0
) -> Page[Comparison]:
    """The comparisons with a gateway, the latest first, a page at a time."""
    (version,) = after(cursor, _Place) or (None,)
    position, found = await ask(MODEL, "comparisons", tenant, (gateway, version, limited(limit)), min_position)

    def place(row: Comparison) -> tuple[Any, ...]:
        return (row.version,)

    return page(_rows.decode(found), position, limit, place)
