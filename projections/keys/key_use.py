"""How often was this API key used, on which day and for what? Asked by its owner, and by whoever governs keys."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Annotated, Any, assert_never
from uuid import UUID

import msgspec

from domain.kernel import Moment, PersonId, Value
from domain.keys.events import ApiKeyUsed, ApiKeyUseEvent
from projections.model import Ask, Fact, Page, ReadModel, Statement, after, limited, page, question, rows

TABLES = """
create table key_use (
  tenant uuid not null,
  key text collate "C" not null,
  person text collate "C" not null,
  day date not null,
  endpoint text collate "C" not null,
  calls bigint not null,
  errors bigint not null,
  used_at timestamptz not null,
  primary key (tenant, key, day, endpoint)
) with (fillfactor = 60);
"""

COUNT = """
insert into key_use values (%s, %s, %s, %s, %s, %s, %s, %s)
on conflict (tenant, key, day, endpoint) do update set calls = key_use.calls + excluded.calls,
  errors = key_use.errors + excluded.errors, used_at = greatest(key_use.used_at, excluded.used_at)
"""


def project(fact: Fact[ApiKeyUseEvent]) -> Iterator[Statement]:
    key = fact.stream.partition(":")[2]
    match fact.event:
        case ApiKeyUsed(_, person, until, calls):
            for one in calls:
                values = (person, one.day, one.endpoint, one.calls, one.errors, until)
                yield COUNT, (fact.tenant, key, *values)
        case _:
            assert_never(fact.event)


QUESTIONS = question(
    "use_of",
    "_key text, _person text, _since date, _until date, _day date, _endpoint text, _limit int",
    rows("""
      select u.day, u.endpoint, u.calls, u.errors, u.used_at
      from {schema}.key_use u
      where u.tenant = _tenant and u.key = _key and (_person is null or u.person = _person)
        and u.day between coalesce(_since, '-infinity') and coalesce(_until, 'infinity')
        and (_day is null or u.day < _day or (u.day = _day and u.endpoint > _endpoint))
      order by u.day desc, u.endpoint
      limit _limit
"""),
)

MODEL = ReadModel(
    name="keys.key_use",
    version=1,
    tables=TABLES,
    questions=QUESTIONS,
    types=(ApiKeyUsed,),
    project=project,
)


class UseOfDay(Value):
    """What was called on one day at one endpoint. `errors` of the calls were refused or failed."""

    day: date
    endpoint: str
    calls: int
    errors: int
    used_at: Moment


_rows = msgspec.json.Decoder(tuple[UseOfDay, ...])
_Place = tuple[date, Annotated[str, msgspec.Meta(max_length=300)]]


async def use_of(  # noqa: PLR0913 — what one may ask for
    ask: Ask,
    tenant: UUID,
    key: str,
    *,
    person: PersonId | None,
    since: date | None = None,
    until: date | None = None,
    cursor: str | None = None,
    limit: int = 50,
    min_position: int = 0,
) -> Page[UseOfDay]:
    """The use of a key, the newest day first. With a person, only if it is theirs."""
    day, endpoint = after(cursor, _Place) or (None, None)
    values = (key, person, since, until, day, endpoint, limited(limit))
    position, found = await ask(MODEL, "use_of", tenant, values, min_position)

    def place(row: UseOfDay) -> tuple[Any, ...]:
        return row.day, row.endpoint

    return page(_rows.decode(found), position, limit, place)
