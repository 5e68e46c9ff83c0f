"""Which API keys has this person, how far does each go, and is it used? Asked by their owner."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, assert_never
from uuid import UUID

import msgspec

from domain.kernel import ID, Moment, PersonId, Value
from domain.keys.events import ApiKeyIssued, ApiKeyRevoked, ApiKeyRotated, ApiKeyUsed, Event
from projections.model import Ask, Erasable, Fact, Page, ReadModel, Statement, after, limited, page, question, rows

TABLES = """
create table api_keys (
  tenant uuid not null,
  key text collate "C" not null,
  person text collate "C" not null,
  name text not null,
  scopes text[] not null,
  issued_at timestamptz not null,
  expires_at timestamptz,
  instead_of text,
  followed_by text,
  overlap_until timestamptz,
  revoked_at timestamptz,
  calls bigint not null,
  errors bigint not null,
  used_at timestamptz,
  primary key (tenant, key)
);
create index api_keys_by_person on api_keys (tenant, person, issued_at desc, key desc);
"""

ISSUE = """
insert into api_keys values (%s, %s, %s, %s, %s, %s, %s, %s, null, null, null, 0, 0, null)
on conflict (tenant, key) do nothing
"""
ROTATE = "update api_keys set followed_by = %s, overlap_until = %s where tenant = %s and key = %s"
REVOKE = "update api_keys set revoked_at = %s where tenant = %s and key = %s"
USE = """
update api_keys set calls = calls + %s, errors = errors + %s, used_at = greatest(used_at, %s)
where tenant = %s and key = %s
"""


def project(fact: Fact[Event]) -> Iterator[Statement]:
    key = fact.stream.partition(":")[2]
    match fact.event:
        case ApiKeyIssued(person, name, scopes, _, expires_at, instead_of):
            yield ISSUE, (fact.tenant, key, person, name, list(scopes), fact.at, expires_at, instead_of)
        case ApiKeyRotated(to, until):
            yield ROTATE, (to, until, fact.tenant, key)
        case ApiKeyRevoked():
            yield REVOKE, (fact.at, fact.tenant, key)
        case ApiKeyUsed(_, _, until, calls):
            counted = (sum(one.calls for one in calls), sum(one.errors for one in calls))
            yield USE, (*counted, until, fact.tenant, key)
        case _:
            assert_never(fact.event)


QUESTIONS = question(
    "keys_of",
    "_person text, _time timestamptz, _key text, _limit int",
    rows("""
      select k.key, 'ak_' || k.key as prefix, k.name, k.scopes, k.issued_at, k.expires_at, k.instead_of,
        k.followed_by, k.overlap_until, k.revoked_at, k.calls, k.errors, k.used_at
      from {schema}.api_keys k
      where k.tenant = _tenant and k.person = _person
        and (k.issued_at, k.key) < (coalesce(_time, 'infinity'), coalesce(_key, ''))
      order by k.issued_at desc, k.key desc
      limit _limit
"""),
)

MODEL = ReadModel(
    name="keys.my_keys",
    version=2,
    tables=TABLES,
    questions=QUESTIONS,
    types=(ApiKeyIssued, ApiKeyRotated, ApiKeyRevoked, ApiKeyUsed),
    project=project,
    personal=(Erasable("api_keys", ("name",), "update api_keys set name = '' where tenant = %s and person = %s"),),
)


class MyKey(Value):
    """A key of mine, by how it begins. What comes after that was shown once."""

    key: str
    prefix: str
    name: str
    scopes: tuple[str, ...]
    issued_at: Moment
    expires_at: Moment | None
    instead_of: str | None
    followed_by: str | None
    overlap_until: Moment | None
    revoked_at: Moment | None
    calls: int
    errors: int
    used_at: Moment | None


_rows = msgspec.json.Decoder(tuple[MyKey, ...])
_Place = tuple[Moment, Annotated[str, ID]]


async def keys_of(  # noqa: PLR0913 — what one may ask for
    ask: Ask, tenant: UUID, person: PersonId, *, cursor: str | None = None, limit: int = 50, min_position: int = 0
) -> Page[MyKey]:
    """The keys of a person, the newest first, a page at a time."""
    time, key = after(cursor, _Place) or (None, None)
    position, found = await ask(MODEL, "keys_of", tenant, (person, time, key, limited(limit)), min_position)

    def place(row: MyKey) -> tuple[Any, ...]:
        return row.issued_at, row.key

    return page(_rows.decode(found), position, limit, place)
