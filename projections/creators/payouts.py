"""What was a creator paid, and what became of it? Asked by them and by staff."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any, Literal, assert_never
from uuid import UUID

import msgspec

from domain.creators.events import (
    PayoutAskedAgain,
    PayoutEvent,
    PayoutFailed,
    PayoutHandedOver,
    PayoutId,
    PayoutReserved,
    PayoutSettled,
)
from domain.kernel import ID, PersonId, Value
from projections.model import Ask, Fact, Many, Page, ReadModel, Statement, after, limited, page, question, rows

TABLES = """
create table payouts (
  tenant uuid not null,
  payout text collate "C" not null,
  creator text collate "C" not null,
  currency text not null,
  amount bigint not null,
  gateway text not null,
  status text not null,
  reason text,
  reference text,
  reserved_at timestamptz not null,
  concluded_at timestamptz,
  primary key (tenant, payout)
) with (fillfactor = 70);
create index payouts_of_creator on payouts (tenant, creator, reserved_at desc, payout desc);
"""

RESERVE = Many(
    "tenant uuid, payout text, creator text, currency text, amount text, gateway text, at timestamptz",
    """
    insert into payouts (tenant, payout, creator, currency, amount, gateway, status, reserved_at)
    select tenant, payout, creator, currency, amount::bigint, gateway, 'reserved', at from fact
    on conflict (tenant, payout) do nothing
    """,
)
STAND = Many(
    "tenant uuid, payout text, status text, reason text, reference text, at timestamptz",
    """
    update payouts p set status = f.status, reason = f.reason, reference = f.reference, concluded_at = f.at
    from fact f where p.tenant = f.tenant and p.payout = f.payout
    """,
)


def project(fact: Fact[PayoutEvent]) -> Iterator[Statement]:
    key = (fact.tenant, fact.stream.partition(":")[2])
    match fact.event:
        case PayoutReserved(creator, money, gateway):
            yield RESERVE, (*key, creator, money.currency, str(money.amount), gateway, fact.at)
        case PayoutHandedOver():
            yield STAND, (*key, "handed_over", None, None, None)
        case PayoutSettled(reference):
            yield STAND, (*key, "settled", None, reference, fact.at)
        case PayoutFailed(reason):
            yield STAND, (*key, "failed", reason, None, fact.at)
        case PayoutAskedAgain():
            pass  # It is still with the gateway.
        case _:
            assert_never(fact.event)


_COLUMNS = """p.payout, p.creator, p.currency, p.amount, p.gateway, p.status, p.reason, p.reference, p.reserved_at,
        p.concluded_at"""

QUESTIONS = "".join(
    (
        question(
            "payout",
            "_payout text",
            rows("""
      select COLUMNS from {schema}.payouts p where p.tenant = _tenant and p.payout = _payout
"""),
        ),
        question(
            "payouts_of",
            "_creator text, _time timestamptz, _payout text, _limit int",
            rows("""
      select COLUMNS from {schema}.payouts p
      where p.tenant = _tenant and p.creator = _creator
        and (p.reserved_at, p.payout) < (coalesce(_time, 'infinity'), coalesce(_payout, ''))
      order by p.reserved_at desc, p.payout desc
      limit _limit
"""),
        ),
    )
).replace("COLUMNS", _COLUMNS)

MODEL = ReadModel(
    name="creators.payouts",
    version=1,
    tables=TABLES,
    questions=QUESTIONS,
    types=(PayoutReserved, PayoutHandedOver, PayoutSettled, PayoutFailed),
    project=project,
)


class PayoutRow(Value):
    """A payout. Amounts are in the smallest unit of the currency."""

    payout: PayoutId
    creator: PersonId
    currency: str
    amount: int
    gateway: str
    status: Literal["reserved", "handed_over", "settled", "failed"]
    reason: str | None
    reference: str | None
    reserved_at: datetime
    concluded_at: datetime | None


_rows = msgspec.json.Decoder(tuple[PayoutRow, ...])
_Place = tuple[Annotated[datetime, msgspec.Meta(tz=True)], Annotated[str, ID]]


def _place(row: PayoutRow) -> tuple[Any, ...]:
    return row.reserved_at, row.payout


async def payout_row(
    ask: Ask, tenant: UUID, payout: PayoutId, *, min_position: int = 0
) -> tuple[PayoutRow | None, int]:
    """A payout; nothing, where there is none of this name."""
    position, found = await ask(MODEL, "payout", tenant, (payout,), min_position)
    return next(iter(_rows.decode(found)), None), position


async def payouts_of(  # noqa: PLR0913 — what one may ask for
    ask: Ask, tenant: UUID, creator: PersonId, *, cursor: str | None = None, limit: int = 50, min_position: int = 0
) -> Page[PayoutRow]:
    """The payouts of a creator, the newest first, a page at a time."""
    time, payout = after(cursor, _Place) or (None, None)
    position, found = await ask(MODEL, "payouts_of", tenant, (creator, time, payout, limited(limit)), min_position)
    return page(_rows.decode(found), position, limit, _place)
