"""By which logins do I come in? Asked by whoever has an account."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, assert_never
from uuid import UUID

import msgspec

from domain.kernel import ID, PersonId, Value
from domain.sso.events import Login, LoginLinked, LoginsEvent, LoginUnlinked, ProviderId, RolesMapped
from projections.model import Ask, Fact, Many, Page, ReadModel, Statement, after, limited, page, question, rows

TABLES = """
create table logins (
  tenant uuid not null,
  person text collate "C" not null,
  login text collate "C" not null,
  provider text not null,
  linked_at timestamptz not null,
  primary key (tenant, person, login)
);
"""

LINK = Many(
    "tenant uuid, person text, login text, provider text, at timestamptz",
    """
    insert into logins select tenant, person, login, provider, at from fact
    on conflict (tenant, person, login) do update set provider = excluded.provider, linked_at = excluded.linked_at
    """,
)
UNLINK = Many(
    "tenant uuid, person text, login text",
    """
    delete from logins l using fact f where l.tenant = f.tenant and l.person = f.person and l.login = f.login
    """,
)


def project(fact: Fact[LoginsEvent]) -> Iterator[Statement]:
    _, person = fact.stream.split(":")
    match fact.event:
        case LoginLinked(provider, login):
            yield LINK, (fact.tenant, person, login, provider, fact.at)
        case LoginUnlinked(login=login):
            yield UNLINK, (fact.tenant, person, login)
        case RolesMapped():
            pass  # Which roles somebody has is another question.
        case _:
            assert_never(fact.event)


QUESTIONS = question(
    "logins",
    "_person text, _after text, _limit int",
    rows("""
      select l.login, l.provider, l.linked_at from {schema}.logins l
      where l.tenant = _tenant and l.person = _person and l.login > coalesce(_after, '')
      order by l.login
      limit _limit
"""),
)

MODEL = ReadModel(
    name="sso.my_logins",
    version=1,
    tables=TABLES,
    questions=QUESTIONS,
    types=(LoginLinked, LoginUnlinked, RolesMapped),
    project=project,
)


class MyLogin(Value):
    """A login that is linked. What the provider calls the person is kept by nobody here; `login` stands for it."""

    login: Login
    provider: ProviderId
    linked_at: datetime


_rows = msgspec.json.Decoder(tuple[MyLogin, ...])
_Place = tuple[Annotated[str, ID]]


async def my_logins(  # noqa: PLR0913 — what one may ask for
    ask: Ask, tenant: UUID, person: PersonId, *, cursor: str | None = None, limit: int = 50, min_position: int = 0
) -> Page[MyLogin]:
    """The logins of one person, a page at a time."""
    (last,) = after(cursor, _Place) or (None,)
    position, found = await ask(MODEL, "logins", tenant, (person, last, limited(limit)), min_position)
    return page(_rows.decode(found), position, limit, lambda row: (row.login,))
