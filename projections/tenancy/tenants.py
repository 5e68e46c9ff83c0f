"""Which tenants are there, where are they reached, and do they work? Asked by those who run the platform."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any, Literal, assert_never
from uuid import UUID

import msgspec

from domain.kernel import Rejected, Value
from domain.tenancy.events import (
    HostnameMapped,
    HostnameUnmapped,
    TenantEvent,
    TenantProvisioned,
    TenantReactivated,
    TenantRenamed,
    TenantSuspended,
)
from projections.model import Ask, Fact, Many, Page, ReadModel, Statement, after, limited, page, question, rows

TABLES = """
create table tenants (
  tenant uuid not null,
  id uuid not null,
  name text collate "C" not null,
  status text not null,
  reason text,
  hostnames text[] not null,
  provisioned_at timestamptz not null,
  primary key (tenant, id)
) with (fillfactor = 80);
create index tenants_by_name on tenants (tenant, name, id);
"""

PROVISION = Many(
    "tenant uuid, id uuid, name text, at timestamptz",
    """
    insert into tenants select tenant, id, name, 'active', null, '{}', at from fact
    on conflict (tenant, id) do update
      set name = excluded.name, status = 'active', provisioned_at = excluded.provisioned_at
    """,
)
RENAME = Many(
    "tenant uuid, id uuid, name text",
    "update tenants t set name = f.name from fact f where t.tenant = f.tenant and t.id = f.id",
)
STAND = Many(
    "tenant uuid, id uuid, status text, reason text",
    "update tenants t set status = f.status, reason = f.reason from fact f where t.tenant = f.tenant and t.id = f.id",
)
MAP = Many(
    "tenant uuid, id uuid, hostname text",
    "update tenants t set hostnames = t.hostnames || f.hostname from fact f where t.tenant = f.tenant and t.id = f.id",
)
UNMAP = Many(
    "tenant uuid, id uuid, hostname text",
    """
    update tenants t set hostnames = array_remove(t.hostnames, f.hostname)
    from fact f where t.tenant = f.tenant and t.id = f.id
    """,
)


def project(fact: Fact[TenantEvent]) -> Iterator[Statement]:
    of = (fact.tenant, UUID(fact.stream.partition(":")[2]))
    match fact.event:
        case TenantProvisioned(name):
            yield PROVISION, (*of, name, fact.at)
        case TenantRenamed(name):
            yield RENAME, (*of, name)
        case TenantSuspended(reason):
            yield STAND, (*of, "suspended", reason)
        case TenantReactivated():
            yield STAND, (*of, "active", None)
        case HostnameMapped(hostname):
            yield MAP, (*of, hostname)
        case HostnameUnmapped(hostname):
            yield UNMAP, (*of, hostname)
        case _:
            assert_never(fact.event)


QUESTIONS = question(
    "tenants",
    "_status text, _id uuid, _after_name text, _after_id uuid, _limit int",
    rows("""
      select t.id, t.name, t.status, t.reason, t.hostnames, t.provisioned_at
      from {schema}.tenants t
      where t.tenant = _tenant and (_status is null or t.status = _status) and (_id is null or t.id = _id)
        and (t.name, t.id) > (coalesce(_after_name, ''), coalesce(_after_id, '00000000-0000-0000-0000-000000000000'))
      order by t.name, t.id
      limit _limit
"""),
)

MODEL = ReadModel(
    name="tenancy.tenants",
    version=1,
    tables=TABLES,
    questions=QUESTIONS,
    types=(
        TenantProvisioned,
        TenantRenamed,
        TenantSuspended,
        TenantReactivated,
        HostnameMapped,
        HostnameUnmapped,
    ),
    project=project,
)

Status = Literal["active", "suspended"]


class Tenant(Value):
    """A school on the platform. `reason` is why it is suspended."""

    id: UUID
    name: str
    status: Status
    reason: str | None
    hostnames: tuple[str, ...]
    provisioned_at: datetime


_rows = msgspec.json.Decoder(tuple[Tenant, ...])
_Place = tuple[Annotated[str, msgspec.Meta(pattern=r"^[^\x00]*$")], UUID]


async def tenants(  # noqa: PLR0913 — what one may ask for
    ask: Ask,
    platform: UUID,
    *,
    status: Status | None = None,
    cursor: str | None = None,
    limit: int = 50,
    min_position: int = 0,
) -> Page[Tenant]:
    """The tenants there are, by their names, a page at a time."""
    name, id_ = after(cursor, _Place) or (None, None)
    position, found = await ask(MODEL, "tenants", platform, (status, None, name, id_, limited(limit)), min_position)

    def place(row: Tenant) -> tuple[Any, ...]:
        return row.name, row.id

    return page(_rows.decode(found), position, limit, place)


async def tenant(ask: Ask, platform: UUID, id_: UUID, *, min_position: int = 0) -> tuple[Tenant, int]:
    """One of them, and the position this shows."""
    position, found = await ask(MODEL, "tenants", platform, (None, id_, None, None, 1), min_position)
    rows = _rows.decode(found)
    if not rows:
        raise Rejected("tenant.not_found", "there is no such tenant")
    return rows[0], position
