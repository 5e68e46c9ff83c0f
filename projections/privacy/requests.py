"""Who asked for their data, or to be forgotten, and what came of it? Asked by themselves, and by auditors."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal, assert_never, get_args
from uuid import UUID

import msgspec

from domain.kernel import ID, Moment, PersonId, Value
from domain.privacy.events import (
    ErasureAsked,
    ErasureSettled,
    ExportAsked,
    ExportDiscarded,
    ExportEvent,
    ExportMade,
    HoldLifted,
    HoldPlaced,
    KeyDestroyed,
    PartErased,
    PersonErased,
    SubjectEvent,
)
from projections.model import (
    Ask,
    Erasable,
    Fact,
    Page,
    ReadModel,
    Statement,
    after,
    limited,
    page,
    question,
    rows,
)

TABLES = """
create table requests (
  tenant uuid not null,
  kind text collate "C" not null,
  request text collate "C" not null,
  person text collate "C" not null,
  asked_at timestamptz not null,
  by text not null,
  outcome text not null,
  at timestamptz not null,
  kept text,
  bytes bigint,
  sha256 text,
  facts int,
  until timestamptz,
  waits_for text[] not null default '{}',
  primary key (tenant, kind, request)
);
create index requests_of_person on requests (tenant, person, asked_at desc, request desc);
create index requests_by_time on requests (tenant, asked_at desc, request desc);
create table holds (
  tenant uuid not null,
  person text collate "C" not null,
  hold text collate "C" not null,
  reason text not null,
  by text not null,
  at timestamptz not null,
  primary key (tenant, person, hold)
);
"""

ASK = """
insert into requests (tenant, kind, request, person, asked_at, by, outcome, at, waits_for)
values (%s, %s, %s, %s, %s, %s, 'asked', %s, %s)
on conflict do nothing
"""
MAKE = """
update requests set outcome = 'made', at = %s, kept = %s, bytes = %s, sha256 = %s, facts = %s, until = %s
where tenant = %s and kind = 'export' and request = %s
"""
BECOME = "update requests set outcome = %s, at = %s where tenant = %s and kind = %s and request = %s"
FINISH_PART = """
update requests set waits_for = array_remove(waits_for, %s), at = %s
where tenant = %s and kind = 'erasure' and request = %s
"""
HOLD = "insert into holds values (%s, %s, %s, %s, %s, %s) on conflict do nothing"
LIFT = "delete from holds where tenant = %s and person = %s and hold = %s"


def project(fact: Fact[ExportEvent | SubjectEvent]) -> Iterator[Statement]:  # noqa: C901 — a table, a row a fact
    key = fact.stream.partition(":")[2]
    export, erasure = (fact.tenant, "export", key), (fact.tenant, "erasure", key)
    match fact.event:
        case ExportAsked(person):
            yield ASK, (*export, person, fact.at, fact.by, fact.at, [])
        case ExportMade(_, kept, length, sha256, facts, until):
            yield MAKE, (fact.at, kept, length, sha256, facts, until, fact.tenant, key)
        case ExportDiscarded(why=why):
            yield BECOME, (why, fact.at, *export)
        case HoldPlaced(person, hold, reason):
            yield HOLD, (fact.tenant, person, hold, reason, fact.by, fact.at)
        case HoldLifted(person, hold):
            yield LIFT, (fact.tenant, person, hold)
        case ErasureAsked(person, parts):
            yield ASK, (*erasure, person, fact.at, fact.by, fact.at, list(parts))
        case KeyDestroyed():
            yield BECOME, ("unreadable", fact.at, *erasure)
        case ErasureSettled():
            yield BECOME, ("erasing", fact.at, *erasure)
        case PartErased(part=part):
            yield FINISH_PART, (part, fact.at, fact.tenant, key)
        case PersonErased():
            yield BECOME, ("erased", fact.at, *erasure)
        case _:
            assert_never(fact.event)


_SHOWN = (
    "r.kind, r.request, r.person, r.asked_at, r.by, r.outcome, r.at, r.bytes, r.sha256, r.facts, r.until, r.waits_for"
)
_BEFORE = "(r.asked_at, r.request) < (coalesce(_time, 'infinity'), coalesce(_request, ''))"

QUESTIONS = "".join(
    (
        question(
            "requests_of",
            "_person text, _time timestamptz, _request text, _limit int",
            rows(f"""
      select {_SHOWN} from {{schema}}.requests r
      where r.tenant = _tenant and r.person = _person and {_BEFORE}
      order by r.asked_at desc, r.request desc
      limit _limit
"""),  # noqa: S608 — our own words
        ),
        question(
            "requests",
            "_time timestamptz, _request text, _limit int",
            rows(f"""
      select {_SHOWN} from {{schema}}.requests r
      where r.tenant = _tenant and {_BEFORE}
      order by r.asked_at desc, r.request desc
      limit _limit
"""),  # noqa: S608 — our own words
        ),
        question(
            "request",
            "_kind text, _request text",
            rows(f"""
      select {_SHOWN}, r.kept from {{schema}}.requests r
      where r.tenant = _tenant and r.kind = _kind and r.request = _request
"""),  # noqa: S608 — our own words
        ),
        question(
            "holds_of",
            "_person text",
            rows("""
      select h.hold, h.reason, h.by, h.at from {schema}.holds h
      where h.tenant = _tenant and h.person = _person order by h.at, h.hold
"""),
        ),
    )
)

MODEL = ReadModel(
    name="privacy.requests",
    version=1,
    tables=TABLES,
    questions=QUESTIONS,
    types=(*get_args(ExportEvent), *get_args(SubjectEvent)),
    project=project,
    personal=(Erasable("holds", ("reason",), "delete from holds where tenant = %s and person = %s"),),
)

Kind = Literal["export", "erasure"]
Outcome = Literal["asked", "made", "expired", "erased", "unreadable", "erasing"]


class Request(Value):
    """What somebody asked about themselves, and what came of it: `by` whom, and when that came of it: `at`.

    Of an export what is in it, while it can be fetched: `until`. Of an erasure the parts not done yet: `waits_for`.
    """

    kind: Kind
    request: str
    person: PersonId
    asked_at: Moment
    by: str
    outcome: Outcome
    at: Moment
    bytes: int | None
    sha256: str | None
    facts: int | None
    until: Moment | None
    waits_for: tuple[str, ...]


class Archive(Request, kw_only=True):
    """An export, and under which name its archive is kept, which is nobody's business."""

    kept: str | None


class Hold(Value):
    """Why somebody's data is not erased."""

    hold: str
    reason: str
    by: str
    at: Moment


_requests = msgspec.json.Decoder(tuple[Request, ...])
_archives = msgspec.json.Decoder(tuple[Archive, ...])
_holds = msgspec.json.Decoder(tuple[Hold, ...])
_Place = tuple[Moment, Annotated[str, ID]]


async def requests(  # noqa: PLR0913 — what one may ask for
    ask: Ask,
    tenant: UUID,
    *,
    person: PersonId | None,
    cursor: str | None = None,
    limit: int = 50,
    min_position: int = 0,
) -> Page[Request]:
    """What was asked, the newest first; of one person, or of everyone."""
    time, request = after(cursor, _Place) or (None, None)
    whose: tuple[Any, ...] = () if person is None else (person,)
    asked = "requests" if person is None else "requests_of"
    position, found = await ask(MODEL, asked, tenant, (*whose, time, request, limited(limit)), min_position)

    def place(row: Request) -> tuple[Any, ...]:
        return row.asked_at, row.request

    return page(_requests.decode(found), position, limit, place)


async def export_of(ask: Ask, tenant: UUID, export: str, *, min_position: int = 0) -> tuple[Archive | None, int]:
    """An export, and the position this shows; nothing, where there is none."""
    position, found = await ask(MODEL, "request", tenant, ("export", export), min_position)
    return next(iter(_archives.decode(found)), None), position


async def holds_of(ask: Ask, tenant: UUID, person: PersonId, *, min_position: int = 0) -> tuple[tuple[Hold, ...], int]:
    """Why somebody's data is not erased, and the position this shows."""
    position, found = await ask(MODEL, "holds_of", tenant, (person,), min_position)
    return _holds.decode(found), position
