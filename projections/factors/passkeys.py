"""Which passkeys has this person? Asked by the person, and when another is to be made."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never
from uuid import UUID

import msgspec

from domain.factors.events import (
    PasskeyCounterFell,
    PasskeyEvent,
    PasskeyRegistered,
    PasskeyRemoved,
    PasskeyUsed,
)
from domain.kernel import Moment, PersonId, Value
from projections.model import Ask, Fact, Page, ReadModel, Statement, question, rows

TABLES = """
create table passkeys (
  tenant uuid not null,
  person text collate "C" not null,
  passkey text collate "C" not null,
  credential text not null,
  authenticator text not null,
  transports text[] not null,
  backed_up boolean not null,
  registered_at timestamptz not null,
  used_at timestamptz,
  fell_at timestamptz,
  primary key (tenant, passkey)
);
create index passkeys_by_person on passkeys (tenant, person, registered_at);
"""

REGISTER = """
insert into passkeys values (%s, %s, %s, %s, %s, %s, %s, %s)
on conflict (tenant, passkey) do update set person = excluded.person, credential = excluded.credential,
  authenticator = excluded.authenticator, transports = excluded.transports, backed_up = excluded.backed_up,
  registered_at = excluded.registered_at, used_at = null, fell_at = null
"""
USE = "update passkeys set used_at = %s where tenant = %s and passkey = %s"
FALL = "update passkeys set fell_at = %s where tenant = %s and passkey = %s"
REMOVE = "delete from passkeys where tenant = %s and passkey = %s"


def project(fact: Fact[PasskeyEvent]) -> Iterator[Statement]:
    passkey = fact.stream.partition(":")[2]
    match fact.event:
        case PasskeyRegistered(person, credential, _, _, _, transports, authenticator, backed_up):
            values = (person, passkey, credential, authenticator, list(transports), backed_up, fact.at)
            yield REGISTER, (fact.tenant, *values)
        case PasskeyUsed():
            yield USE, (fact.at, fact.tenant, passkey)
        case PasskeyCounterFell():
            yield FALL, (fact.at, fact.tenant, passkey)
        case PasskeyRemoved():
            yield REMOVE, (fact.tenant, passkey)
        case _:
            assert_never(fact.event)


QUESTIONS = question(
    "passkeys_of",
    "_person text",
    rows("""
      select p.passkey, p.credential, p.authenticator, p.transports, p.backed_up, p.registered_at, p.used_at, p.fell_at
      from {schema}.passkeys p
      where p.tenant = _tenant and p.person = _person
      order by p.registered_at, p.passkey
"""),
)

MODEL = ReadModel(
    name="factors.passkeys",
    version=1,
    tables=TABLES,
    questions=QUESTIONS,
    types=(PasskeyRegistered, PasskeyUsed, PasskeyCounterFell, PasskeyRemoved),
    project=project,
)


class Passkey(Value):
    """A passkey of mine. `fell_at` is when it counted less than before: somebody may have a copy of it."""

    passkey: str
    credential: str
    authenticator: str
    transports: tuple[str, ...]
    backed_up: bool
    registered_at: Moment
    used_at: Moment | None
    fell_at: Moment | None


_rows = msgspec.json.Decoder(tuple[Passkey, ...])


async def passkeys_of(ask: Ask, tenant: UUID, person: PersonId, *, min_position: int = 0) -> Page[Passkey]:
    """The passkeys of a person, the oldest first."""
    position, found = await ask(MODEL, "passkeys_of", tenant, (person,), min_position)
    return Page(_rows.decode(found), position)
