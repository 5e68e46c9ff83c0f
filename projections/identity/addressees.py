"""How does one write to this person? Asked by jobs that send letters."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from domain.identity.events import (
    AccessNeedsStated,
    AddressReplaced,
    AddressVerified,
    PasswordRehashed,
    PasswordSet,
    PersonActivated,
    PersonDeactivated,
    PersonEvent,
    PersonInvited,
    PersonLocked,
    PersonReactivated,
    PersonRegistered,
    PersonRemoved,
    PersonUnlocked,
    PhoneConfirmed,
    PreferencesSet,
    ProfileRevised,
)
from projections.model import Erasable, Fact, Many, ReadModel, Statement

TABLES = """
create table addressees (
  tenant uuid not null,
  person text collate "C" not null,
  address text,
  name text not null,
  language text,
  time_zone text,
  primary key (tenant, person)
);
"""

ADD = Many(
    "tenant uuid, person text, address text, name text",
    """
    insert into addressees select tenant, person, address, name from fact
    on conflict (tenant, person) do update set address = excluded.address, name = excluded.name
    """,
)
MOVE = Many(
    "tenant uuid, person text, address text",
    "update addressees a set address = f.address from fact f where a.tenant = f.tenant and a.person = f.person",
)
CALL = Many(
    "tenant uuid, person text, name text",
    "update addressees a set name = f.name from fact f where a.tenant = f.tenant and a.person = f.person",
)
PREFER = Many(
    "tenant uuid, person text, language text, time_zone text",
    """
    update addressees a set language = f.language, time_zone = f.time_zone
    from fact f where a.tenant = f.tenant and a.person = f.person
    """,
)
LEAVE_ALONE = Many(
    "tenant uuid, person text",
    """
    update addressees a set address = null, name = '' from fact f where a.tenant = f.tenant and a.person = f.person
    """,
)


def project(fact: Fact[PersonEvent]) -> Iterator[Statement]:
    _, person = fact.stream.split(":")
    match fact.event:
        case PersonRegistered(address=address, name=name) | PersonInvited(address=address, name=name):
            yield ADD, (fact.tenant, person, address, name)
        case AddressReplaced(address=address):
            yield MOVE, (fact.tenant, person, address)
        case ProfileRevised(name=name):
            yield CALL, (fact.tenant, person, name)
        case PreferencesSet(locale, time_zone):
            yield PREFER, (fact.tenant, person, locale, time_zone)
        case PersonRemoved():
            yield LEAVE_ALONE, (fact.tenant, person)
        case PersonActivated() | PersonDeactivated() | PersonReactivated() | PersonLocked() | PersonUnlocked():
            pass
        case AddressVerified() | PasswordSet() | PasswordRehashed() | PhoneConfirmed() | AccessNeedsStated():
            pass
        case _:
            assert_never(fact.event)


QUESTIONS = """
create or replace function {schema}.addressee(_tenant uuid, _person text) returns table (
  address text, name text, language text, time_zone text
)
language plpgsql as $$
begin
  perform set_config('annals.tenant', _tenant::text, true);
  return query
  select a.address, a.name, a.language, a.time_zone
  from {schema}.addressees a where a.tenant = _tenant and a.person = _person;
end $$;
"""

MODEL = ReadModel(
    name="identity.addressees",
    version=2,
    tables=TABLES,
    questions=QUESTIONS,
    types=(
        *(PersonRegistered, PersonInvited, PersonActivated, PersonDeactivated, PersonReactivated, PersonLocked),
        *(PersonUnlocked, PersonRemoved, AddressVerified, AddressReplaced, PasswordSet, PasswordRehashed),
        *(ProfileRevised, PreferencesSet, PhoneConfirmed, AccessNeedsStated),
    ),
    project=project,
    personal=(Erasable("addressees", ("address", "name"), "delete from addressees where tenant = %s and person = %s"),),
)
