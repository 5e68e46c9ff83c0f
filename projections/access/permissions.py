"""Which roles does a person hold, what do those permit, and who granted them when? Asked by anyone, of themselves."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import assert_never
from uuid import UUID

import msgspec

from domain.access.events import (
    Event,
    PermissionsAdded,
    PermissionsRemoved,
    RoleDefined,
    RoleGranted,
    RoleName,
    RoleRetired,
    RoleWithdrawn,
    Scope,
)
from domain.kernel import PersonId, Value
from projections.model import Ask, Fact, Many, ReadModel, Statement, question

TABLES = """
create table people (
  tenant uuid not null,
  person text collate "C" not null,
  version int not null,
  primary key (tenant, person)
);
create table grants (
  tenant uuid not null,
  person text collate "C" not null,
  role text collate "C" not null,
  scope text collate "C" not null,
  granted_at timestamptz not null,
  granted_by text not null,
  primary key (tenant, person, role, scope)
);
create table permissions (
  tenant uuid not null,
  role text collate "C" not null,
  permission text collate "C" not null,
  primary key (tenant, role, permission)
);
"""

KNOW = """
insert into people values (%s, %s, %s)
on conflict (tenant, person) do update set version = excluded.version
"""
GRANT = """
insert into grants values (%s, %s, %s, %s, %s, %s)
on conflict (tenant, person, role, scope) do nothing
"""
WITHDRAW = "delete from grants where tenant = %s and person = %s and role = %s and scope = %s"
ADD = """
insert into permissions select %s, %s, one from unnest(string_to_array(%s, ' ')) as one
on conflict (tenant, role, permission) do nothing
"""
REMOVE = """
delete from permissions
where tenant = %s and role = %s and permission = any (string_to_array(%s, ' '))
"""
RETIRE = Many(
    "tenant uuid, role text",
    "delete from permissions p using fact f where p.tenant = f.tenant and p.role = f.role",
)


def project(fact: Fact[Event]) -> Iterator[Statement]:
    name = fact.stream.partition(":")[2]
    match fact.event:
        case RoleDefined(permissions) | PermissionsAdded(permissions):
            yield ADD, (fact.tenant, name, " ".join(permissions))
        case PermissionsRemoved(permissions):
            yield REMOVE, (fact.tenant, name, " ".join(permissions))
        case RoleRetired():
            yield RETIRE, (fact.tenant, name)
        case RoleGranted(role, scope):
            yield KNOW, (fact.tenant, name, fact.version)
            yield GRANT, (fact.tenant, name, role, scope or "", fact.at, fact.by)
        case RoleWithdrawn(role, scope):
            yield KNOW, (fact.tenant, name, fact.version)
            yield WITHDRAW, (fact.tenant, name, role, scope or "")
        case _:
            assert_never(fact.event)


QUESTIONS = question(
    "held",
    "_person text",
    """
  json_build_array(json_build_object(
    'version', coalesce((select p.version from {schema}.people p where p.tenant = _tenant and p.person = _person), 0),
    'grants', coalesce((
      select json_agg(g) from (
        select g.role, nullif(g.scope, '') as scope, g.granted_at, g.granted_by
        from {schema}.grants g where g.tenant = _tenant and g.person = _person
        order by g.role, g.scope
      ) g
    ), '[]'),
    'defined', coalesce((
      select json_object_agg(d.role, d.permissions) from (
        select p.role, json_agg(p.permission order by p.permission) as permissions
        from {schema}.permissions p
        where p.tenant = _tenant
          and p.role in (select g.role from {schema}.grants g where g.tenant = _tenant and g.person = _person)
        group by p.role
      ) d
    ), '{}')
  ))
""",
)

MODEL = ReadModel(
    name="access.permissions",
    version=1,
    tables=TABLES,
    questions=QUESTIONS,
    types=(RoleDefined, PermissionsAdded, PermissionsRemoved, RoleRetired, RoleGranted, RoleWithdrawn),
    project=project,
)


class Granted(Value):
    """A role that somebody holds; everywhere, if there is no scope."""

    role: RoleName
    scope: Scope | None
    granted_at: datetime
    granted_by: str


class Held(Value):
    """The roles that somebody holds, and what those of them permit that the tenant has defined.

    `version` is for If-Match; 0 is of those whom nothing was ever granted.
    """

    version: int
    grants: tuple[Granted, ...]
    defined: dict[RoleName, frozenset[str]]


NOTHING = Held(0, (), {})
_held = msgspec.json.Decoder(tuple[Held, ...])


async def held_by(ask: Ask, tenant: UUID, person: PersonId, *, min_position: int = 0) -> tuple[int, Held]:
    """The position that the answer shows, and what this person holds."""
    position, found = await ask(MODEL, "held", tenant, (person,), min_position)
    return position, next(iter(_held.decode(found)), NOTHING)
