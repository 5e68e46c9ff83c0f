"""Who paid what, and what became of it? Asked by who paid, and by who looks after the money."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any, Literal, assert_never
from uuid import UUID

import msgspec

from domain.kernel import ID, PaymentId, PersonId, Value
from domain.payments.events import (
    CaptureAsked,
    DisputeLost,
    DisputeWon,
    ForCourse,
    ForDonation,
    ForPlan,
    GatewayAskedAgain,
    PaymentActionNeeded,
    PaymentAuthorised,
    PaymentCaptured,
    PaymentDisputed,
    PaymentFailed,
    PaymentInitiated,
    PaymentRefunded,
    PaymentVoided,
    Purpose,
    RefundAsked,
    RefundFailed,
    VoidAsked,
)
from domain.payments.events import PaymentEvent as Event
from projections.model import Ask, Fact, Many, Page, ReadModel, Statement, after, limited, page, question, rows

TABLES = """
create table payments (
  tenant uuid not null,
  payment text collate "C" not null,
  payer text collate "C" not null,
  purpose text not null,
  about text not null,
  currency text not null,
  amount bigint not null,
  captured bigint not null default 0,
  refunded bigint not null default 0,
  lost bigint not null default 0,
  status text not null,
  reason text,
  action text,
  gateway text not null,
  initiated_at timestamptz not null,
  captured_at timestamptz,
  primary key (tenant, payment)
) with (fillfactor = 70);
create index payments_of_payer on payments (tenant, payer, initiated_at desc, payment desc);
create index payments_by_time on payments (tenant, initiated_at desc, payment desc);
create index payments_by_status on payments (tenant, status, initiated_at desc, payment desc);
"""

INITIATE = Many(
    "tenant uuid, payment text, payer text, purpose text, about text, currency text, amount text, gateway text, "
    "at timestamptz",
    """
    insert into payments (tenant, payment, payer, purpose, about, currency, amount, status, gateway, initiated_at)
    select tenant, payment, payer, purpose, about, currency, amount::bigint, 'initiated', gateway, at from fact
    on conflict (tenant, payment) do nothing
    """,
)
STAND = Many(
    "tenant uuid, payment text, status text, reason text, action text",
    """
    update payments p set status = f.status, reason = f.reason, action = f.action
    from fact f where p.tenant = f.tenant and p.payment = f.payment
    """,
)
CAPTURE = Many(
    "tenant uuid, payment text, amount text, at timestamptz",
    """
    update payments p set status = 'captured', captured = f.amount::bigint, captured_at = f.at, reason = null,
      action = null
    from fact f where p.tenant = f.tenant and p.payment = f.payment
    """,
)
REFUND = Many(
    "tenant uuid, payment text, amount text",
    """
    update payments p set refunded = p.refunded + f.amount::bigint,
      status = case when p.refunded + f.amount::bigint = p.captured then 'refunded' else 'partly_refunded' end
    from fact f where p.tenant = f.tenant and p.payment = f.payment
    """,
)
LOSE = Many(
    "tenant uuid, payment text, amount text",
    """
    update payments p set lost = p.lost + f.amount::bigint, status = 'dispute_lost', reason = null
    from fact f where p.tenant = f.tenant and p.payment = f.payment
    """,
)
WIN = Many(
    "tenant uuid, payment text",
    """
    update payments p set reason = null,
      status = case when p.refunded = 0 then 'captured' when p.refunded = p.captured then 'refunded'
        else 'partly_refunded' end
    from fact f where p.tenant = f.tenant and p.payment = f.payment
    """,
)


def project(fact: Fact[Event]) -> Iterator[Statement]:  # noqa: C901 — a table, a row for each fact
    key = (fact.tenant, fact.stream.partition(":")[2])
    match fact.event:
        case PaymentInitiated(payer, purpose, money, gateway):
            what = (*_about(purpose), money.currency, str(money.amount), gateway)
            yield INITIATE, (*key, payer, *what, fact.at)
        case PaymentActionNeeded(action=action):
            yield STAND, (*key, "needs_action", None, action)
        case PaymentAuthorised():
            yield STAND, (*key, "authorised", None, None)
        case PaymentFailed(reason):
            yield STAND, (*key, "failed", reason, None)
        case PaymentVoided():
            yield STAND, (*key, "void", None, None)
        case PaymentCaptured(money=money):
            yield CAPTURE, (*key, str(money.amount), fact.at)
        case PaymentRefunded(money=money):
            yield REFUND, (*key, str(money.amount))
        case PaymentDisputed(reason=reason):
            yield STAND, (*key, "disputed", reason, None)
        case DisputeWon():
            yield WIN, key
        case DisputeLost(money=money):
            yield LOSE, (*key, str(money.amount))
        case CaptureAsked() | VoidAsked() | RefundAsked() | RefundFailed() | GatewayAskedAgain():
            pass  # It shows when the gateway has done it.
        case _:
            assert_never(fact.event)


def _about(purpose: Purpose) -> tuple[str, str]:
    match purpose:
        case ForCourse(course):
            return "course", course
        case ForPlan(plan):
            return "plan", plan
        case ForDonation(creator):
            return "donation", creator
        case _:
            assert_never(purpose)


_COLUMNS = """p.payment, p.payer, p.purpose, p.about, p.currency, p.amount, p.captured, p.refunded, p.lost, p.status,
        p.reason, p.action, p.gateway, p.initiated_at, p.captured_at"""
_WITHIN = """p.initiated_at >= case when _from is null then '-infinity' else _from end
      and p.initiated_at < case when _until is null then 'infinity' else _until end"""
_FILTERS = f"(_status is null or p.status = _status) and {_WITHIN}"

QUESTIONS = (
    (
        "".join(
            (
                question(
                    "payment",
                    "_payment text",
                    rows("""
      select COLUMNS
      from {schema}.payments p where p.tenant = _tenant and p.payment = _payment
"""),
                ),
                question(
                    "payments_of",
                    (
                        "_payer text, _status text, _from timestamptz, _until timestamptz, _time timestamptz, "
                        "_payment text, _limit int"
                    ),
                    rows("""
      select COLUMNS
      from {schema}.payments p
      where p.tenant = _tenant and p.payer = _payer and FILTERS
        and (p.initiated_at, p.payment) < (coalesce(_time, 'infinity'), coalesce(_payment, ''))
      order by p.initiated_at desc, p.payment desc
      limit _limit
"""),
                ),
                question(
                    "payments_by_time",
                    "_from timestamptz, _until timestamptz, _time timestamptz, _payment text, _limit int",
                    rows("""
      select COLUMNS
      from {schema}.payments p
      where p.tenant = _tenant and WITHIN
        and (p.initiated_at, p.payment) < (coalesce(_time, 'infinity'), coalesce(_payment, ''))
      order by p.initiated_at desc, p.payment desc
      limit _limit
"""),
                ),
                question(
                    "payments_by_status",
                    (
                        "_status text, _from timestamptz, _until timestamptz, _time timestamptz, "
                        "_payment text, _limit int"
                    ),
                    rows("""
      select COLUMNS
      from {schema}.payments p
      where p.tenant = _tenant and p.status = _status and WITHIN
        and (p.initiated_at, p.payment) < (coalesce(_time, 'infinity'), coalesce(_payment, ''))
      order by p.initiated_at desc, p.payment desc
      limit _limit
"""),
                ),
                question(
                    "sums_of",
                    "_payer text, _status text, _from timestamptz, _until timestamptz",
                    rows("""
      select p.currency, count(*) as payments, sum(p.captured) as captured, sum(p.refunded) as refunded,
        sum(p.lost) as lost
      from {schema}.payments p
      where p.tenant = _tenant and p.payer = _payer and FILTERS
      group by p.currency order by p.currency
"""),
                ),
            )
        )
    )
    .replace("COLUMNS", _COLUMNS)
    .replace("FILTERS", _FILTERS)
    .replace("WITHIN", _WITHIN)
)

MODEL = ReadModel(
    name="payments.history",
    version=1,
    tables=TABLES,
    questions=QUESTIONS,
    types=(
        *(PaymentInitiated, PaymentActionNeeded, PaymentAuthorised, PaymentFailed, PaymentVoided, PaymentCaptured),
        *(PaymentRefunded, PaymentDisputed, DisputeWon, DisputeLost),
    ),
    project=project,
)

Status = Literal[
    "initiated",
    "needs_action",
    "authorised",
    "captured",
    "failed",
    "void",
    "partly_refunded",
    "refunded",
    "disputed",
    "dispute_lost",
]


class PaymentRow(Value):
    """A payment. Amounts are in the smallest unit of the currency; `action` is where the payer is to go."""

    payment: PaymentId
    payer: PersonId
    purpose: Literal["course", "plan", "donation"]
    about: str
    currency: str
    amount: int
    captured: int
    refunded: int
    lost: int
    status: Status
    reason: str | None
    action: str | None
    gateway: str
    initiated_at: datetime
    captured_at: datetime | None


class Sum(Value):
    """What somebody paid in one currency, and how much of it they were given back."""

    currency: str
    payments: int
    captured: int
    refunded: int
    lost: int


class Wanted(Value):
    """Which payments are asked for."""

    status: Status | None = None
    since: datetime | None = None
    until: datetime | None = None


_rows = msgspec.json.Decoder(tuple[PaymentRow, ...])
_sums = msgspec.json.Decoder(tuple[Sum, ...])
_Place = tuple[Annotated[datetime, msgspec.Meta(tz=True)], Annotated[str, ID]]


def _place(row: PaymentRow) -> tuple[Any, ...]:
    return row.initiated_at, row.payment


async def payment_row(
    ask: Ask, tenant: UUID, payment: PaymentId, *, min_position: int = 0
) -> tuple[PaymentRow | None, int]:
    """A payment; nothing, where there is none of this name."""
    position, found = await ask(MODEL, "payment", tenant, (payment,), min_position)
    return next(iter(_rows.decode(found)), None), position


async def payments_of(  # noqa: PLR0913 — what one may ask for
    ask: Ask,
    tenant: UUID,
    payer: PersonId,
    wanted: Wanted,
    *,
    cursor: str | None = None,
    limit: int = 50,
    min_position: int = 0,
) -> Page[PaymentRow]:
    """The payments of one payer, the newest first, a page at a time."""
    time, payment = after(cursor, _Place) or (None, None)
    values = (payer, wanted.status, wanted.since, wanted.until, time, payment, limited(limit))
    position, found = await ask(MODEL, "payments_of", tenant, values, min_position)
    return page(_rows.decode(found), position, limit, _place)


async def payments_by_time(  # noqa: PLR0913 — what one may ask for
    ask: Ask, tenant: UUID, wanted: Wanted, *, cursor: str | None = None, limit: int = 50, min_position: int = 0
) -> Page[PaymentRow]:
    """The payments of everyone, the newest first, a page at a time."""
    time, payment = after(cursor, _Place) or (None, None)
    values = (wanted.since, wanted.until, time, payment, limited(limit))
    asked, which = (
        ("payments_by_time", values) if wanted.status is None else ("payments_by_status", (wanted.status, *values))
    )
    position, found = await ask(MODEL, asked, tenant, which, min_position)
    return page(_rows.decode(found), position, limit, _place)


async def sums_of(
    ask: Ask, tenant: UUID, payer: PersonId, wanted: Wanted, *, min_position: int = 0
) -> tuple[tuple[Sum, ...], int]:
    """What the payments of one payer add up to, a row for each currency."""
    values = (payer, wanted.status, wanted.since, wanted.until)
    position, found = await ask(MODEL, "sums_of", tenant, values, min_position)
    return _sums.decode(found), position
