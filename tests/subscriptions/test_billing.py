"""A subscription over months, by a clock that is moved, with policies, timers and the sandbox gateway."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from application.settling import settling
from application.subscriptions import tell_of_the_end_of_a_trial
from domain.kernel import PaymentId, PersonId, Rejected
from domain.money import Money
from domain.payments.events import RefundId
from domain.payments.payment import PAYMENT, AskRefund, Captured
from domain.subscriptions.events import SubscriptionId
from domain.subscriptions.plan import PLAN, MoveSubscribers, Price, Retire
from domain.subscriptions.subscription import SUBSCRIPTION, Cancel, Reactivate, ReplaceMethod
from tests.followers.running import caller
from tests.proves import proves
from tests.servers import Database
from tests.subscriptions.billing import GOLD, MOON, ONE, SILVER, STARS, School, everything_once_more

JANUARY = datetime(2027, 1, 31, 10, tzinfo=UTC)
TWO = SubscriptionId("two")
DECLINED = "sandbox:declined"


@pytest.fixture
def school(database: Database, tmp_path: Path) -> School:
    return School(database, tmp_path / "sandbox.db", JANUARY)


@proves("pay.subscription_create")
async def test_each_period_is_charged_once_at_the_ends_of_months_and_over_the_change_of_clocks(school: School) -> None:
    async with school.open():
        await school.draft(GOLD, 1900)
        await school.subscribe(zone="Europe/Berlin")
        await school.move(2027, 6, 1)
        assert [day for day, _ in await school.captured()] == [
            "2027-01-31",
            "2027-02-28",
            "2027-03-31",
            "2027-04-30",
            "2027-05-31",
        ]
        period = (await school.look(SUBSCRIPTION.at(ONE))).period
        assert period.begins == datetime(2027, 5, 31, 9, tzinfo=UTC), "at eleven in the morning, in summer too"
    await everything_once_more(school)
    assert Counter(await school.types())["payments.PaymentInitiated"] == 5
    assert {amount for _, amount in await school.captured()} == {1900}


@proves("pay.subscription_create")
async def test_a_trial_opens_at_once_costs_when_it_ends_and_is_had_once(school: School) -> None:
    async with school.open():
        await school.draft(GOLD, 1900, days=14)
        await school.subscribe()
        await school.enroll()
        assert (await school.status(), await school.standing()) == ("Trial", "Learning")
        await school.move(2027, 2, 11, 9)
        assert await school.told(tell_of_the_end_of_a_trial) == []
        await school.move(2027, 2, 14, 9)
        assert await school.told(tell_of_the_end_of_a_trial, "at") == ["2027-02-14T10:00:00Z"]
        assert await school.captured() == []
        await school.move(2027, 2, 14, 11)
        assert await school.captured() == [("2027-02-14", 1900)]
        assert await school.status() == "Active"
        with pytest.raises(Rejected, match="subscription of theirs"):
            await school.subscribe(TWO)
        await school.say(Cancel(now=True, at=school.time))
        assert await school.standing() == "Suspended"
        await school.subscribe(TWO)
        assert await school.status(TWO) == "Active", "there is no second trial"
        assert await school.standing() == "Learning"
        await school.subscribe(SubscriptionId("three"), DECLINED, person=PersonId("ben"))
        await school.move(2027, 2, 28, 12)
        assert await school.status(SubscriptionId("three")) == "Renewing", "what fails after a trial is retried"
    await everything_once_more(school)
    assert len(await school.told(tell_of_the_end_of_a_trial)) == 2


@proves("pay.subscription_create")
async def test_what_fails_is_retried_as_said_and_then_cancelled_and_closes_what_it_opened(school: School) -> None:
    async with school.open():
        await school.draft(GOLD, 1900)
        await school.subscribe()
        await school.enroll()
        await school.say(ReplaceMethod(DECLINED))
        await school.move(2027, 3, 7, 9)
        assert (await school.status(), await school.standing()) == ("Renewing", "Learning")
        assert Counter(await school.types())["payments.PaymentFailed"] == 3
        await school.move(2027, 3, 7, 11)
        assert (await school.status(), await school.standing()) == ("Ended", "Suspended")
        assert Counter(await school.types())["payments.PaymentFailed"] == 4
        await school.move(2027, 12, 1)
        assert Counter(await school.types())["subscriptions.InvoiceRaised"] == 5, "no further invoice"
        assert await school.told() == [*[f"2027-03-0{day}T10:00:00Z" for day in (1, 3, 7)], "never"]
        # Whoever comes back finds what they had.
        await school.subscribe(TWO)
        assert (await school.status(TWO), await school.standing()) == ("Active", "Learning")
    await everything_once_more(school)


@proves("pay.subscription_create")
async def test_what_is_past_due_is_saved_by_another_method_and_keeps_its_days(school: School) -> None:
    async with school.open():
        await school.draft(GOLD, 1900)
        await school.subscribe()
        await school.say(ReplaceMethod(DECLINED))
        await school.move(2027, 3, 2)
        assert await school.status() == "Renewing"
        await school.say(ReplaceMethod("sandbox:success"))
        assert await school.status() == "Active"
        await school.move(2027, 4, 1)
        assert await school.captured() == [("2027-01-31", 1900), ("2027-03-02", 1900), ("2027-03-31", 1900)]


@proves("pay.subscription_create")
async def test_a_first_payment_that_fails_begins_nothing(school: School) -> None:
    async with school.open():
        await school.draft(GOLD, 1900)
        await school.enroll()
        for subscription, method in ((ONE, DECLINED), (TWO, "sandbox:insufficient_funds")):
            await school.subscribe(subscription, method)
            assert (await school.status(subscription), await school.standing()) == ("Ended", "Unpaid")
        await school.subscribe(SubscriptionId("three"))
        assert await school.standing() == "Learning", "what waited begins"


@proves("pay.subscription_cancel")
async def test_what_is_cancelled_is_open_until_its_period_ends_and_may_be_reactivated(school: School) -> None:
    async with school.open():
        await school.draft(GOLD, 1900, courses=None)
        await school.subscribe()
        await school.enroll(STARS)
        await school.enroll(MOON)
        await school.say(Cancel(now=False, at=school.time))
        await school.say(Reactivate())
        await school.move(2027, 3, 1)
        assert len(await school.captured()) == 2, "it went on"
        await school.say(Cancel(now=False, at=school.time))
        await school.move(2027, 3, 31, 9)
        assert await school.standing(MOON) == "Learning"
        await school.move(2027, 3, 31, 11)
        assert (await school.standing(STARS), await school.standing(MOON)) == ("Suspended", "Suspended")
        with pytest.raises(Rejected, match="subscribe anew"):
            await school.say(Reactivate())
        await school.move(2028, 3, 31)
        assert len(await school.captured()) == 2, "no further invoice"
        assert Counter(await school.types())["subscriptions.InvoiceRaised"] == 2
    await everything_once_more(school)


@proves("pay.subscription_cancel", "pay.ledger")
async def test_what_is_cancelled_now_closes_now_and_unused_days_are_given_back(school: School) -> None:
    async with school.open():
        await school.draft(GOLD, 2800)
        await school.subscribe()
        await school.enroll()
        await school.move(2027, 2, 14, 9)
        await school.say(Cancel(now=True, at=school.time))
        assert (await school.status(), await school.standing()) == ("Ended", "Suspended")
        paid = await school.look(PAYMENT.at("one.0.1"))
        assert isinstance(paid, Captured)
        assert paid.refunded == 1400
        # What was given back before is not given back again.
        await school.subscribe(TWO, person=PersonId("ben"))
        await school.across(settling(PaymentId("two.0.1"), AskRefund(RefundId("part"), Money(2000, "EUR"), "rain")))
        await school.settled()
        await school.say(Cancel(now=True, at=school.time), TWO)
        rest = await school.look(PAYMENT.at("two.0.1"))
        assert isinstance(rest, Captured)
        assert (rest.refunded, rest.left) == (2800, 0)
        await school.move(2027, 6, 1)
        assert len(await school.captured()) == 2
    await everything_once_more(school)


@proves("pay.subscription_cancel", "pay.refund")
async def test_what_is_given_back_whole_is_over(school: School) -> None:
    async with school.open():
        await school.draft(GOLD, 2800)
        await school.subscribe()
        await school.enroll()
        await school.across(settling(PaymentId("one.0.1"), AskRefund(RefundId("all"), None, "rain")))
        await school.settled()
        assert (await school.status(), await school.standing()) == ("Ended", "Suspended")


@proves("pay.subscription_create", "pay.subscription_cancel", "pay.ledger")
async def test_what_is_not_paid_in_time_has_failed_and_what_is_captured_too_late_is_given_back(school: School) -> None:
    async with school.open(without="cashier"):
        await school.draft(GOLD, 1900)
        await school.subscribe()
        await school.move(2027, 2, 1, 11)
        assert await school.status() == "Ended", "nobody asked the gateway within a day"
        await school.subscribe(TWO)
        await school.say(Cancel(now=True, at=school.time), TWO)
    async with school.open():
        await school.settled()
        assert await school.captured() == [("2027-02-01", 1900)]
        late = await school.look(PAYMENT.at("two.0.1"))
        assert isinstance(late, Captured)
        assert (late.refunded, late.left) == (1900, 0)
        assert (await school.status(TWO), Counter(await school.types())["subscriptions.PeriodPaid"]) == ("Ended", 0)
    await everything_once_more(school)


@proves("pay.subscription_create")
async def test_a_new_price_is_for_new_subscribers_until_the_others_are_moved(school: School) -> None:
    async with school.open():
        await school.draft(GOLD, 1900)
        await school.subscribe()
        await school.do(PLAN.at(GOLD), Price(Money(2500, "EUR"), "month"), caller())
        with pytest.raises(Rejected, match="version 2"):
            await school.subscribe(TWO, person=PersonId("ben"))
        await school.subscribe(TWO, person=PersonId("ben"), version=2)
        await school.move(2027, 3, 1)
        assert sorted(amount for _, amount in await school.captured()) == [1900, 1900, 2500, 2500]
        await school.do(PLAN.at(GOLD), MoveSubscribers(), caller())
        await school.do(PLAN.at(GOLD), Retire(), caller())
        with pytest.raises(Rejected, match="nobody subscribes"):
            await school.subscribe(SubscriptionId("three"), person=PersonId("eva"), version=2)
        await school.move(2027, 4, 1)
        assert sorted(amount for _, amount in (await school.captured())[4:]) == [2500, 2500]


@proves("pay.subscription_create")
async def test_another_plan_costs_the_difference_and_opens_its_own_courses(school: School) -> None:
    async with school.open():
        await school.draft(GOLD, 2800)
        await school.draft(SILVER, 12000, "year", courses=(MOON,))
        await school.subscribe()
        await school.enroll(STARS)
        await school.enroll(MOON)
        assert (await school.standing(STARS), await school.standing(MOON)) == ("Learning", "Unpaid")
        await school.move(2027, 2, 14, 9)
        await school.switch(SILVER)
        assert (await school.captured())[-1] == ("2027-02-14", 12000 - 1400)
        assert (await school.standing(STARS), await school.standing(MOON)) == ("Suspended", "Learning")
        await school.move(2028, 2, 13)
        assert len(await school.captured()) == 2
        await school.switch(GOLD)  # One day of 365 is left: 32.88.
        assert (await school.captured())[-1] == ("2028-02-13", 2800 - 33)
        await school.move(2028, 3, 14)
        assert (await school.captured())[-1] == ("2028-03-13", 2800)
        assert await school.standing(STARS) == "Learning"
    await everything_once_more(school)
