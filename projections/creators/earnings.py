"""What did a creator earn, by what and when, and what were they paid? Asked by them, by staff, and for the tax."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Annotated, Any, Literal, assert_never
from uuid import UUID

import msgspec

from domain.creators.events import EarningsPaidOut, ShareCredited, ShareTakenBack, Source
from domain.kernel import ID, PersonId, Value
from domain.money import Money
from projections.model import Ask, Fact, Many, Page, ReadModel, Statement, after, limited, page, question, rows

TABLES = """
create table movements (
  tenant uuid not null,
  creator text collate "C" not null,
  at timestamptz not null,
  stream text collate "C" not null,
  version int not null,
  source text collate "C" not null,
  currency text collate "C" not null,
  payments int not null default 0,
  gross bigint not null default 0,
  fees bigint not null default 0,
  refunds bigint not null default 0,
  fees_back bigint not null default 0,
  paid bigint not null default 0,
  primary key (tenant, creator, at, stream, version)
);
create table creators (
  tenant uuid not null,
  creator text collate "C" not null,
  primary key (tenant, creator)
);
"""

_COLUMNS = (
    "tenant uuid, creator text, at timestamptz, stream text, version int, source text, currency text, payments int, "
    "gross text, fees text, refunds text, fees_back text, paid text"
)
MOVE = Many(
    _COLUMNS,
    """
    insert into movements
    select tenant, creator, at, stream, version, source, currency, payments, gross::bigint, fees::bigint,
      refunds::bigint, fees_back::bigint, paid::bigint
    from fact
    on conflict (tenant, creator, at, stream, version) do nothing
    """,
)
KNOW = Many(
    "tenant uuid, creator text",
    "insert into creators select distinct tenant, creator from fact on conflict (tenant, creator) do nothing",
)

NOTHING = Money(0, "EUR")
"""Nothing, in any currency."""


def project(fact: Fact[ShareCredited | ShareTakenBack | EarningsPaidOut]) -> Iterator[Statement]:
    match fact.event:
        case ShareCredited(creator, source, _, gross, _, fee):
            yield from _moved(fact, creator, source, gross.currency, (1, gross, fee, NOTHING, NOTHING, NOTHING))
        case ShareTakenBack(creator, source, gross=gross, fee=fee):
            yield from _moved(fact, creator, source, gross.currency, (0, NOTHING, NOTHING, gross, fee, NOTHING))
        case EarningsPaidOut(_, money):
            creator = PersonId(fact.stream.partition(":")[2])
            yield from _moved(fact, creator, "payout", money.currency, (0, NOTHING, NOTHING, NOTHING, NOTHING, money))
        case _:
            assert_never(fact.event)


def _moved(
    fact: Fact[Any], creator: str, source: str, currency: str, moved: tuple[int, Money, Money, Money, Money, Money]
) -> Iterator[Statement]:
    payments, *amounts = moved
    said = tuple(str(money.amount) for money in amounts)
    yield MOVE, (fact.tenant, creator, fact.at, fact.stream, fact.version, source, currency, payments, *said)
    yield KNOW, (fact.tenant, creator)


_SUMS = """sum(m.payments) as payments, sum(m.gross) as gross, sum(m.fees) as fees, sum(m.refunds) as refunds,
        sum(m.fees_back) as fees_back, sum(m.gross - m.fees - m.refunds + m.fees_back) as net"""

QUESTIONS = "".join(
    (
        question(
            "earnings",
            (
                "_creator text, _period text, _zone text, _from timestamptz, _until timestamptz, "
                "_source text, _after_begins text, _after_source text, _after_currency text, "
                "_limit int"
            ),
            rows("""
      select * from (
        select date_trunc(
            case when _period in ('week', 'month', 'quarter', 'year') then _period else 'day' end,
            m.at at time zone _zone
          )::date::text as begins, m.source, m.currency, SUMS
        from {schema}.movements m
        where m.tenant = _tenant and m.creator = _creator and m.source <> 'payout'
          and (_source is null or m.source = _source)
          and m.at >= coalesce(_from, '-infinity') and m.at < coalesce(_until, 'infinity')
        group by 1, 2, 3
      ) s
      where (s.begins, s.source, s.currency)
        > (coalesce(_after_begins, ''), coalesce(_after_source, ''), coalesce(_after_currency, ''))
      order by s.begins, s.source, s.currency
      limit _limit
"""),
        ),
        question(
            "totals",
            "_creator text, _from timestamptz, _until timestamptz, _after text, _limit int",
            rows("""
      select k.creator, coalesce((
        select json_agg(t order by t.currency) from (
          select m.currency, SUMS, sum(m.paid) as paid
          from {schema}.movements m
          where m.tenant = _tenant and m.creator = k.creator and m.at >= _from and m.at < _until
          group by m.currency
        ) t
      ), '[]') as totals
      from {schema}.creators k
      where k.tenant = _tenant and (_creator is null or k.creator = _creator) and k.creator > coalesce(_after, '')
      order by k.creator
      limit _limit
"""),
        ),
    )
).replace("SUMS", _SUMS)

MODEL = ReadModel(
    name="creators.earnings",
    version=1,
    tables=TABLES,
    questions=QUESTIONS,
    types=(ShareCredited, ShareTakenBack, EarningsPaidOut),
    project=project,
)

Period = Literal["day", "week", "month", "quarter", "year"]


class Earned(Value):
    """What was earned by one source in one period, which begins on this day: `net` is what the creator has of it.

    Of `gross`, `fees` were the school's; of `refunds`, it bore `fees_back`.
    """

    begins: date
    source: Source
    currency: str
    payments: int
    gross: int
    fees: int
    refunds: int
    fees_back: int
    net: int


class Total(Value):
    """All that somebody earned of a currency, and what they were paid out."""

    currency: str
    payments: int
    gross: int
    fees: int
    refunds: int
    fees_back: int
    net: int
    paid: int


class Payee(Value):
    creator: PersonId
    totals: tuple[Total, ...]


class Span(Value):
    """From when, and until when."""

    since: datetime | None = None
    until: datetime | None = None


_earned = msgspec.json.Decoder(tuple[Earned, ...])
_payees = msgspec.json.Decoder(tuple[Payee, ...])
_Place = tuple[date, Annotated[str, ID], Annotated[str, ID]]
_Creator = tuple[Annotated[str, ID]]


async def earnings(  # noqa: PLR0913, PLR0917 — what one may ask for
    ask: Ask,
    tenant: UUID,
    creator: PersonId,
    period: Period,
    zone: str,
    span: Span,
    *,
    source: Source | None = None,
    cursor: str | None = None,
    limit: int = 50,
    min_position: int = 0,
) -> Page[Earned]:
    """What a creator earned, a row for each period, source and currency."""
    begins, by, currency = after(cursor, _Place) or (None, None, None)
    place = (None if begins is None else str(begins), by, currency)
    values = (creator, period, zone, span.since, span.until, source, *place, limited(limit))
    position, found = await ask(MODEL, "earnings", tenant, values, min_position)
    return page(_earned.decode(found), position, limit, lambda row: (row.begins, row.source, row.currency))


async def totals(  # noqa: PLR0913 — what one may ask for
    ask: Ask,
    tenant: UUID,
    span: Span,
    *,
    creator: PersonId | None = None,
    cursor: str | None = None,
    limit: int = 50,
    min_position: int = 0,
) -> Page[Payee]:
    """What everyone earned in a span of time, or one of them; a row for each, a page at a time."""
    (last,) = after(cursor, _Creator) or (None,)
    values = (creator, span.since, span.until, last, limited(limit))
    position, found = await ask(MODEL, "totals", tenant, values, min_position)
    return page(_payees.decode(found), position, limit, lambda row: (row.creator,))
