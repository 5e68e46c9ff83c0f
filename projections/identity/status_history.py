"""How did an account come to stand as it does, and why? Asked by those who look after accounts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any, Literal, assert_never
from uuid import UUID

import msgspec

from domain.identity.events import (
    PersonActivated,
    PersonDeactivated,
    PersonInvited,
    PersonLocked,
    PersonReactivated,
    PersonRegistered,
    PersonRemoved,
    PersonUnlocked,
)
from domain.kernel import PersonId, Value
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
create table changes (
  tenant uuid not null,
  person text collate "C" not null,
  version int not null,
  status text not null,
  reason text,
  at timestamptz not null,
  by text not null,
  primary key (tenant, person, version)
);
"""

TELL = Many(
    "tenant uuid, person text, version int, status text, reason text, at timestamptz, by text",
    """
    insert into changes select tenant, person, version, status, reason, at, by from fact
    on conflict (tenant, person, version) do nothing
    """,
)

_Event = (
    PersonRegistered
    | PersonInvited
    | PersonActivated
    | PersonDeactivated
    | PersonReactivated
    | PersonLocked
    | PersonUnlocked
    | PersonRemoved
)


def project(fact: Fact[_Event]) -> Iterator[Statement]:
    match fact.event:
        case PersonInvited():
            yield TELL, _told(fact, "invited", None)
        case PersonRegistered() | PersonActivated():
            yield TELL, _told(fact, "active", None)
        case PersonReactivated(reason=reason) | PersonUnlocked(reason=reason):
            yield TELL, _told(fact, "active", reason)
        case PersonDeactivated(reason=reason):
            yield TELL, _told(fact, "deactivated", reason)
        case PersonLocked(reason=reason):
            yield TELL, _told(fact, "locked", reason)
        case PersonRemoved(reason=reason):
            yield TELL, _told(fact, "deleted", reason)
        case _:
            assert_never(fact.event)


def _told(fact: Fact[object], status: Status, reason: str | None) -> tuple[Any, ...]:
    return fact.tenant, fact.stream.partition(":")[2], fact.version, status, reason, fact.at, fact.by


QUESTIONS = question(
    "changes",
    "_person text, _after int, _limit int",
    rows("""
      select h.version, h.status, h.reason, h.at, h.by from {schema}.changes h
      where h.tenant = _tenant and h.person = _person and h.version > coalesce(_after, 0)
      order by h.version
      limit _limit
"""),
)

MODEL = ReadModel(
    name="identity.status_history",
    version=2,
    tables=TABLES,
    questions=QUESTIONS,
    types=(
        *(PersonRegistered, PersonInvited, PersonActivated, PersonDeactivated),
        *(PersonReactivated, PersonLocked, PersonUnlocked, PersonRemoved),
    ),
    project=project,
    personal=(Erasable("changes", ("reason",), "update changes set reason = null where tenant = %s and person = %s"),),
)

Status = Literal["invited", "active", "deactivated", "locked", "deleted"]


class StatusChange(Value):
    """How an account came to stand, and why."""

    status: Status
    reason: str | None
    at: datetime
    by: str
    version: int


_changes = msgspec.json.Decoder(tuple[StatusChange, ...])
_Version = Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)]


async def status_changes(  # noqa: PLR0913 — what one may ask for
    ask: Ask, tenant: UUID, person: PersonId, *, cursor: str | None = None, limit: int = 50, min_position: int = 0
) -> Page[StatusChange]:
    """How an account came to stand as it does, the oldest first, a page at a time."""
    (version,) = after(cursor, tuple[_Version]) or (None,)
    position, found = await ask(MODEL, "changes", tenant, (person, version, limited(limit)), min_position)

    def place(row: StatusChange) -> tuple[Any, ...]:
        return (row.version,)

    return page(_changes.decode(found), position, limit, place)
