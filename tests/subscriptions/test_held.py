"""Who subscribed to what and what is due, and which plans there are: live and built anew."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from msgspec.structs import replace

from adapters.postgres.followers.projector import Projector
from adapters.postgres.followers.rebuild import rebuild, verify
from domain.kernel import PaymentId, PersonId
from domain.money import Money
from domain.subscriptions.events import SubscriptionId
from domain.subscriptions.plan import PLAN, Draft, MoveSubscribers, Price, Publish, Rename, Retire, SetCourses
from domain.subscriptions.subscription import (
    SUBSCRIPTION,
    Bill,
    Cancel,
    Command,
    FailPayment,
    FallDue,
    Reactivate,
    ReplaceMethod,
    Settle,
    Start,
    Switch,
)
from projections.subscriptions import held, plans
from projections.subscriptions.held import SubscriptionRow, subscription_row, subscriptions_due, subscriptions_of
from tests.followers.running import TENANT, asking, caller, following, make_models, writing
from tests.proves import proves
from tests.servers import Database
from tests.subscriptions.agreeing import ADA, CHEAP, DEARER, FEBRUARY, GOLD, JANUARY, MARCH, SILVER, agreement

RETRY = datetime(2027, 3, 1, 12, tzinfo=UTC)
BEN = replace(agreement, subscriber=PersonId("ben"))


def paid(name: str) -> tuple[Command, ...]:
    return Start(agreement, JANUARY, PaymentId(f"{name}.0.1")), Settle(PaymentId(f"{name}.0.1"))


def billed(name: str) -> tuple[Command, ...]:
    return *paid(name), FallDue(1), Bill(1, 1, PaymentId(f"{name}.1.1"), DEARER)


def tried(until: datetime) -> Start:
    return Start(BEN, JANUARY, PaymentId("never"), until)


STORIES: dict[str, tuple[Command, ...]] = {
    "starting": (Start(agreement, JANUARY, PaymentId("starting.0.1")),),
    "active": (*paid("active"), ReplaceMethod("another"), Cancel(now=False, at=JANUARY), Reactivate()),
    "moved": (*billed("moved"), Settle(PaymentId("moved.1.1"))),
    "switched": (*paid("switched"), Switch(SILVER, CHEAP, PaymentId("never"), JANUARY)),
    "ending": (*paid("ending"), Cancel(now=False, at=JANUARY)),
    "past-due": (*billed("past-due"), FailPayment(PaymentId("past-due.1.1"), "card_declined")),
    "ended": (*paid("ended"), Cancel(now=True, at=JANUARY)),
    "trial": (tried(FEBRUARY),),
    "tried": (tried(FEBRUARY), FallDue(0)),
}
PLANS = (
    Draft("Gold", Price(Money(3100, "EUR"), "month", 14)),
    Publish(),
    Price(Money(4100, "EUR"), "month"),
    Rename("Golden"),
    SetCourses(()),
    MoveSubscribers(),
)


def shown(row: SubscriptionRow) -> tuple[Any, ...]:
    return row.status, row.plan, row.amount, row.version, row.ends, row.ending, row.due


@proves("pay.subscription_create", "pay.subscription_cancel")
async def test_each_tells_how_it_stands_and_what_is_due_when(database: Database) -> None:
    await make_models(database)

    async def connect() -> Any:
        return await database.connect("projector")

    async with writing(database) as do, asking(database) as ask, following(database, Projector(held.MODEL)):
        position = 0
        for name, story in STORIES.items():
            for command in story:
                position = (await do(SUBSCRIPTION.at(name), command, caller())).position
        expected = {
            "starting": ("starting", GOLD, 3100, 1, None, False, None),
            "active": ("active", GOLD, 3100, 1, FEBRUARY, False, FEBRUARY),
            "moved": ("active", GOLD, 4100, 2, MARCH, False, MARCH),
            "switched": ("active", SILVER, 1000, 1, FEBRUARY, False, FEBRUARY),
            "ending": ("active", GOLD, 3100, 1, FEBRUARY, True, None),
            "past-due": ("past_due", GOLD, 4100, 2, FEBRUARY, False, RETRY),
            "ended": ("ended", GOLD, 3100, 1, None, False, None),
            "trial": ("trial", GOLD, 3100, 1, FEBRUARY, False, FEBRUARY),
            "tried": ("starting", GOLD, 3100, 1, FEBRUARY, False, None),
        }
        for name, wanted in expected.items():
            row, _ = await subscription_row(ask, TENANT, SubscriptionId(name), min_position=position)
            assert row is not None
            assert shown(row)[:4] == wanted[:4], name
            assert name == "ended" or shown(row) == wanted, name
        for name, payment in (("starting", "starting.0.1"), ("active", None), ("past-due", None)):
            row, _ = await subscription_row(ask, TENANT, SubscriptionId(name), min_position=position)
            assert row is not None
            assert row.payment == payment
        due = await subscriptions_due(ask, TENANT, RETRY, limit=2)
        rest = await subscriptions_due(ask, TENANT, RETRY, limit=2, cursor=due.cursor)
        assert [one.subscription for one in (*due.rows, *rest.rows)] == ["active", "switched", "trial", "past-due"]
        assert rest.cursor is None
        mine = await subscriptions_of(ask, TENANT, ADA, limit=3)
        others = await subscriptions_of(ask, TENANT, ADA, cursor=mine.cursor)
        ours = [one.subscription for one in (*mine.rows, *others.rows)]
        assert ours == ["ended", "past-due", "ending", "switched", "moved", "active", "starting"]
        to_gold = await held.subscriptions_to(ask, TENANT, GOLD)
        assert len(to_gold.rows) == len(STORIES) - 1
    await rebuild(connect, held.MODEL)
    assert all(checked.equal for checked in await verify(connect, held.MODEL))


@proves("pay.subscription_create")
async def test_a_plan_is_shown_as_it_is_today_and_offered_while_it_is_published(database: Database) -> None:
    await make_models(database)

    async def connect() -> Any:
        return await database.connect("projector")

    async with writing(database) as do, asking(database) as ask, following(database, Projector(plans.MODEL)):
        for command in PLANS:
            await do(PLAN.at(GOLD), command, caller())
        for step in (Draft("Silver", Price(Money(1000, "EUR"), "week"), None), Publish(), Retire()):
            position = (await do(PLAN.at(SILVER), step, caller())).position
        offered = await plans.plans_offered(ask, TENANT, min_position=position)
        (gold,) = offered.rows
        assert (gold.name, gold.version, gold.moved, gold.amount, gold.trial_days) == ("Golden", 2, 2, 4100, 0)
        assert gold.courses == ()
        first = await plans.every_plan(ask, TENANT, limit=1)
        rest = await plans.every_plan(ask, TENANT, limit=1, cursor=first.cursor)
        assert first.rows == (gold,)
        assert [(one.plan, one.status, one.interval, one.courses) for one in rest.rows] == [
            (SILVER, "retired", "week", None)
        ]
    await rebuild(connect, plans.MODEL)
    assert all(checked.equal for checked in await verify(connect, plans.MODEL))
