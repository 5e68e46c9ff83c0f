"""What is earned, month by month, and how many stay? Asked by who runs a school.

Months are those of UTC. What recurs is counted in twelfths of a month's smallest unit, so that nothing is rounded
before it is shown: a year's price once, a month's twelve times, a week's fifty-two times.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date
from typing import assert_never
from uuid import UUID

import msgspec

from domain.kernel import Value
from domain.payments.events import DisputeLost, PaymentCaptured, PaymentInitiated, PaymentRefunded
from domain.subscriptions.events import PeriodPaid, SubscriptionEnded, Terms
from projections.model import Ask, Fact, Many, ReadModel, Statement, question

Event = PaymentInitiated | PaymentCaptured | PaymentRefunded | DisputeLost | PeriodPaid | SubscriptionEnded

TWELFTHS = {"year": 1, "month": 12, "week": 52}

TABLES = """
create table months (
  tenant uuid not null,
  currency text collate "C" not null,
  month date not null,
  gross numeric not null default 0,
  refunds numeric not null default 0,
  lost numeric not null default 0,
  payers int not null default 0,
  recurring numeric not null default 0,
  joined int not null default 0,
  departed int not null default 0,
  churned int not null default 0,
  primary key (tenant, currency, month)
) with (fillfactor = 50);
create table payments (
  tenant uuid not null,
  payment text collate "C" not null,
  payer text collate "C" not null,
  primary key (tenant, payment)
);
create table payers (
  tenant uuid not null,
  currency text collate "C" not null,
  month date not null,
  payer text collate "C" not null,
  primary key (tenant, currency, month, payer)
);
create table rates (
  tenant uuid not null,
  subscription text collate "C" not null,
  currency text not null,
  twelfths numeric not null,
  month date not null,
  primary key (tenant, subscription)
) with (fillfactor = 70);
"""

INITIATE = Many(
    "tenant uuid, payment text, payer text",
    "insert into payments select tenant, payment, payer from fact on conflict (tenant, payment) do nothing",
)
# Many payments are one change of their month, however many of them came at once. What begins with a comma goes on where
# the relation `fact` was made: only there may something else be written too.
CAPTURE = Many(
    "tenant uuid, payment text, currency text, month text, amount text",
    """
    , paid as (
      select distinct f.tenant, f.currency, f.month::date as month, p.payer
      from fact f join payments p on p.tenant = f.tenant and p.payment = f.payment
    ), first as (
      insert into payers select tenant, currency, month, payer from paid
      on conflict (tenant, currency, month, payer) do nothing
      returning tenant, currency, month
    ), counted as (
      select tenant, currency, month, count(*) as payers from first group by 1, 2, 3
    )
    insert into months (tenant, currency, month, gross, payers)
    select f.tenant, f.currency, f.month::date, sum(f.amount::numeric), coalesce(max(c.payers), 0)
    from fact f left join counted c
      on c.tenant = f.tenant and c.currency = f.currency and c.month = f.month::date
    group by 1, 2, 3
    on conflict (tenant, currency, month) do update
      set gross = months.gross + excluded.gross, payers = months.payers + excluded.payers
    """,
)
GIVE_BACK = Many(
    "tenant uuid, currency text, month text, refunded text, lost text",
    """
    insert into months (tenant, currency, month, refunds, lost)
    select tenant, currency, month::date, sum(refunded::numeric), sum(lost::numeric) from fact group by 1, 2, 3
    on conflict (tenant, currency, month) do update
      set refunds = months.refunds + excluded.refunds, lost = months.lost + excluded.lost
    """,
)
RECUR = Many(
    "tenant uuid, subscription text, currency text, month text, twelfths text",
    """
    , moved as (
      select f.tenant, f.currency, f.month::date as month, f.twelfths::numeric - coalesce(r.twelfths, 0) as more,
        (r.subscription is null)::int as joined
      from fact f left join rates r on r.tenant = f.tenant and r.subscription = f.subscription
    ), kept as (
      insert into rates select tenant, subscription, currency, twelfths::numeric, month::date from fact
      on conflict (tenant, subscription) do update set twelfths = excluded.twelfths
    )
    insert into months (tenant, currency, month, recurring, joined)
    select tenant, currency, month, sum(more), sum(joined) from moved where more <> 0 or joined <> 0 group by 1, 2, 3
    on conflict (tenant, currency, month) do update
      set recurring = months.recurring + excluded.recurring, joined = months.joined + excluded.joined
    """,
)
END = Many(
    "tenant uuid, subscription text, month text",
    """
    , gone as (
      delete from rates r using fact f where r.tenant = f.tenant and r.subscription = f.subscription
      returning r.tenant, r.currency, f.month::date as month, r.twelfths, (r.month < f.month::date)::int as churned
    )
    insert into months (tenant, currency, month, recurring, departed, churned)
    select tenant, currency, month, -sum(twelfths), count(*), sum(churned) from gone group by 1, 2, 3
    on conflict (tenant, currency, month) do update
      set recurring = months.recurring + excluded.recurring, departed = months.departed + excluded.departed,
        churned = months.churned + excluded.churned
    """,
)


def project(fact: Fact[Event]) -> Iterator[Statement]:
    name, month = fact.stream.partition(":")[2], f"{fact.at.astimezone(UTC):%Y-%m-01}"
    match fact.event:
        case PaymentInitiated(payer):
            yield INITIATE, (fact.tenant, name, payer)
        case PaymentCaptured(money=money):
            yield CAPTURE, (fact.tenant, name, money.currency, month, str(money.amount))
        case PaymentRefunded(money=money):
            yield GIVE_BACK, (fact.tenant, money.currency, month, str(money.amount), "0")
        case DisputeLost(money=money):
            yield GIVE_BACK, (fact.tenant, money.currency, month, "0", str(money.amount))
        case PeriodPaid(period):
            yield RECUR, (fact.tenant, name, period.terms.price.currency, month, str(_twelfths(period.terms)))
        case SubscriptionEnded():
            yield END, (fact.tenant, name, month)
        case _:
            assert_never(fact.event)


def _twelfths(terms: Terms) -> int:
    return terms.price.amount * TWELFTHS[terms.interval]


QUESTIONS = question(
    "revenue",
    "_from date, _until date",
    """
  coalesce((
    select json_agg(r order by r.currency, r.month) from (
      with currencies as (select distinct m.currency from {schema}.months m where m.tenant = _tenant),
      asked as (
        select k.currency, d::date as month
        from currencies k cross join generate_series(_from::timestamp, _until::timestamp, interval '1 month') d
      ),
      known as (
        select m.*,
          sum(m.recurring) over w as standing,
          sum(m.joined - m.departed) over w as subscribers
        from {schema}.months m where m.tenant = _tenant and m.month <= _until
        window w as (partition by m.currency order by m.month)
      )
      select a.currency, a.month, coalesce(k.gross, 0) as gross, coalesce(k.refunds, 0) as refunds,
        coalesce(k.lost, 0) as lost, coalesce(k.payers, 0) as payers, coalesce(k.joined, 0) as joined,
        coalesce(k.churned, 0) as churned, coalesce(s.standing, 0) as standing,
        coalesce(s.subscribers, 0) as subscribers, coalesce(b.subscribers, 0) as before
      from asked a
      left join known k on k.currency = a.currency and k.month = a.month
      left join lateral (
        select n.standing, n.subscribers from known n where n.currency = a.currency and n.month <= a.month
        order by n.month desc limit 1
      ) s on true
      left join lateral (
        select n.subscribers from known n where n.currency = a.currency and n.month < a.month
        order by n.month desc limit 1
      ) b on true
    ) r
  ), '[]')
""",
)

MODEL = ReadModel(
    name="subscriptions.revenue",
    version=1,
    tables=TABLES,
    questions=QUESTIONS,
    types=(PaymentInitiated, PaymentCaptured, PaymentRefunded, DisputeLost, PeriodPaid, SubscriptionEnded),
    project=project,
)


class _Found(Value):
    currency: str
    month: date
    gross: int
    refunds: int
    lost: int
    payers: int
    joined: int
    churned: int
    standing: int
    subscribers: int
    before: int


class MonthOfRevenue(Value):
    """What was earned in a month in one currency, in its smallest unit. What is rounded is rounded half up.

    `gross` was captured; `net` is that without what was refunded or lost in disputes. `recurring` is what the
    subscriptions there are at the month's end are worth a month. `churn` is, in hundredths of a percent, the part of
    the `subscribers_before` that ended. `revenue_per_payer` is the net by the people who paid.
    """

    currency: str
    month: date
    gross: int
    refunds: int
    lost: int
    net: int
    recurring: int
    subscribers_before: int
    subscribers: int
    joined: int
    churned: int
    churn: int
    payers: int
    revenue_per_payer: int


_found = msgspec.json.Decoder(tuple[_Found, ...])


async def revenue(
    ask: Ask, tenant: UUID, since: date, until: date, *, min_position: int = 0
) -> tuple[tuple[MonthOfRevenue, ...], int]:
    """Each month from the one of `since` to the one of `until`, for each currency that was ever paid in."""
    months = (since.replace(day=1), until.replace(day=1))
    position, found = await ask(MODEL, "revenue", tenant, months, min_position)
    return tuple(_told(one) for one in _found.decode(found)), position


def _told(one: _Found) -> MonthOfRevenue:
    net = one.gross - one.refunds - one.lost
    return MonthOfRevenue(
        currency=one.currency,
        month=one.month,
        gross=one.gross,
        refunds=one.refunds,
        lost=one.lost,
        net=net,
        recurring=_rounded(one.standing, 12),
        subscribers_before=one.before,
        subscribers=one.subscribers,
        joined=one.joined,
        churned=one.churned,
        churn=_rounded(one.churned * 10_000, one.before),
        payers=one.payers,
        revenue_per_payer=_rounded(net, one.payers),
    )


def _rounded(whole: int, parts: int) -> int:
    """Divided, half a unit up; nothing, where there is nothing to divide by."""
    return 0 if parts == 0 else (2 * whole + parts) // (2 * parts)
