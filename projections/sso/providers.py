"""By which identity providers may people come in, and on what terms? Asked by who configures them, and at the door."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any, assert_never
from uuid import UUID

import msgspec

from domain.kernel import ID, Rejected, Value
from domain.sso.events import (
    Kind,
    ProviderConfigured,
    ProviderDisabled,
    ProviderEnabled,
    ProviderEvent,
    ProviderId,
    ProviderRemoved,
    ProviderRevised,
)
from projections.model import Ask, Fact, Many, Page, ReadModel, Statement, after, limited, page, question, rows

TABLES = """
create table providers (
  tenant uuid not null,
  provider text collate "C" not null,
  kind text not null,
  name text not null,
  terms text not null,
  has_secret int not null,
  enabled int not null,
  version int not null,
  configured_at timestamptz not null,
  primary key (tenant, provider)
);
"""

_COLUMNS = "tenant uuid, provider text"
CONFIGURE = Many(
    f"{_COLUMNS}, kind text, name text, terms text, has_secret int, version int, at timestamptz",
    "insert into providers select tenant, provider, kind, name, terms, has_secret, 1, version, at from fact",
)
REVISE = Many(
    f"{_COLUMNS}, name text, terms text, has_secret int, version int",
    """
    update providers p set name = f.name, terms = f.terms, has_secret = f.has_secret, version = f.version
    from fact f where p.tenant = f.tenant and p.provider = f.provider
    """,
)
ENABLE = Many(
    f"{_COLUMNS}, enabled int, version int",
    """
    update providers p set enabled = f.enabled, version = f.version
    from fact f where p.tenant = f.tenant and p.provider = f.provider
    """,
)
REMOVE = Many(_COLUMNS, "delete from providers p using fact f where p.tenant = f.tenant and p.provider = f.provider")


def project(fact: Fact[ProviderEvent]) -> Iterator[Statement]:
    _, provider = fact.stream.split(":")
    match fact.event:
        case ProviderConfigured(kind, terms):
            shown, has_secret = _shown(terms)
            yield CONFIGURE, (fact.tenant, provider, kind, terms.name, shown, has_secret, fact.version, fact.at)
        case ProviderRevised(terms):
            yield REVISE, (fact.tenant, provider, terms.name, *_shown(terms), fact.version)
        case ProviderDisabled():
            yield ENABLE, (fact.tenant, provider, 0, fact.version)
        case ProviderEnabled():
            yield ENABLE, (fact.tenant, provider, 1, fact.version)
        case ProviderRemoved():
            yield REMOVE, (fact.tenant, provider)
        case _:
            assert_never(fact.event)


def _shown(terms: Value) -> tuple[str, int]:
    """The terms without the place of the secret, and whether there is one."""
    said: dict[str, Any] = msgspec.to_builtins(terms)
    secret = said.pop("secret")
    return msgspec.json.encode(said).decode(), int(secret is not None)


QUESTIONS = question(
    "providers",
    "_provider text, _after text, _limit int",
    rows("""
      select p.provider as id, p.kind, p.enabled = 1 as enabled, p.terms::json as terms,
        p.has_secret = 1 as has_secret, p.version, p.configured_at
      from {schema}.providers p
      where p.tenant = _tenant and p.provider > coalesce(_after, '') and p.provider = coalesce(_provider, p.provider)
      order by p.provider
      limit _limit
"""),
)

MODEL = ReadModel(
    name="sso.providers",
    version=1,
    tables=TABLES,
    questions=QUESTIONS,
    types=(ProviderConfigured, ProviderRevised, ProviderDisabled, ProviderEnabled, ProviderRemoved),
    project=project,
)

CHOICES_MAX = 100


class ShownRule(Value):
    """Whoever has this among the values of this attribute has this role."""

    attribute: str
    value: str
    role: str


class ShownAttribute(Value):
    """Where the provider says something of ours under a name of its own."""

    ours: str
    theirs: str


class ShownTerms(Value):
    """On what terms people come in. The secret is shown to nobody."""

    name: str
    issuer: str
    client_id: str
    sign_in_url: str
    certificates: tuple[str, ...]
    domains: tuple[str, ...]
    attributes: tuple[ShownAttribute, ...]
    roles: tuple[ShownRule, ...]
    welcomes: bool


class ShownProvider(Value):
    """An identity provider. `version` is for If-Match."""

    id: ProviderId
    kind: Kind
    enabled: bool
    terms: ShownTerms
    has_secret: bool
    version: int
    configured_at: datetime


class OneProvider(Value):
    """An identity provider, and the position this is as of."""

    provider: ShownProvider
    position: int


class Choice(Value):
    """A provider that one may come in by, and what it is chosen by."""

    id: ProviderId
    kind: Kind
    name: str


_rows = msgspec.json.Decoder(tuple[ShownProvider, ...])
_Place = tuple[Annotated[str, ID]]


async def providers(
    ask: Ask, tenant: UUID, *, cursor: str | None = None, limit: int = 50, min_position: int = 0
) -> Page[ShownProvider]:
    """The providers of a tenant, a page at a time."""
    (last,) = after(cursor, _Place) or (None,)
    position, found = await ask(MODEL, "providers", tenant, (None, last, limited(limit)), min_position)
    return page(_rows.decode(found), position, limit, lambda row: (row.id,))


async def provider(ask: Ask, tenant: UUID, which: ProviderId, *, min_position: int = 0) -> OneProvider:
    """One provider of a tenant."""
    position, found = await ask(MODEL, "providers", tenant, (which, None, 1), min_position)
    rows = _rows.decode(found)
    if not rows:
        raise Rejected("not_found", "there is no such provider")
    return OneProvider(rows[0], position)


async def choices(ask: Ask, tenant: UUID) -> tuple[Choice, ...]:
    """The providers that one may choose at the door."""
    _, found = await ask(MODEL, "providers", tenant, (None, None, CHOICES_MAX), 0)
    return tuple(Choice(row.id, row.kind, row.terms.name) for row in _rows.decode(found) if row.enabled)
