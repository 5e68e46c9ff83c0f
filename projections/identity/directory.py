"""Who is there, who are they, and how do their accounts stand? Asked by staff, and by everyone of themselves."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Literal, assert_never, get_args
from uuid import UUID

import msgspec

from domain.access.events import RoleGranted, RoleName, RoleWithdrawn, Scope
from domain.identity.events import (
    AccessNeed,
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
    Privacy,
    ProfileRevised,
)
from domain.kernel import PersonId, Value
from projections.identity._folding import folded, within
from projections.identity._keeping import (
    ADD,
    CONFIRM,
    COUNT,
    GRANT,
    MOVE,
    NEED,
    PREFER,
    REVISE,
    STAND,
    VERIFY,
    WITHDRAW,
)
from projections.identity._looking import ALL, ORDERS, Orders
from projections.model import Ask, Erasable, Fact, Page, ReadModel, Statement, after, limited, page

TABLES = """
create table people (
  tenant uuid not null,
  person text collate "C" not null,
  version int not null,
  status text not null,
  since timestamptz not null,
  status_at timestamptz not null,
  reason text,
  name text not null,
  name_key text collate "C" not null,
  given_name text,
  family_name text,
  address text not null,
  address_key text collate "C" not null,
  verified boolean not null default false,
  username text,
  username_key text collate "C" not null,
  about text,
  phone text,
  phone_confirmed boolean not null default false,
  avatar text,
  locale text,
  time_zone text,
  theme text,
  privacy text not null default '',
  needs text not null default '',
  -- A page begins behind one of these, and a cursor that says it is short.
  name_place text collate "C" not null generated always as (left(name_key, 80)) stored,
  address_place text collate "C" not null generated always as (left(address_key, 80)) stored,
  searched text collate "C" not null
    generated always as (name_key || ' ' || address_key || ' ' || username_key) stored,
  primary key (tenant, person)
) with (fillfactor = 80);
create index people_by_name on people (tenant, name_place, person);
create index people_by_address on people (tenant, address_place, person);
create index people_by_time on people (tenant, since, person);
create table roles (
  tenant uuid not null,
  person text collate "C" not null,
  role text collate "C" not null,
  scope text collate "C" not null,
  primary key (tenant, person, role, scope)
);
"""

SAID = (
    *("name", "name_key", "given_name", "family_name", "username", "username_key", "address", "address_key"),
    *("about", "phone", "needs", "reason", "name_place", "address_place", "searched"),
)
"""The columns that hold what somebody is called, how they are reached and what is said of them."""


def project(  # noqa: C901, PLR0912 — a table, a row a fact
    fact: Fact[PersonEvent | RoleGranted | RoleWithdrawn],
) -> Iterator[Statement]:
    key = (fact.tenant, fact.stream.partition(":")[2])
    of = (*key, fact.version)
    match fact.event:
        case PersonRegistered(_, address, username, name):
            yield ADD, (*of, "active", fact.at, *_called(name, address, username))
        case PersonInvited(_, address, username, name):
            yield ADD, (*of, "invited", fact.at, *_called(name, address, username))
        case PersonActivated():
            yield STAND, (*of, "active", fact.at, None)
        case PersonReactivated(reason=reason) | PersonUnlocked(reason=reason):
            yield STAND, (*of, "active", fact.at, reason)
        case PersonDeactivated(reason=reason):
            yield STAND, (*of, "deactivated", fact.at, reason)
        case PersonLocked(reason=reason):
            yield STAND, (*of, "locked", fact.at, reason)
        case PersonRemoved(reason=reason):
            yield STAND, (*of, "deleted", fact.at, reason)
        case ProfileRevised() as said:
            yield REVISE, (*of, *_profile(said))
        case PhoneConfirmed():
            yield CONFIRM, of
        case AddressReplaced(address=address):
            yield MOVE, (*of, address, folded(address))
        case AddressVerified():
            yield VERIFY, of
        case PreferencesSet(locale, time_zone, theme, privacy):
            yield PREFER, (*of, locale, time_zone, theme, " ".join(privacy))
        case AccessNeedsStated(needs=needs):
            yield NEED, (*of, needs)
        case PasswordSet() | PasswordRehashed():
            yield COUNT, of  # Their version, which edits are held against, moves with every fact.
        case RoleGranted(role, scope):
            yield GRANT, (*key, role, scope or "")
        case RoleWithdrawn(role, scope):
            yield WITHDRAW, (*key, role, scope or "")
        case _:
            assert_never(fact.event)


def _called(name: str, address: str, username: str | None) -> tuple[Any, ...]:
    return name, folded(name), address, folded(address), username, folded(username or "")


def _profile(said: ProfileRevised) -> tuple[Any, ...]:
    key = folded(" ".join(one for one in (said.name, said.given_name, said.family_name) if one))
    return said.name, key, said.given_name, said.family_name, said.about, said.phone, said.avatar


QUESTIONS = ALL

MODEL = ReadModel(
    name="identity.directory",
    version=2,
    tables=TABLES,
    questions=QUESTIONS,
    types=(*get_args(PersonEvent), RoleGranted, RoleWithdrawn),
    project=project,
    personal=(Erasable("people", SAID, "delete from people where tenant = %s and person = %s"),),
)

Sort = Orders
Status = Literal["invited", "active", "deactivated", "locked", "deleted"]
WORDS_MAX = 10


class Wanted(Value):
    """Who is looked for. All of it must be so; what is left out may be anyhow."""

    named: str | None = None
    """Words that are found in the names, the address or the username, in any order."""
    address: str | None = None
    status: Status | None = None
    role: RoleName | None = None
    scope: Scope | None = None
    since: datetime | None = None
    until: datetime | None = None


class HeldRole(Value):
    role: RoleName
    scope: Scope | None


class Listed(Value):
    """Somebody, in a list."""

    person: PersonId
    name: str
    address: str
    verified: bool
    username: str | None
    status: Status
    status_at: datetime
    since: datetime
    roles: tuple[HeldRole, ...]
    version: int


class Known(Value):
    """Somebody, with all that is known of them. `version` is for If-Match."""

    person: PersonId
    name: str
    given_name: str | None
    family_name: str | None
    address: str
    verified: bool
    username: str | None
    about: str | None
    phone: str | None
    phone_confirmed: bool
    avatar: str | None
    locale: str | None
    time_zone: str | None
    theme: str | None
    privacy: tuple[Privacy, ...]
    access_needs: tuple[AccessNeed, ...]
    status: Status
    status_at: datetime
    reason: str | None
    since: datetime
    roles: tuple[HeldRole, ...]
    version: int


class _Found(Listed, kw_only=True):
    name_place: str
    address_place: str


_found = msgspec.json.Decoder(tuple[_Found, ...])
_known = msgspec.json.Decoder(tuple[Known, ...])


async def search(  # noqa: PLR0913 — what one may ask for
    ask: Ask,
    tenant: UUID,
    wanted: Wanted,
    *,
    sort: Sort = "name",
    cursor: str | None = None,
    limit: int = 50,
    min_position: int = 0,
) -> Page[Listed]:
    """Those who are looked for, in order, a page at a time. Who was removed is found only among the deleted."""
    order = ORDERS[sort]
    _, key, person = after(cursor, order.shape) or (sort, None, None)
    words = [within(word) for word in folded(wanted.named or "").split()[:WORDS_MAX]]
    values = (
        " ".join(words) or None,
        None if wanted.address is None else within(wanted.address),
        *(wanted.status, wanted.role, wanted.scope, wanted.since, wanted.until),
        *(key, person, limited(limit)),
    )
    position, found = await ask(MODEL, f"people_by_{order.name}", tenant, values, min_position)

    def place(row: _Found) -> tuple[Any, ...]:
        return sort, getattr(row, order.column), row.person

    rows = page(_found.decode(found), position, limit, place)
    plain = tuple(Listed(**{name: getattr(row, name) for name in Listed.__struct_fields__}) for row in rows.rows)
    return Page(plain, rows.position, rows.cursor)


async def somebody(ask: Ask, tenant: UUID, person: PersonId, *, min_position: int = 0) -> tuple[int, Known | None]:
    """The position that the answer shows, and who this is."""
    position, found = await ask(MODEL, "person", tenant, (person,), min_position)
    return position, next(iter(_known.decode(found)), None)
