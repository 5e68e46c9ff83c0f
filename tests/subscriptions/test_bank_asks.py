"""The first payment of a subscription, about which its payer's bank asks them, by a clock that is moved."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from application.subscriptions import tell_what_the_bank_wants
from domain.kernel import PersonId
from domain.payments.customer import CUSTOMER, Opened
from domain.payments.payment import PAYMENT, Captured
from domain.subscriptions.events import SubscriptionId
from domain.subscriptions.subscription import SUBSCRIPTION, ReplaceMethod
from tests.proves import proves
from tests.servers import Database
from tests.subscriptions.billing import ADA, GOLD, ONE, SILVER, School, everything_once_more

JANUARY = datetime(2027, 1, 31, 10, tzinfo=UTC)
TWO, BEN = SubscriptionId("two"), PersonId("ben")
ONCE, ALWAYS = "sandbox:secure_once", "sandbox:secure"


@pytest.fixture
def school(database: Database, tmp_path: Path) -> School:
    return School(database, tmp_path / "sandbox.db", JANUARY)


@proves("pay.subscription_create", "pay.process")
async def test_who_agrees_is_let_in_and_not_asked_again(school: School) -> None:
    async with school.open():
        await school.draft(GOLD, 1900)
        await school.enroll()
        await school.subscribe(method=ONCE)
        assert (await school.status(), await school.standing()) == ("Starting", "Unpaid")
        await school.answer_bank("one.0.1")
        assert (await school.status(), await school.standing()) == ("Active", "Learning")
        agreed = (await school.look(SUBSCRIPTION.at(ONE))).agreement
        customer = await school.look(CUSTOMER.at("sandbox", ADA))
        assert isinstance(customer, Opened)
        assert (agreed.customer, agreed.method.startswith("sandbox_method_")) == (customer.customer, True)
        await school.move(2027, 4, 1)
        assert len(await school.captured()) == 3
        # Who switches is there, and is asked for nothing that they have agreed to.
        await school.draft(SILVER, 9900)
        await school.switch(SILVER)
        assert (await school.look(SUBSCRIPTION.at(ONE))).agreement.plan == SILVER
        # What is kept for one is charged for nobody else.
        await school.subscribe(TWO, agreed.method, person=BEN)
        assert await school.status(TWO) == "Ended"
        assert isinstance(await school.look(CUSTOMER.at("sandbox", BEN)), Opened)
    await everything_once_more(school)
    told = Counter(await school.types())
    assert told["payments.CustomerOpened"] == 2
    assert await school.told(tell_what_the_bank_wants) == []


@proves("pay.subscription_create")
@pytest.mark.parametrize("agrees", [False, None])
async def test_who_does_not_agree_or_says_nothing_begins_nothing(school: School, *, agrees: bool | None) -> None:
    async with school.open():
        await school.draft(GOLD, 1900)
        await school.enroll()
        await school.subscribe(method=ONCE)
        if agrees is None:
            await school.move(2027, 2, 1, 9)
            assert await school.status() == "Starting", "there is a day to answer"
            await school.move(2027, 2, 1, 11)
        else:
            await school.answer_bank("one.0.1", agrees=agrees)
        assert (await school.status(), await school.standing()) == ("Ended", "Unpaid")

        await school.subscribe(TWO)
        assert (await school.status(TWO), await school.captured()) == ("Active", [(f"{school.time:%Y-%m-%d}", 1900)])
    await everything_once_more(school)


@proves("pay.subscription_create")
async def test_what_no_notice_told_is_found_by_comparing(school: School) -> None:
    async with school.open(also=("reconciling",)):
        await school.draft(GOLD, 1900)
        await school.subscribe(method=ONCE)
        await school.answer_bank("one.0.1", told=False)
        assert await school.status() == "Starting"
        await school.move(2027, 1, 31, 10, 10)
        assert await school.status() == "Active"


@proves("pay.subscription_create")
async def test_whose_bank_asks_while_they_are_away_is_written_to_and_nothing_closes_until_then(school: School) -> None:
    async with school.open():
        await school.draft(GOLD, 1900, days=14)
        await school.subscribe(method=ONCE)
        await school.enroll()
        await school.move(2027, 2, 14, 11)
        assert (await school.status(), await school.standing()) == ("Renewing", "Learning")
        (link,) = await school.told(tell_what_the_bank_wants, "link")
        assert link.startswith("http://bank/api/sandbox/actions/sandbox_pay_")
        await school.answer_bank("one.0.1")
        assert (await school.status(), await school.standing()) == ("Active", "Learning")
        # A bank that wants to ask each time says no while they are away; another method is asked at once.
        await school.say(ReplaceMethod(ALWAYS))
        await school.move(2027, 3, 14, 11)
        assert await school.told(tell_what_the_bank_wants, "money") == ["19.00 EUR"] * 2
        await school.answer_bank("one.1.1")
        await school.move(2027, 4, 14, 11)
        assert await school.status() == "Renewing"
        await school.say(ReplaceMethod("sandbox:success"))
        assert await school.status() == "Active"
        paid = await school.look(PAYMENT.at("one.2.2"))
        assert isinstance(paid, Captured)
    await everything_once_more(school)
