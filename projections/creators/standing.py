"""How does a creator stand: may they be paid, where to, when, and how much is there? Asked by them and by staff."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Literal, assert_never
from uuid import UUID

import msgspec

from domain.creators.events import (
    AuthorNamed,
    AuthorshipEvent,
    AuthorsNamed,
    AuthorTakenAway,
    BalanceEvent,
    CreatorEvent,
    EarningsCredited,
    EarningsPaidOut,
    EarningsReserved,
    EarningsReturned,
    EarningsReversed,
    Kind,
    MonetizationEnded,
    MonetizationGranted,
    MonetizationSuspended,
    OnboardingRefused,
    OnboardingStarted,
    OnboardingTriedAgain,
    PayoutAccountEnabled,
    PayoutAccountLinked,
    PayoutAccountRestricted,
    PayoutFellDue,
    PayoutScheduleSet,
    Schedule,
    SuspensionLifted,
)
from domain.kernel import PersonId, Value
from domain.money import Money
from projections.model import Ask, Fact, ReadModel, Statement, question, rows

TABLES = """
create table creators (
  tenant uuid not null,
  creator text collate "C" not null,
  monetization text not null default 'off',
  reason text,
  account text not null default 'none',
  gateway text,
  wanting text not null default '',
  link text,
  schedule json,
  due timestamptz,
  primary key (tenant, creator)
);
create table balances (
  tenant uuid not null,
  creator text collate "C" not null,
  currency text collate "C" not null,
  available bigint not null default 0,
  reserved bigint not null default 0,
  paid bigint not null default 0,
  primary key (tenant, creator, currency)
) with (fillfactor = 50);
create table works (
  tenant uuid not null,
  creator text collate "C" not null,
  kind text collate "C" not null,
  work text collate "C" not null,
  since timestamptz not null default '-infinity',
  until timestamptz not null default 'infinity',
  weight int not null,
  primary key (tenant, creator, kind, work, since)
);
create index works_by_work on works (tenant, kind, work, since);
"""

BEGIN = "insert into creators (tenant, creator) values (%s, %s) on conflict do nothing"
MONETIZE = "update creators set monetization = %s, reason = %s where tenant = %s and creator = %s"
ACCOUNT = """
update creators set account = %s, gateway = coalesce(%s, gateway), wanting = %s, link = %s, reason = %s
where tenant = %s and creator = %s
"""
SCHEDULE = "update creators set schedule = %s, due = %s where tenant = %s and creator = %s"
DUE = "update creators set due = %s where tenant = %s and creator = %s"
MOVE = """
insert into balances as b (tenant, creator, currency, available, reserved, paid) values (%s, %s, %s, %s, %s, %s)
on conflict (tenant, creator, currency) do update set available = b.available + excluded.available,
  reserved = b.reserved + excluded.reserved, paid = b.paid + excluded.paid
"""
NAME = "insert into works (tenant, creator, kind, work, weight) values (%s, %s, %s, %s, 10000) on conflict do nothing"
DROP = "delete from works where tenant = %s and kind = %s and work = %s and since >= %s"
END = "update works set until = %s where tenant = %s and kind = %s and work = %s and until > %s"
DIVIDE = """
insert into works (tenant, creator, kind, work, since, weight) values (%s, %s, %s, %s, %s, %s) on conflict do nothing
"""
TAKE_AWAY = "delete from works where tenant = %s and creator = %s and kind = %s and work = %s"


def project(  # noqa: C901 — a table, a row for each fact
    fact: Fact[CreatorEvent | BalanceEvent | AuthorshipEvent],
) -> Iterator[Statement]:
    creator = fact.stream.partition(":")[2]
    match fact.event:
        case EarningsCredited(money=money):
            yield _moved(fact.tenant, creator, money, (1, 0, 0))
        case EarningsReversed(money=money):
            yield _moved(fact.tenant, creator, money, (-1, 0, 0))
        case EarningsReserved(_, money):
            yield _moved(fact.tenant, creator, money, (-1, 1, 0))
        case EarningsPaidOut(_, money):
            yield _moved(fact.tenant, creator, money, (0, -1, 1))
        case EarningsReturned(_, money):
            yield _moved(fact.tenant, creator, money, (1, -1, 0))
        case AuthorNamed(author):
            yield BEGIN, (fact.tenant, author)
            yield NAME, (fact.tenant, author, *_work(fact.stream))
        case AuthorsNamed(authors, since):
            work = _work(fact.stream)
            yield DROP, (fact.tenant, *work, since)
            yield END, (since, fact.tenant, *work, since)
            for one in authors:
                yield BEGIN, (fact.tenant, one.creator)
                yield DIVIDE, (fact.tenant, one.creator, *work, since, one.weight)
        case AuthorTakenAway(author):
            yield TAKE_AWAY, (fact.tenant, author, *_work(fact.stream))
        case (
            MonetizationGranted()
            | MonetizationEnded()
            | MonetizationSuspended()
            | SuspensionLifted()
            | OnboardingStarted()
            | OnboardingTriedAgain()
            | OnboardingRefused()
            | PayoutAccountLinked()
            | PayoutAccountEnabled()
            | PayoutAccountRestricted()
            | PayoutScheduleSet()
            | PayoutFellDue()
        ):
            yield BEGIN, (fact.tenant, creator)
            yield from _stood(fact.event, (fact.tenant, creator))
        case _:
            assert_never(fact.event)


def _work(stream: str) -> tuple[str, str]:
    """What a work is, and its name."""
    _, kind, work = stream.split(":", 2)
    return kind, work


def _moved(tenant: UUID, creator: str, money: Money, signs: tuple[int, int, int]) -> Statement:
    return MOVE, (tenant, creator, money.currency, *(sign * money.amount for sign in signs))


def _stood(  # noqa: C901 — a table, a row for each fact
    event: CreatorEvent, key: tuple[UUID, str]
) -> Iterator[Statement]:
    match event:
        case MonetizationGranted() | SuspensionLifted():
            yield MONETIZE, ("on", None, *key)
        case MonetizationEnded():
            yield MONETIZE, ("off", None, *key)
        case MonetizationSuspended(reason):
            yield MONETIZE, ("suspended", reason, *key)
        case OnboardingStarted(gateway):
            yield ACCOUNT, ("opening", gateway, "", None, None, *key)
        case OnboardingRefused(reason):
            yield ACCOUNT, ("none", None, "", None, reason, *key)
        case PayoutAccountEnabled():
            yield ACCOUNT, ("enabled", None, "", None, None, *key)
        case PayoutAccountRestricted(wanting, link):
            yield ACCOUNT, ("wanting", None, " ".join(wanting), link, None, *key)
        case PayoutScheduleSet(schedule, due):
            yield SCHEDULE, (msgspec.json.encode(schedule).decode(), due, *key)
        case PayoutFellDue(next=later):
            yield DUE, (later, *key)
        case OnboardingTriedAgain() | PayoutAccountLinked():
            pass  # What came of it is told by the fact after it.
        case _:
            assert_never(event)


QUESTIONS = question(
    "standing",
    "_creator text",
    rows("""
      select s.creator, s.monetization, s.reason, s.account, s.gateway, string_to_array(s.wanting, ' ') as wanting,
        s.link, s.schedule, s.due, coalesce((
          select json_agg(json_build_object(
            'currency', b.currency, 'available', b.available, 'reserved', b.reserved, 'paid', b.paid
          ) order by b.currency)
          from {schema}.balances b where b.tenant = _tenant and b.creator = s.creator
        ), '[]') as balances, coalesce((
          select json_agg(json_build_object(
            'kind', w.kind, 'work', w.work, 'weight', w.weight,
            'since', nullif(w.since, '-infinity'), 'until', nullif(w.until, 'infinity')
          ) order by w.kind, w.work, w.since)
          from {schema}.works w where w.tenant = _tenant and w.creator = s.creator
        ), '[]') as works
      from {schema}.creators s where s.tenant = _tenant and s.creator = _creator
"""),
)

MODEL = ReadModel(
    name="creators.standing",
    version=2,
    tables=TABLES,
    questions=QUESTIONS,
    types=(
        *(MonetizationGranted, MonetizationEnded, MonetizationSuspended, SuspensionLifted, OnboardingStarted),
        *(OnboardingRefused, PayoutAccountEnabled, PayoutAccountRestricted, PayoutScheduleSet, PayoutFellDue),
        *(EarningsCredited, EarningsReversed, EarningsReserved, EarningsPaidOut, EarningsReturned),
        *(AuthorNamed, AuthorsNamed, AuthorTakenAway),
    ),
    project=project,
)


class Holding(Value):
    """What is there of a currency: to be paid out, set apart for payouts, and paid out so far."""

    currency: str
    available: int
    reserved: int
    paid: int


class Work(Value):
    """What a creator made, and has a share of: of what is paid since then, and until then, so many parts of 10,000."""

    kind: Kind
    work: str
    weight: int
    since: datetime | None
    until: datetime | None


class Standing(Value):
    """A creator. `wanting` is what the gateway still wants of them, and `link` where they say it."""

    creator: PersonId
    monetization: Literal["off", "on", "suspended"]
    reason: str | None
    account: Literal["none", "opening", "wanting", "enabled"]
    gateway: str | None
    wanting: tuple[str, ...]
    link: str | None
    schedule: Schedule | None
    due: datetime | None
    balances: tuple[Holding, ...]
    works: tuple[Work, ...]


_rows = msgspec.json.Decoder(tuple[Standing, ...])


async def standing(ask: Ask, tenant: UUID, creator: PersonId, *, min_position: int = 0) -> tuple[Standing | None, int]:
    """How a creator stands; nothing, where nobody has turned monetization on."""
    position, found = await ask(MODEL, "standing", tenant, (creator,), min_position)
    return next(iter(_rows.decode(found)), None), position
