"""What was a creator given, by whom, and with what words? Asked by the creator."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any, assert_never
from uuid import UUID

import msgspec

from domain.creators.events import DonationEvent, DonationFailed, DonationMade, DonationReceived, DonationReturned
from domain.kernel import ID, PersonId, Value
from projections.model import Ask, Erasable, Fact, Page, ReadModel, Statement, after, limited, page, question, rows

TABLES = """
create table donations (
  tenant uuid not null,
  donation text collate "C" not null,
  creator text collate "C" not null,
  donor text,
  given_by text collate "C" not null,
  currency text not null,
  amount bigint not null,
  returned bigint not null default 0,
  message text,
  received_at timestamptz,
  primary key (tenant, donation)
) with (fillfactor = 70);
create index donations_to_creator on donations (tenant, creator, received_at desc, donation desc)
  where received_at is not null;
create index donations_by_giver on donations (tenant, given_by);
"""

MAKE = """
insert into donations (tenant, donation, creator, donor, given_by, currency, amount, message)
values (%s, %s, %s, %s, %s, %s, %s, %s)
on conflict do nothing
"""
RECEIVE = "update donations set received_at = %s where tenant = %s and donation = %s"
RETURN = "update donations set returned = %s where tenant = %s and donation = %s"
FORGET = "update donations set message = null where tenant = %s and given_by = %s"
DROP = "delete from donations where tenant = %s and donation = %s"


def project(fact: Fact[DonationEvent]) -> Iterator[Statement]:
    key = (fact.tenant, fact.stream.partition(":")[2])
    match fact.event:
        case DonationMade(donor, creator, money, message, anonymous):
            who = None if anonymous else donor
            yield MAKE, (*key, creator, who, donor, money.currency, money.amount, message)
        case DonationReceived():
            yield RECEIVE, (fact.at, *key)
        case DonationReturned(money):
            yield RETURN, (money.amount, *key)
        case DonationFailed():
            yield DROP, key
        case _:
            assert_never(fact.event)


QUESTIONS = question(
    "donations_to",
    "_creator text, _time timestamptz, _donation text, _limit int",
    rows("""
      select d.donation, d.donor, d.currency, d.amount, d.returned, d.message, d.received_at
      from {schema}.donations d
      where d.tenant = _tenant and d.creator = _creator and d.received_at is not null
        and (d.received_at, d.donation) < (coalesce(_time, 'infinity'), coalesce(_donation, ''))
      order by d.received_at desc, d.donation desc
      limit _limit
"""),
)

MODEL = ReadModel(
    name="creators.donations",
    version=2,
    tables=TABLES,
    questions=QUESTIONS,
    types=(DonationMade, DonationReceived, DonationReturned, DonationFailed),
    project=project,
    personal=(Erasable("donations", ("message",), FORGET),),
)


class DonationRow(Value):
    """A donation. Who does not want to be named has no name here."""

    donation: str
    donor: PersonId | None
    currency: str
    amount: int
    returned: int
    message: str | None
    received_at: datetime


_rows = msgspec.json.Decoder(tuple[DonationRow, ...])
_Place = tuple[Annotated[datetime, msgspec.Meta(tz=True)], Annotated[str, ID]]


def _place(row: DonationRow) -> tuple[Any, ...]:
    return row.received_at, row.donation


async def donations_to(  # noqa: PLR0913 — what one may ask for
    ask: Ask, tenant: UUID, creator: PersonId, *, cursor: str | None = None, limit: int = 50, min_position: int = 0
) -> Page[DonationRow]:
    """What a creator was given, the newest first, a page at a time."""
    time, donation = after(cursor, _Place) or (None, None)
    position, found = await ask(MODEL, "donations_to", tenant, (creator, time, donation, limited(limit)), min_position)
    return page(_rows.decode(found), position, limit, _place)
