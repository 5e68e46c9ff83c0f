"""Who subscribed to what, and how does it stand? Asked by subscribers, and by who runs a school."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any, Literal, assert_never
from uuid import UUID

import msgspec

from domain.kernel import ID, PaymentId, PersonId, Value
from domain.subscriptions.events import (
    CancellationScheduled,
    Interval,
    InvoiceDue,
    InvoiceRaised,
    MethodReplaced,
    PeriodPaid,
    PlanId,
    PlanSwitchAsked,
    PlanSwitched,
    PlanSwitchFailed,
    RenewalFailed,
    SubscriptionEnded,
    SubscriptionId,
    SubscriptionReactivated,
    SubscriptionStarted,
    Terms,
    TermsMoved,
    TrialEndAnnounced,
    TrialEnded,
)
from domain.subscriptions.events import SubscriptionEvent as Event
from projections.model import Ask, Fact, Many, Page, ReadModel, Statement, after, limited, page, question, rows

TABLES = """
create table subscriptions (
  tenant uuid not null,
  subscription text collate "C" not null,
  subscriber text collate "C" not null,
  plan text collate "C" not null,
  version int not null,
  amount bigint not null,
  currency text not null,
  span text not null,
  status text not null,
  begins timestamptz,
  ends timestamptz,
  ending boolean not null,
  retry_at timestamptz,
  reason text,
  payment text,
  started_at timestamptz not null,
  due timestamptz generated always as (
    case when status in ('trial', 'active') and not ending then ends when status = 'past_due' then retry_at end
  ) stored,
  primary key (tenant, subscription)
) with (fillfactor = 70);
create index subscriptions_due on subscriptions (tenant, due, subscription) where due is not null;
create index subscriptions_of on subscriptions (tenant, subscriber, started_at, subscription);
create index subscriptions_to on subscriptions (tenant, plan, started_at, subscription);
"""

START = Many(
    "tenant uuid, subscription text, subscriber text, plan text, version int, amount text, currency text, span text, "
    "status text, begins timestamptz, ends timestamptz, at timestamptz",
    """
    insert into subscriptions
    select tenant, subscription, subscriber, plan, version, amount::bigint, currency, span, status, begins, ends, false,
      null, null, null, at
    from fact on conflict (tenant, subscription) do nothing
    """,
)
GO_ON = Many(
    "tenant uuid, subscription text, begins timestamptz, ends timestamptz",
    """
    update subscriptions s set status = 'active', begins = f.begins, ends = f.ends, retry_at = null, reason = null,
      payment = null
    from fact f where s.tenant = f.tenant and s.subscription = f.subscription
    """,
)
STAND = Many(
    "tenant uuid, subscription text, status text, reason text, retry_at timestamptz",
    """
    update subscriptions s set status = f.status, reason = f.reason, retry_at = f.retry_at, payment = null
    from fact f where s.tenant = f.tenant and s.subscription = f.subscription
    """,
)
AWAIT = Many(
    "tenant uuid, subscription text, payment text",
    """
    update subscriptions s set payment = f.payment
    from fact f where s.tenant = f.tenant and s.subscription = f.subscription
    """,
)
SET_PLAN = Many(
    "tenant uuid, subscription text, plan text, version int, amount text, currency text, span text",
    """
    update subscriptions s set plan = coalesce(f.plan, s.plan), version = f.version, amount = f.amount::bigint,
      currency = f.currency, span = f.span
    from fact f where s.tenant = f.tenant and s.subscription = f.subscription
    """,
)
END_WITH_PERIOD = Many(
    "tenant uuid, subscription text, ending text",
    """
    update subscriptions s set ending = f.ending = 'yes'
    from fact f where s.tenant = f.tenant and s.subscription = f.subscription
    """,
)
END = Many(
    "tenant uuid, subscription text, reason text, at timestamptz",
    """
    update subscriptions s set status = 'ended', reason = f.reason, ends = least(s.ends, f.at), retry_at = null,
      payment = null
    from fact f where s.tenant = f.tenant and s.subscription = f.subscription
    """,
)


def project(fact: Fact[Event]) -> Iterator[Statement]:  # noqa: C901, PLR0912 — a table, a row for each fact
    key = (fact.tenant, fact.stream.partition(":")[2])
    match fact.event:
        case SubscriptionStarted(agreement, trial_until):
            what = (agreement.subscriber, agreement.plan, *_terms(agreement.terms))
            begins = None if trial_until is None else fact.at
            yield START, (*key, *what, "starting" if trial_until is None else "trial", begins, trial_until, fact.at)
        case PeriodPaid(period):
            yield GO_ON, (*key, period.begins, period.ends)
        case TrialEnded():
            yield STAND, (*key, "starting", None, None)
        case RenewalFailed(reason=reason, retry_at=retry_at):
            yield STAND, (*key, "past_due", reason, retry_at)
        case TermsMoved(terms):
            yield SET_PLAN, (*key, None, *_terms(terms))
        case PlanSwitched(plan, terms):
            yield SET_PLAN, (*key, plan, *_terms(terms))
        case CancellationScheduled():
            yield END_WITH_PERIOD, (*key, "yes")
        case SubscriptionReactivated():
            yield END_WITH_PERIOD, (*key, "no")
        case SubscriptionEnded(reason):
            yield END, (*key, reason, fact.at)
        case InvoiceRaised(invoice) | PlanSwitchAsked(_, invoice):
            yield AWAIT, (*key, invoice.payment)
        case PlanSwitchFailed():
            yield AWAIT, (*key, None)
        case InvoiceDue() | MethodReplaced() | TrialEndAnnounced():
            pass  # It shows when it is paid, or is not.
        case _:
            assert_never(fact.event)


def _terms(terms: Terms) -> tuple[int, str, str, str]:
    return terms.version, str(terms.price.amount), terms.price.currency, terms.interval


_COLUMNS = """s.subscription, s.subscriber, s.plan, s.version, s.amount, s.currency, s.span as interval, s.status,
        s.begins, s.ends, s.ending, s.retry_at, s.reason, s.payment, s.due,
        s.started_at"""

QUESTIONS = "".join(
    (
        question(
            "subscription",
            "_subscription text",
            rows("""
      select COLUMNS
      from {schema}.subscriptions s where s.tenant = _tenant and s.subscription = _subscription
"""),
        ),
        question(
            "subscriptions_of",
            "_subscriber text, _time timestamptz, _subscription text, _limit int",
            rows("""
      select COLUMNS
      from {schema}.subscriptions s
      where s.tenant = _tenant and s.subscriber = _subscriber
        and (s.started_at, s.subscription) < (coalesce(_time, 'infinity'), coalesce(_subscription, ''))
      order by s.started_at desc, s.subscription desc
      limit _limit
"""),
        ),
        question(
            "subscriptions_to",
            "_plan text, _time timestamptz, _subscription text, _limit int",
            rows("""
      select COLUMNS
      from {schema}.subscriptions s
      where s.tenant = _tenant and s.plan = _plan
        and (s.started_at, s.subscription) < (coalesce(_time, 'infinity'), coalesce(_subscription, ''))
      order by s.started_at desc, s.subscription desc
      limit _limit
"""),
        ),
        question(
            "subscriptions_due",
            "_until timestamptz, _time timestamptz, _subscription text, _limit int",
            rows("""
      select COLUMNS
      from {schema}.subscriptions s
      where s.tenant = _tenant and s.due <= _until
        and (s.due, s.subscription) > (coalesce(_time, '-infinity'), coalesce(_subscription, ''))
      order by s.due, s.subscription
      limit _limit
"""),
        ),
    )
).replace("COLUMNS", _COLUMNS)

MODEL = ReadModel(
    name="subscriptions.held",
    version=2,
    tables=TABLES,
    questions=QUESTIONS,
    types=(
        *(SubscriptionStarted, PeriodPaid, TrialEnded, RenewalFailed, TermsMoved, PlanSwitched),
        *(CancellationScheduled, SubscriptionReactivated, SubscriptionEnded),
        *(InvoiceRaised, PlanSwitchAsked, PlanSwitchFailed),
    ),
    project=project,
)


class SubscriptionRow(Value):
    """A subscription. It is paid for, or on trial, from `begins` until `ends`; where it is `ending` it is over then.

    What is `past_due` failed for `reason`, and is tried again at `retry_at`. What it costs next is `due` then.
    `payment` is asked for now: where it needs its payer, it says where they go.
    """

    subscription: SubscriptionId
    subscriber: PersonId
    plan: PlanId
    version: int
    amount: int
    currency: str
    interval: Interval
    status: Literal["starting", "trial", "active", "past_due", "ended"]
    begins: datetime | None
    ends: datetime | None
    ending: bool
    retry_at: datetime | None
    reason: str | None
    payment: PaymentId | None
    due: datetime | None
    started_at: datetime


_rows = msgspec.json.Decoder(tuple[SubscriptionRow, ...])
_Place = tuple[Annotated[datetime, msgspec.Meta(tz=True)], Annotated[str, ID]]


def _place(row: SubscriptionRow) -> tuple[Any, ...]:
    return row.started_at, row.subscription


def _due_place(row: SubscriptionRow) -> tuple[Any, ...]:
    return row.due, row.subscription


async def subscription_row(
    ask: Ask, tenant: UUID, subscription: SubscriptionId, *, min_position: int = 0
) -> tuple[SubscriptionRow | None, int]:
    """A subscription; nothing, where there is none of this name."""
    position, found = await ask(MODEL, "subscription", tenant, (subscription,), min_position)
    return next(iter(_rows.decode(found)), None), position


async def subscriptions_of(  # noqa: PLR0913 — what one may ask for
    ask: Ask, tenant: UUID, subscriber: PersonId, *, cursor: str | None = None, limit: int = 50, min_position: int = 0
) -> Page[SubscriptionRow]:
    """The subscriptions of one person, the newest first, a page at a time."""
    values = (subscriber, *(after(cursor, _Place) or (None, None)), limited(limit))
    position, found = await ask(MODEL, "subscriptions_of", tenant, values, min_position)
    return page(_rows.decode(found), position, limit, _place)


async def subscriptions_to(  # noqa: PLR0913 — what one may ask for
    ask: Ask, tenant: UUID, plan: PlanId, *, cursor: str | None = None, limit: int = 50, min_position: int = 0
) -> Page[SubscriptionRow]:
    """The subscriptions to one plan, the newest first, a page at a time."""
    values = (plan, *(after(cursor, _Place) or (None, None)), limited(limit))
    position, found = await ask(MODEL, "subscriptions_to", tenant, values, min_position)
    return page(_rows.decode(found), position, limit, _place)


async def subscriptions_due(  # noqa: PLR0913 — what one may ask for
    ask: Ask, tenant: UUID, until: datetime, *, cursor: str | None = None, limit: int = 50, min_position: int = 0
) -> Page[SubscriptionRow]:
    """What is to be charged until then, the first first, a page at a time."""
    values = (until, *(after(cursor, _Place) or (None, None)), limited(limit))
    position, found = await ask(MODEL, "subscriptions_due", tenant, values, min_position)
    return page(_rows.decode(found), position, limit, _due_place)
