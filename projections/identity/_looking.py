"""The questions that the directory of people answers, as SQL. Each order is a function of its own."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal, NamedTuple

import msgspec

from domain.kernel import ID
from projections.model import question, rows

Orders = Literal["name", "-name", "address", "-address", "since", "-since"]

_Id = Annotated[str, ID]
_Text = Annotated[str, msgspec.Meta(pattern=r"^[^\x00]*$(?!\n)", max_length=80)]
_Time = Annotated[datetime, msgspec.Meta(tz=True)]
LAST_TEXT = "U&'\\+10FFFF'"


class Order(NamedTuple):
    """An order of people."""

    name: str
    column: str
    type: str
    direction: Literal["asc", "desc"]
    first: str
    """What comes before everyone in this order."""
    shape: Any
    """What a cursor within this order holds."""


ORDERS: dict[Orders, Order] = {
    "name": Order("name", "name_place", "text", "asc", "''", tuple[Literal["name"], _Text, _Id]),
    "-name": Order("name_down", "name_place", "text", "desc", LAST_TEXT, tuple[Literal["-name"], _Text, _Id]),
    "address": Order("address", "address_place", "text", "asc", "''", tuple[Literal["address"], _Text, _Id]),
    "-address": Order(
        "address_down", "address_place", "text", "desc", LAST_TEXT, tuple[Literal["-address"], _Text, _Id]
    ),
    "since": Order("time", "since", "timestamptz", "asc", "'-infinity'", tuple[Literal["since"], _Time, _Id]),
    "-since": Order("time_down", "since", "timestamptz", "desc", "'infinity'", tuple[Literal["-since"], _Time, _Id]),
}

_SEARCH = question(
    "people_by_NAME",
    (
        "_words text, _address text, _status text, _role text, _scope text, _from timestamptz, "
        "_to timestamptz, _key TYPE, _person text, _limit int"
    ),
    rows("""
      select p.person, p.name, p.address, p.verified, p.username, p.status, p.status_at, p.since, p.version,
        p.name_place, p.address_place,
        coalesce((
          select json_agg(json_build_object('role', g.role, 'scope', nullif(g.scope, '')) order by g.role, g.scope)
          from {schema}.roles g where g.tenant = _tenant and g.person = p.person
        ), '[]') as roles
      from {schema}.people p
      where p.tenant = _tenant
        and (KEY, p.person) BEYOND (coalesce(_key, FIRST), coalesce(_person, ''))
        and (p.status = _status or _status is null and p.status <> 'deleted')
        and (_from is null or p.since >= _from) and (_to is null or p.since < _to)
        and (_patterns is null or p.searched like all (_patterns))
        and (_address is null or p.address_key like _address)
        and (_role is null and _scope is null or exists (
          select from {schema}.roles h where h.tenant = _tenant and h.person = p.person
            and (_role is null or h.role = _role) and (_scope is null or h.scope = _scope)
        ))
      order by KEY ORDER, p.person ORDER
      limit _limit
"""),
    declare="""
  _patterns text[] := string_to_array(_words, ' ');
""",
)

_ONE = question(
    "person",
    "_person text",
    rows("""
      select p.person, p.name, p.given_name, p.family_name, p.address, p.verified, p.username, p.about, p.phone,
        p.phone_confirmed, p.avatar, p.locale, p.time_zone, p.theme,
        coalesce(to_json(string_to_array(nullif(p.privacy, ''), ' ')), '[]') as privacy,
        coalesce(to_json(string_to_array(nullif(p.needs, ''), ' ')), '[]') as access_needs,
        p.status, p.status_at, p.reason, p.since, p.version,
        coalesce((
          select json_agg(json_build_object('role', g.role, 'scope', nullif(g.scope, '')) order by g.role, g.scope)
          from {schema}.roles g where g.tenant = _tenant and g.person = p.person
        ), '[]') as roles
      from {schema}.people p where p.tenant = _tenant and p.person = _person
"""),
)


def _question(order: Order) -> str:
    said = _SEARCH.replace("NAME", order.name).replace("TYPE", order.type).replace("FIRST", order.first)
    said = said.replace("KEY", f"p.{order.column}")
    return said.replace("BEYOND", ">" if order.direction == "asc" else "<").replace("ORDER", order.direction)


ALL = "".join(map(_question, ORDERS.values())) + _ONE
