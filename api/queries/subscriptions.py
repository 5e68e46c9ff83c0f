"""What one may subscribe to, who did, and what that earns."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

import msgspec

from api.http.problems import Refused
from api.http.queries import Asking, Cursor, Limit, Position, query
from api.http.subscriptions import Plan, Subscription
from domain.kernel import PersonId, Value
from projections.model import Page
from projections.subscriptions import held, plans
from projections.subscriptions import revenue as earned
from projections.subscriptions.held import SubscriptionRow
from projections.subscriptions.plans import PlanRow
from projections.subscriptions.revenue import MonthOfRevenue

READ = ["position.not_reached", "position.unknown"]
PAGED = [*READ, "cursor.malformed"]
MONTHS_MAX = 120

Since = Annotated[date, msgspec.Meta(description="Any day of the first month.")]
Until = Annotated[date, msgspec.Meta(description="Any day of the last month.")]
DueUntil = Annotated[datetime, msgspec.Meta(tz=True, description="Nothing that is due later.")]

OFFERED = {
    "plan": "gold",
    "name": "Gold",
    "status": "published",
    "courses": ["celestial-navigation"],
    "version": 1,
    "moved": 1,
    "amount": 1900,
    "currency": "EUR",
    "interval": "month",
    "trial_days": 14,
    "drafted_at": "2026-11-02T08:00:00Z",
}
HELD = {
    "subscription": "0198c0de-da7a-7000-8000-00000000c0de",
    "subscriber": "ada",
    "plan": "gold",
    "version": 1,
    "amount": 1900,
    "currency": "EUR",
    "interval": "month",
    "status": "active",
    "begins": "2026-11-02T08:00:00Z",
    "ends": "2026-12-02T08:00:00Z",
    "ending": False,
    "retry_at": None,
    "reason": None,
    "payment": None,
    "due": "2026-12-02T08:00:00Z",
    "started_at": "2026-11-02T08:00:00Z",
}


class Revenue(Value):
    """What was earned, a row for each month and currency."""

    rows: tuple[MonthOfRevenue, ...]
    position: int


@query(
    "/api/plans",
    requires="subscriptions.hold",
    limit="query",
    refuses=PAGED,
    example={"rows": [OFFERED], "position": 42, "cursor": None},
)
async def offered_plans(
    asking: Asking, cursor: Cursor | None = None, limit: Limit | None = None, min_position: Position = 0
) -> Page[PlanRow]:
    """What may I subscribe to?"""
    return await plans.plans_offered(
        asking.ask, asking.tenant, cursor=cursor, limit=asking.rows(limit), min_position=min_position
    )


@query(
    "/api/admin/plans",
    requires="subscriptions.read",
    limit="query",
    refuses=PAGED,
    example={"rows": [OFFERED], "position": 42, "cursor": None},
)
async def every_plan(
    asking: Asking, cursor: Cursor | None = None, limit: Limit | None = None, min_position: Position = 0
) -> Page[PlanRow]:
    """Which plans are there, drafted and retired ones too?"""
    return await plans.every_plan(
        asking.ask, asking.tenant, cursor=cursor, limit=asking.rows(limit), min_position=min_position
    )


@query(
    "/api/plans/{plan}/subscriptions",
    requires="subscriptions.read",
    limit="query",
    refuses=PAGED,
    example={"rows": [HELD], "position": 42, "cursor": None},
)
async def subscriptions_to_plan(
    asking: Asking, plan: Plan, cursor: Cursor | None = None, limit: Limit | None = None, min_position: Position = 0
) -> Page[SubscriptionRow]:
    """Who subscribed to this plan? The newest first."""
    return await held.subscriptions_to(
        asking.ask, asking.tenant, plan, cursor=cursor, limit=asking.rows(limit), min_position=min_position
    )


@query(
    "/api/admin/due-subscriptions",
    requires="subscriptions.read",
    limit="query",
    refuses=PAGED,
    example={"rows": [HELD], "position": 42, "cursor": None},
)
async def due_subscriptions(
    asking: Asking,
    until: DueUntil,
    cursor: Cursor | None = None,
    limit: Limit | None = None,
    min_position: Position = 0,
) -> Page[SubscriptionRow]:
    """What is to be charged until then: renewals, trials that end, what is past due? The first first."""
    return await held.subscriptions_due(
        asking.ask,
        asking.tenant,
        until or until,
        cursor=cursor,
        limit=asking.rows(limit),
        min_position=min_position,
    )


@query(
    "/api/subscriptions",
    requires="subscriptions.hold",
    limit="query",
    refuses=["person.needed", *PAGED],
    example={"rows": [HELD], "position": 42, "cursor": None},
)
async def my_subscriptions(
    asking: Asking, cursor: Cursor | None = None, limit: Limit | None = None, min_position: Position = 0
) -> Page[SubscriptionRow]:
    """What did I subscribe to, and how does it stand? The newest first."""
    return await held.subscriptions_of(
        asking.ask, asking.tenant, _person(asking), cursor=cursor, limit=asking.rows(limit), min_position=min_position
    )


@query(
    "/api/subscriptions/{subscription}",
    requires="subscriptions.hold",
    limit="query",
    refuses=["subscription.not_found", *READ],
    example=HELD,
)
async def subscription(asking: Asking, subscription: Subscription, min_position: Position = 0) -> SubscriptionRow:
    """How does this subscription stand? Whose it is not, and who may not see everyone's, is told that there is none."""
    found, _ = await held.subscription_row(asking.ask, asking.tenant, subscription, min_position=min_position)
    if found is None or (
        found.subscriber != asking.principal.person and not asking.principal.may("subscriptions.read")
    ):
        raise Refused("subscription.not_found", "there is no such subscription of yours")
    return found


@query(
    "/api/revenue",
    requires="subscriptions.revenue",
    limit="query",
    refuses=["revenue.malformed", *READ],
    example={
        "rows": [
            {
                "currency": "EUR",
                "month": "2026-11-01",
                "gross": 190000,
                "refunds": 1900,
                "lost": 0,
                "net": 188100,
                "recurring": 188100,
                "subscribers_before": 96,
                "subscribers": 99,
                "joined": 6,
                "churned": 3,
                "churn": 313,
                "payers": 100,
                "revenue_per_payer": 1881,
            }
        ],
        "position": 42,
    },
)
async def revenue(asking: Asking, since: Since, until: Until, min_position: Position = 0) -> Revenue:
    """What is earned, month by month, and how many stay? At most ten years at once; months are those of UTC."""
    months = (until.year - since.year) * 12 + until.month - since.month + 1
    if not 1 <= months <= MONTHS_MAX:
        raise Refused("revenue.malformed", f"it is told of 1 to {MONTHS_MAX} months")
    return Revenue(*await earned.revenue(asking.ask, asking.tenant, since, until, min_position=min_position))


def _person(asking: Asking) -> PersonId:
    if asking.principal.person is None:
        raise Refused("person.needed", "this is for people, and the token is not a person's")
    return asking.principal.person
