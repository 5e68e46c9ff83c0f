"""What is earned, month by month: as it was reckoned by hand, live and built anew."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

from adapters.postgres.followers.projector import Projector
from adapters.postgres.followers.rebuild import rebuild, verify
from adapters.postgres.ledger import PostgresLedger
from application.do import Do
from application.enrolling import Deciding
from application.settling import settling
from domain.kernel import CourseId, LearnerId, PaymentId, PersonId
from domain.money import Money
from domain.payments.events import ForCourse, ForPlan, Purpose, RefundId
from domain.payments.payment import PAYMENT, AskRefund, Initiate, Tell, TellDispute, TellRefund
from domain.subscriptions.events import Agreement, Interval, PlanId, Terms
from domain.subscriptions.subscription import SUBSCRIPTION, Bill, Cancel, FallDue, Settle, Start
from projections.subscriptions import revenue as model
from projections.subscriptions.revenue import MonthOfRevenue, revenue
from tests.followers.running import TENANT, asking, caller, following, make_models
from tests.proves import proves
from tests.servers import Database

DUE = datetime(2029, 1, 1, tzinfo=UTC)

# Ada pays 30.00 EUR a month, Ben 120.00 a year, Eva 7.00 a week, Kim 3000 JPY a month; Ada buys a course for 49.00 too.
#
#           gross                    back                   recurring at the end      subscribers
# January   30 + 120 + 49 = 199.00   -                      30 + 10 = 40.00           2 (Ada, Ben)
# February  30 + 7 = 37.00           9.00 + 1.00 = 10.00    40 + 7 * 52 / 12 = 70.33  3
# March     -                        49 - 9 = 40.00 lost    10 + 30.33 = 40.33        2 (Ada left: 1 of 3)
EUROS = (
    MonthOfRevenue("EUR", date(2026, 12, 1), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
    MonthOfRevenue("EUR", date(2027, 1, 1), 19900, 0, 0, 19900, 4000, 0, 2, 2, 0, 0, 2, 9950),
    MonthOfRevenue("EUR", date(2027, 2, 1), 3700, 1000, 0, 2700, 7033, 2, 3, 1, 0, 0, 2, 1350),
    MonthOfRevenue("EUR", date(2027, 3, 1), 0, 0, 4000, -4000, 4033, 3, 2, 0, 1, 3333, 0, 0),
    MonthOfRevenue("EUR", date(2027, 4, 1), 0, 0, 0, 0, 4033, 2, 2, 0, 0, 0, 0, 0),
)
# Kim comes in February and goes in the same month: nobody is lost of those who were there when it began.
YEN = (
    MonthOfRevenue("JPY", date(2026, 12, 1), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
    MonthOfRevenue("JPY", date(2027, 1, 1), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
    MonthOfRevenue("JPY", date(2027, 2, 1), 3000, 3000, 0, 0, 0, 0, 0, 1, 0, 0, 1, 0),
    MonthOfRevenue("JPY", date(2027, 3, 1), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
    MonthOfRevenue("JPY", date(2027, 4, 1), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
)


class Books:
    """A school in which things happen at times that are said."""

    def __init__(self, ledger: PostgresLedger) -> None:
        self.time = DUE
        self.position = 0
        self._do = Do(ledger, now=lambda: self.time)

    async def say(self, deciding: Deciding) -> None:
        receipt = await self._do.across(deciding.streams, deciding.decide, deciding.command, caller())
        self.position = receipt.position

    async def pay(self, payment: str, payer: str, money: Money, purpose: Purpose) -> None:
        initiate = Initiate(PersonId(payer), purpose, money, "sandbox", "token", DUE)
        await self._do(PAYMENT.at(payment), initiate, caller())
        await self.say(settling(PaymentId(payment), Tell(f"r-{payment}", "captured", money)))

    async def give_back(self, payment: str, money: Money | None) -> None:
        await self.say(settling(PaymentId(payment), AskRefund(RefundId("one"), money, "rain")))
        await self.say(settling(PaymentId(payment), TellRefund(RefundId("one"), "f", "done")))

    async def subscribe(self, person: str, amount: Money, interval: Interval) -> None:
        terms = Terms(1, amount, interval)
        agreement = Agreement(PersonId(person), PlanId("gold"), terms, "token", "customer", "sandbox")
        payment = f"{person}.0.1"
        await self._do(SUBSCRIPTION.at(person), Start(agreement, self.time, PaymentId(payment)), caller())
        await self.pay(payment, person, amount, ForPlan("gold", person))
        await self._do(SUBSCRIPTION.at(person), Settle(PaymentId(payment)), caller())

    async def renew(self, person: str, amount: Money) -> None:
        payment = PaymentId(f"{person}.1.1")
        bill = Bill(1, 1, payment, Terms(1, amount, "month"))
        for command in (FallDue(1), bill):
            await self._do(SUBSCRIPTION.at(person), command, caller())
        await self.pay(payment, person, amount, ForPlan("gold", person))
        await self._do(SUBSCRIPTION.at(person), Settle(payment), caller())

    async def end(self, person: str) -> None:
        self.position = (await self._do(SUBSCRIPTION.at(person), Cancel(now=True, at=self.time), caller())).position


async def live(books: Books) -> None:
    """A winter."""
    course = ForCourse(CourseId("stars"), LearnerId("ada"))
    books.time = datetime(2027, 1, 1, tzinfo=UTC)
    await books.subscribe("ada", Money(3000, "EUR"), "month")
    books.time = datetime(2027, 1, 31, 23, 59, 59, tzinfo=UTC)
    await books.subscribe("ben", Money(12000, "EUR"), "year")
    await books.pay("course", "ada", Money(4900, "EUR"), course)
    books.time = datetime(2027, 2, 1, tzinfo=UTC)
    await books.renew("ada", Money(3000, "EUR"))
    await books.subscribe("eva", Money(700, "EUR"), "week")
    await books.give_back("course", Money(900, "EUR"))
    await books.give_back("eva.0.1", Money(100, "EUR"))
    await books.subscribe("kim", Money(3000, "JPY"), "month")
    await books.give_back("kim.0.1", None)
    await books.end("kim")
    books.time = datetime(2027, 3, 1, tzinfo=UTC)
    lost = Money(4000, "EUR")
    await books.say(settling(PaymentId("course"), TellDispute("d", "open", lost)))
    await books.say(settling(PaymentId("course"), TellDispute("d", "lost", lost)))
    await books.end("ada")


@proves("pay.revenue_analytics")
async def test_the_figures_are_those_reckoned_by_hand_and_those_of_a_rebuild(database: Database) -> None:
    await make_models(database)

    async def connect() -> Any:
        return await database.connect("projector")

    async with PostgresLedger(lambda: database.connect("app"), 1) as ledger, asking(database) as ask:
        books = Books(ledger)

        async def asked() -> Iterator[MonthOfRevenue]:
            found, _ = await revenue(ask, TENANT, date(2026, 12, 9), date(2027, 4, 3), min_position=books.position)
            return iter(found)

        async with following(database, Projector(model.MODEL)):
            await live(books)
            assert tuple(await asked()) == (*EUROS, *YEN)
            march, _ = await revenue(ask, TENANT, date(2027, 3, 1), date(2027, 3, 31))
            assert march == (EUROS[3], YEN[3]), "what was before counts, whichever months are asked for"
        await rebuild(connect, model.MODEL)
        assert all(checked.equal for checked in await verify(connect, model.MODEL))
        assert tuple(await asked()) == (*EUROS, *YEN)
