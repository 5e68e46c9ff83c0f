"""Where am I logged in? Asked by whoever has an account, and by staff who look after accounts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any, assert_never
from uuid import UUID

import msgspec

from domain.identity.events import (
    RefreshReplayed,
    RefreshRotated,
    SessionEnded,
    SessionEvent,
    SessionId,
    SessionOpened,
)
from domain.kernel import ID, PersonId, Value
from projections.model import (
    Ask,
    Erasable,
    Fact,
    Many,
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
create table sessions (
  tenant uuid not null,
  person text collate "C" not null,
  session text collate "C" not null,
  method text not null,
  opened_at timestamptz not null,
  seen_at timestamptz not null,
  until timestamptz not null,
  address text,
  agent text,
  primary key (tenant, person, session)
) with (fillfactor = 70);
"""

OPEN = Many(
    "tenant uuid, person text, session text, method text, at timestamptz, until timestamptz, address text, agent text",
    """
    insert into sessions select tenant, person, session, method, at, at, until, address, agent from fact
    on conflict (tenant, person, session) do nothing
    """,
)
SEE = Many(
    "tenant uuid, person text, session text, at timestamptz, until timestamptz, address text, agent text",
    """
    update sessions s set seen_at = f.at, until = f.until, address = f.address, agent = f.agent
    from fact f where s.tenant = f.tenant and s.person = f.person and s.session = f.session
    """,
)
END = Many(
    "tenant uuid, person text, session text",
    """
    delete from sessions s using fact f
    where s.tenant = f.tenant and s.person = f.person and s.session = f.session
    """,
)


def project(fact: Fact[SessionEvent]) -> Iterator[Statement]:
    match fact.event:
        case SessionOpened(person, session, method, until, address, agent):
            yield OPEN, (fact.tenant, person, session, method, fact.at, until, address, agent)
        case RefreshRotated(person=person, session=session, until=until, address=address, agent=agent):
            yield SEE, (fact.tenant, person, session, fact.at, until, address, agent)
        case SessionEnded(person=person, session=session):
            yield END, (fact.tenant, person, session)
        case RefreshReplayed():
            pass  # It ends the session, and that is told of its own.
        case _:
            assert_never(fact.event)


QUESTIONS = question(
    "sessions",
    "_person text, _time timestamptz, _session text, _limit int",
    rows("""
      select s.session, s.method, s.opened_at, s.seen_at, s.until, s.address, s.agent
      from {schema}.sessions s
      where s.tenant = _tenant and s.person = _person and s.until > now()
        and (s.opened_at, s.session) < (coalesce(_time, 'infinity'), coalesce(_session, ''))
      order by s.opened_at desc, s.session desc
      limit _limit
"""),
)

MODEL = ReadModel(
    name="identity.sessions",
    version=2,
    tables=TABLES,
    questions=QUESTIONS,
    types=(SessionOpened, RefreshRotated, RefreshReplayed, SessionEnded),
    project=project,
    personal=(Erasable("sessions", ("address", "agent"), "delete from sessions where tenant = %s and person = %s"),),
)


class OpenSession(Value):
    """A device that is logged in. `seen_at` is when it last came back for new tokens, `address` from where."""

    session: SessionId
    method: str
    opened_at: datetime
    seen_at: datetime
    until: datetime
    address: str | None
    agent: str | None


_rows = msgspec.json.Decoder(tuple[OpenSession, ...])
_Place = tuple[Annotated[datetime, msgspec.Meta(tz=True)], Annotated[str, ID]]


async def sessions(  # noqa: PLR0913 — what one may ask for
    ask: Ask, tenant: UUID, person: PersonId, *, cursor: str | None = None, limit: int = 50, min_position: int = 0
) -> Page[OpenSession]:
    """The open sessions of a person, the newest first, a page at a time."""
    time, session = after(cursor, _Place) or (None, None)
    position, found = await ask(MODEL, "sessions", tenant, (person, time, session, limited(limit)), min_position)

    def place(row: OpenSession) -> tuple[Any, ...]:
        return row.opened_at, row.session

    return page(_rows.decode(found), position, limit, place)
