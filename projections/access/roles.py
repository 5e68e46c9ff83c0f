"""Which roles has a school defined, what do they permit, and who holds which role? Asked by administrators."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any, Literal, assert_never
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
from domain.kernel import ID, PersonId, Value
from projections.model import Ask, Fact, Many, Page, ReadModel, Statement, after, limited, page, question, rows

TABLES = """
create table roles (
  tenant uuid not null,
  role text collate "C" not null,
  status text not null,
  permissions text not null,
  version int not null,
  defined_at timestamptz not null,
  defined_by text not null,
  primary key (tenant, role)
);
create table holders (
  tenant uuid not null,
  role text collate "C" not null,
  person text collate "C" not null,
  scope text collate "C" not null,
  granted_at timestamptz not null,
  granted_by text not null,
  primary key (tenant, role, person, scope)
);
"""

DEFINE = Many(
    "tenant uuid, role text, permissions text, version int, at timestamptz, by text",
    """
    insert into roles select tenant, role, 'defined', permissions, version, at, by from fact
    on conflict (tenant, role) do nothing
    """,
)
EXTEND = Many(
    "tenant uuid, role text, permissions text, version int",
    """
    update roles r set version = f.version, permissions = (
      select string_agg(p, ' ' order by p) from (
        select unnest(string_to_array(r.permissions, ' ')) union select unnest(string_to_array(f.permissions, ' '))
      ) as one (p) where p <> ''
    )
    from fact f where r.tenant = f.tenant and r.role = f.role
    """,
)
REDUCE = Many(
    "tenant uuid, role text, permissions text, version int",
    """
    update roles r set version = f.version, permissions = coalesce((
      select string_agg(p, ' ' order by p) from (
        select unnest(string_to_array(r.permissions, ' ')) except select unnest(string_to_array(f.permissions, ' '))
      ) as one (p) where p <> ''
    ), '')
    from fact f where r.tenant = f.tenant and r.role = f.role
    """,
)
RETIRE = Many(
    "tenant uuid, role text, version int",
    """
    update roles r set status = 'retired', version = f.version
    from fact f where r.tenant = f.tenant and r.role = f.role
    """,
)
GRANT = """
insert into holders values (%s, %s, %s, %s, %s, %s)
on conflict (tenant, role, person, scope) do nothing
"""
WITHDRAW = "delete from holders where tenant = %s and role = %s and person = %s and scope = %s"


def project(fact: Fact[Event]) -> Iterator[Statement]:
    name = fact.stream.partition(":")[2]
    match fact.event:
        case RoleDefined(permissions):
            yield DEFINE, (fact.tenant, name, " ".join(permissions), fact.version, fact.at, fact.by)
        case PermissionsAdded(permissions):
            yield EXTEND, (fact.tenant, name, " ".join(permissions), fact.version)
        case PermissionsRemoved(permissions):
            yield REDUCE, (fact.tenant, name, " ".join(permissions), fact.version)
        case RoleRetired():
            yield RETIRE, (fact.tenant, name, fact.version)
        case RoleGranted(role, scope):
            yield GRANT, (fact.tenant, role, name, scope or "", fact.at, fact.by)
        case RoleWithdrawn(role, scope):
            yield WITHDRAW, (fact.tenant, role, name, scope or "")
        case _:
            assert_never(fact.event)


QUESTIONS = "".join(
    (
        question(
            "roles",
            "_after text, _limit int",
            rows("""
      select r.role, r.status, coalesce(to_json(string_to_array(nullif(r.permissions, ''), ' ')), '[]') as permissions,
        (select count(*) from {schema}.holders h where h.tenant = _tenant and h.role = r.role) as holders,
        r.version, r.defined_at, r.defined_by
      from {schema}.roles r
      where r.tenant = _tenant and r.role > coalesce(_after, '')
      order by r.role
      limit _limit
"""),
        ),
        question(
            "holders",
            "_role text, _person text, _scope text, _limit int",
            """
  json_build_array(json_build_object(
    'defined', exists (select from {schema}.roles r where r.tenant = _tenant and r.role = _role),
    'rows', coalesce((
      select json_agg(h) from (
        select h.person, nullif(h.scope, '') as scope, h.granted_at, h.granted_by
        from {schema}.holders h
        where h.tenant = _tenant and h.role = _role
          and (h.person, h.scope) > (coalesce(_person, ''), coalesce(_scope, ''))
        order by h.person, h.scope
        limit _limit
      ) h
    ), '[]')
  ))
""",
        ),
    )
)

MODEL = ReadModel(
    name="access.roles",
    version=1,
    tables=TABLES,
    questions=QUESTIONS,
    types=(RoleDefined, PermissionsAdded, PermissionsRemoved, RoleRetired, RoleGranted, RoleWithdrawn),
    project=project,
)


class DefinedRole(Value):
    """A role that the school has defined. `version` is for If-Match; one that is retired permits nothing any more."""

    role: RoleName
    status: Literal["defined", "retired"]
    permissions: tuple[str, ...]
    holders: int
    version: int
    defined_at: datetime
    defined_by: str


class Holder(Value):
    """Somebody who holds a role; everywhere, if there is no scope."""

    person: PersonId
    scope: Scope | None
    granted_at: datetime
    granted_by: str


class _Holders(Value):
    defined: bool
    rows: tuple[Holder, ...]


_roles = msgspec.json.Decoder(tuple[DefinedRole, ...])
_holders = msgspec.json.Decoder(tuple[_Holders, ...])
_Id = Annotated[str, ID]
_Scope = Annotated[str, msgspec.Meta(max_length=75, pattern=r"^[!-~]*$")]


async def defined_roles(
    ask: Ask, tenant: UUID, *, cursor: str | None = None, limit: int = 50, min_position: int = 0
) -> Page[DefinedRole]:
    """The roles of a tenant by their names, a page at a time."""
    (name,) = after(cursor, tuple[_Id]) or (None,)
    position, found = await ask(MODEL, "roles", tenant, (name, limited(limit)), min_position)

    def place(row: DefinedRole) -> tuple[Any, ...]:
        return (row.role,)

    return page(_roles.decode(found), position, limit, place)


async def who_holds(  # noqa: PLR0913 — what one may ask for
    ask: Ask,
    tenant: UUID,
    role: RoleName,
    *,
    cursor: str | None = None,
    limit: int = 50,
    min_position: int = 0,
) -> tuple[bool, Page[Holder]]:
    """Whether the tenant has defined this role, and who holds it, a page at a time."""
    person, scope = after(cursor, tuple[_Id, _Scope]) or (None, None)
    position, found = await ask(MODEL, "holders", tenant, (role, person, scope, limited(limit)), min_position)

    def place(row: Holder) -> tuple[Any, ...]:
        return row.person, row.scope or ""

    told = next(iter(_holders.decode(found)), _Holders(defined=False, rows=()))
    return told.defined, page(told.rows, position, limit, place)
