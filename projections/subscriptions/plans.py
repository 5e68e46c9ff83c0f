"""What may one subscribe to, and for how much? Asked by who might, and by who makes plans."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any, Literal, assert_never
from uuid import UUID

import msgspec

from domain.kernel import ID, CourseId, Value
from domain.subscriptions.events import (
    Interval,
    PlanCoursesSet,
    PlanDrafted,
    PlanId,
    PlanNamed,
    PlanPriced,
    PlanPublished,
    PlanRetired,
    SubscribersMoved,
    Terms,
)
from domain.subscriptions.events import PlanEvent as Event
from projections.model import Ask, Fact, Many, Page, ReadModel, Statement, after, limited, page, question, rows

TABLES = """
create table plans (
  tenant uuid not null,
  plan text collate "C" not null,
  name text not null,
  status text collate "C" not null,
  courses json not null,
  version int not null,
  moved int not null,
  amount bigint not null,
  currency text not null,
  span text not null,
  trial_days int not null,
  drafted_at timestamptz not null,
  primary key (tenant, plan)
);
create index plans_by_status on plans (tenant, status, plan);
"""

DRAFT = Many(
    "tenant uuid, plan text, name text, courses text, version int, amount text, currency text, span text, "
    "trial_days int, at timestamptz",
    """
    insert into plans
    select tenant, plan, name, 'drafted', courses::json, version, 1, amount::bigint, currency, span, trial_days, at
    from fact on conflict (tenant, plan) do nothing
    """,
)
PRICE = Many(
    "tenant uuid, plan text, version int, amount text, currency text, span text, trial_days int",
    """
    update plans p set version = f.version, amount = f.amount::bigint, currency = f.currency, span = f.span,
      trial_days = f.trial_days
    from fact f where p.tenant = f.tenant and p.plan = f.plan
    """,
)
NAME = Many(
    "tenant uuid, plan text, name text",
    "update plans p set name = f.name from fact f where p.tenant = f.tenant and p.plan = f.plan",
)
COURSES = Many(
    "tenant uuid, plan text, courses text",
    "update plans p set courses = f.courses::json from fact f where p.tenant = f.tenant and p.plan = f.plan",
)
STAND = Many(
    "tenant uuid, plan text, status text",
    "update plans p set status = f.status from fact f where p.tenant = f.tenant and p.plan = f.plan",
)
MOVE = Many(
    "tenant uuid, plan text, moved int",
    "update plans p set moved = f.moved from fact f where p.tenant = f.tenant and p.plan = f.plan",
)


def project(fact: Fact[Event]) -> Iterator[Statement]:
    key = (fact.tenant, fact.stream.partition(":")[2])
    match fact.event:
        case PlanDrafted(name, terms, courses):
            yield DRAFT, (*key, name, _json(courses), *_terms(terms), fact.at)
        case PlanPriced(terms):
            yield PRICE, (*key, *_terms(terms))
        case PlanNamed(name):
            yield NAME, (*key, name)
        case PlanCoursesSet(courses):
            yield COURSES, (*key, _json(courses))
        case PlanPublished():
            yield STAND, (*key, "published")
        case PlanRetired():
            yield STAND, (*key, "retired")
        case SubscribersMoved(version):
            yield MOVE, (*key, version)
        case _:
            assert_never(fact.event)


def _terms(terms: Terms) -> tuple[int, str, str, str, int]:
    return terms.version, str(terms.price.amount), terms.price.currency, terms.interval, terms.trial_days


def _json(courses: tuple[CourseId, ...] | None) -> str:
    return msgspec.json.encode(courses).decode()


_PLAN = """p.plan, p.name, p.status, p.courses, p.version, p.moved, p.amount, p.currency, p.span as interval,
        p.trial_days, p.drafted_at"""

QUESTIONS = "".join(
    (
        question(
            "plans_offered",
            "_plan text, _limit int",
            rows("""
      select COLUMNS
      from {schema}.plans p
      where p.tenant = _tenant and p.status = 'published' and p.plan > coalesce(_plan, '')
      order by p.plan
      limit _limit
"""),
        ),
        question(
            "every_plan",
            "_plan text, _limit int",
            rows("""
      select COLUMNS
      from {schema}.plans p
      where p.tenant = _tenant and p.plan > coalesce(_plan, '')
      order by p.plan
      limit _limit
"""),
        ),
    )
).replace("COLUMNS", _PLAN)

MODEL = ReadModel(
    name="subscriptions.plans",
    version=1,
    tables=TABLES,
    questions=QUESTIONS,
    types=(PlanDrafted, PlanPriced, PlanNamed, PlanCoursesSet, PlanPublished, PlanRetired, SubscribersMoved),
    project=project,
)


class PlanRow(Value):
    """A plan in its version of today. Without courses it opens every course; nobody has less than version `moved`."""

    plan: PlanId
    name: str
    status: Literal["drafted", "published", "retired"]
    courses: tuple[CourseId, ...] | None
    version: int
    moved: int
    amount: int
    currency: str
    interval: Interval
    trial_days: int
    drafted_at: datetime


_rows = msgspec.json.Decoder(tuple[PlanRow, ...])
_Place = tuple[Annotated[str, ID]]


def _place(row: PlanRow) -> tuple[Any, ...]:
    return (row.plan,)


async def plans_offered(
    ask: Ask, tenant: UUID, *, cursor: str | None = None, limit: int = 50, min_position: int = 0
) -> Page[PlanRow]:
    """The plans that one may subscribe to, by name, a page at a time."""
    values = (*(after(cursor, _Place) or (None,)), limited(limit))
    position, found = await ask(MODEL, "plans_offered", tenant, values, min_position)
    return page(_rows.decode(found), position, limit, _place)


async def every_plan(
    ask: Ask, tenant: UUID, *, cursor: str | None = None, limit: int = 50, min_position: int = 0
) -> Page[PlanRow]:
    """All plans there ever were, by name, a page at a time."""
    values = (*(after(cursor, _Place) or (None,)), limited(limit))
    position, found = await ask(MODEL, "every_plan", tenant, values, min_position)
    return page(_rows.decode(found), position, limit, _place)
