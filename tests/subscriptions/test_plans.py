"""Which plans are there, and which may one subscribe to?"""

from __future__ import annotations

from adapters.postgres.followers.projector import Projector
from domain.kernel import CourseId
from domain.money import Money
from domain.subscriptions.plan import (
    PLAN,
    Command,
    Draft,
    MoveSubscribers,
    Price,
    Publish,
    Rename,
    Retire,
    SetCourses,
)
from projections.subscriptions import plans
from projections.subscriptions.plans import every_plan, plans_offered
from tests.followers.running import OTHER, TENANT, asking, caller, following, make_models, writing
from tests.proves import proves
from tests.servers import Database

STARS = CourseId("stars")
DRAFT = Draft("Gold", Price(Money(1900, "EUR"), "month"), (STARS,))
DEARER = Price(Money(2900, "EUR"), "month", 14)
PLANS: dict[str, tuple[Command, ...]] = {
    "drafted": (DRAFT,),
    "moved": (DRAFT, Publish(), DEARER, MoveSubscribers()),
    "offered": (DRAFT, Rename("Silver"), SetCourses(None), Publish(), DEARER),
    "retired": (DRAFT, Publish(), Retire()),
}


@proves("pay.subscription_create")
async def test_what_is_published_is_offered_on_todays_terms(database: Database) -> None:
    await make_models(database)
    async with writing(database) as do, following(database, Projector(plans.MODEL)), asking(database) as ask:
        position = 0
        for name, commands in PLANS.items():
            for command in commands:
                position = (await do(PLAN.at(name), command, caller())).position
        every = (await every_plan(ask, TENANT, min_position=position)).rows
        assert [(row.plan, row.status, row.version, row.moved, row.amount, row.trial_days) for row in every] == [
            ("drafted", "drafted", 1, 1, 1900, 0),
            ("moved", "published", 2, 2, 2900, 14),
            ("offered", "published", 2, 1, 2900, 14),
            ("retired", "retired", 1, 1, 1900, 0),
        ]
        first = await plans_offered(ask, TENANT, limit=1)
        second = await plans_offered(ask, TENANT, limit=1, cursor=first.cursor)
        assert [(row.plan, row.name, row.courses) for row in (*first.rows, *second.rows)] == [
            ("moved", "Gold", (STARS,)),
            ("offered", "Silver", None),
        ]
        assert second.cursor is None
        assert not (await every_plan(ask, OTHER)).rows
