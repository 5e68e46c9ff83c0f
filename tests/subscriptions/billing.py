"""A school whose clock tests move: policies, timers and the sandbox gateway behind it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from adapters.gateways.choosing import Choosing
from adapters.gateways.sandbox import Sandbox
from adapters.gateways.sandbox_notices import Notices
from adapters.gateways.sandbox_store import Store
from adapters.jobs import PostgresJobs
from adapters.postgres.followers.reactor import reactors
from adapters.postgres.followers.scheduler import Scheduler
from adapters.postgres.ledger import PostgresLedger
from application.do import Do
from application.enrolling import Deciding
from application.gateways import Gateways
from application.jobs import Job
from application.ledger import Caller
from application.policies import policies
from application.subscribing import subscribing, switching
from application.subscriptions import tell_of_failed_renewal
from domain.enrollments.enrollment import ENROLLMENT, Enroll
from domain.kernel import CourseId, LearnerId, LessonId, Moment, PaymentId, PersonId, SecretId, Stream
from domain.money import Money
from domain.payments.notice import NOTICE, Hear
from domain.payments.payment import PAYMENT
from domain.subscriptions.events import Agreement, Interval, PlanId, SubscriptionId, Terms
from domain.subscriptions.plan import PLAN, Draft, Price, Publish
from domain.subscriptions.subscription import SUBSCRIPTION
from tests.followers.running import TENANT, caller, caught_up, configurations, following, rows, until
from tests.servers import Database

CONTEXTS = ("subscriptions", "cashier", "payments", "enrollments")
ADA, STARS, MOON = PersonId("ada"), CourseId("stars"), CourseId("moon")
GOLD, SILVER = PlanId("gold"), PlanId("silver")
ONE = SubscriptionId("one")


class School:
    """What tests do with it."""

    def __init__(self, database: Database, file: Path, at: datetime) -> None:
        self.database = database
        self.time = at
        self._store = Store(file)
        notices = Notices(self._store, "secret")
        self._sandbox = Sandbox(self._store, notices, secret="secret", clock=self, public_url="http://bank")  # noqa: S106
        self.gateways = Choosing({"sandbox": self._sandbox})
        self.do: Do
        self._contexts: tuple[str, ...] = CONTEXTS

    def now(self) -> datetime:
        return self.time

    @asynccontextmanager
    async def open(self, *, without: str | None = None, also: tuple[str, ...] = ()) -> AsyncGenerator[None]:
        """An engine, which has forgotten everything that it knew before; one of its contexts may be at rest."""
        self._contexts = (*(one for one in CONTEXTS if one != without), *also)
        async with PostgresLedger(lambda: self.database.connect("app"), 1) as ledger:
            self.do = Do(ledger, now=self.now)
            wanted = [one for one in policies() if one.context in self._contexts]
            ports = {Gateways: self.gateways, **configurations(self.do)}
            follow = reactors(wanted, self.do, PostgresJobs(), ports=ports)
            scheduler = Scheduler(0, lambda: self.database.connect("projector"), self.do, self)
            async with following(self.database, *follow):
                timers = asyncio.create_task(scheduler.run())
                try:
                    yield
                finally:
                    timers.cancel()
                    await asyncio.gather(timers, return_exceptions=True)
        await self.gateways.close()

    async def settled(self) -> None:
        """Wait until nothing is due, and nothing follows any more."""

        async def none_due() -> bool:
            return await self._count("followers.timers where due <= %s", self.time) == 0

        while True:
            before = await self._count("ledger.facts")
            for context in self._contexts:
                await caught_up(self.database, f"policies.{context}")
            await until(none_due)
            if before == await self._count("ledger.facts"):
                return

    async def move(self, *when: int) -> None:
        """Time passes, timer by timer."""
        wanted = datetime(*when, tzinfo=UTC)  # type: ignore[arg-type, misc]
        await self.settled()
        while True:
            found = await rows(self.database, "select min(due) from followers.timers where due <= %s", (wanted,))
            if found[0][0] is None:
                break
            self.time = max(self.time, found[0][0])
            await self.settled()
        self.time = wanted

    async def draft(
        self, plan: PlanId, amount: int, interval: Interval = "month", *, days: int = 0, courses: Any = (STARS,)
    ) -> None:
        price = Price(Money(amount, "EUR"), interval, days)
        for command in (Draft(plan, price, courses), Publish()):
            await self.do(PLAN.at(plan), command, caller())

    async def subscribe(  # noqa: PLR0913 — who subscribes to what
        self,
        subscription: SubscriptionId = ONE,
        method: str = "sandbox:success",
        *,
        plan: PlanId = GOLD,
        person: PersonId = ADA,
        zone: str | None = None,
        version: int = 1,
    ) -> None:
        seen = Terms(version, Money(0, "EUR"), "month")
        wish = Agreement(person, plan, seen, method, None, "sandbox", zone)
        await self.across(subscribing(subscription, wish, version, self.time))
        await self.settled()

    async def answer_bank(self, payment: str, *, agrees: bool = True, told: bool = True) -> None:
        """The payer says so to their bank, and a notice tells it."""
        state = await self.look(PAYMENT.at(payment))
        self._sandbox.act(state.reference, agrees=agrees)
        if not told:
            return
        heard = Hear("sandbox", "charge", state.reference, payment, self.time, SecretId(str(uuid4())))
        await self.do(NOTICE.at("sandbox", str(uuid4())), heard, caller())
        await self.settled()

    async def switch(self, plan: PlanId, version: int = 1) -> None:
        payment = PaymentId(str(uuid4()))
        await self.across(switching(ONE, ADA, plan, version, payment, self.time))
        await self.settled()

    async def say(self, command: Any, subscription: SubscriptionId = ONE) -> None:
        await self.do(SUBSCRIPTION.at(subscription), command, caller())
        await self.settled()

    async def across(self, deciding: Deciding, by: Caller | None = None) -> None:
        await self.do.across(*deciding[:3], by or caller(), beside=deciding.beside)

    async def enroll(self, course: CourseId = STARS, learner: str = "ada") -> None:
        """On a course that costs something."""
        pay_by: Moment = datetime(2040, 1, 1, tzinfo=UTC)
        wish = Enroll(course, LearnerId(learner), (LessonId("first"),), pay_by=pay_by)
        await self.do(ENROLLMENT.at(course, learner), wish, caller())
        await self.settled()

    async def look(self, stream: Stream[Any, Any, Any]) -> Any:
        return await self.do.look(TENANT, stream)

    async def standing(self, course: CourseId = STARS, learner: str = "ada") -> str:
        return type(await self.look(ENROLLMENT.at(course, learner))).__name__

    async def status(self, subscription: SubscriptionId = ONE) -> str:
        return type(await self.look(SUBSCRIPTION.at(subscription))).__name__

    async def captured(self) -> list[tuple[str, int]]:
        """When something was captured, and how much of it."""
        found = await rows(
            self.database,
            "select at, data::json #>> '{money,amount}' from ledger.facts where type = 'payments.PaymentCaptured' "
            "order by position",
        )
        return [(f"{at.astimezone(UTC):%Y-%m-%d}", int(amount)) for at, amount in found]

    async def told(self, job: Job = tell_of_failed_renewal, what: str = "retry_at") -> list[str]:
        """What each letter of a kind says: when a renewal that failed is tried again, say."""
        found = await rows(
            self.database,
            "select coalesce((message #>> '{args,0}')::json -> 'order' ->> %s, 'never') from jobs.queue "
            "where message ->> 'actor_name' = %s order by 1",
            (what, job.name),
        )
        return [said for (said,) in found]

    async def types(self) -> list[str]:
        return [type_ for (type_,) in await rows(self.database, "select type from ledger.facts order by position")]

    async def _count(self, what: str, *values: Any) -> int:
        found = await rows(self.database, f"select count(*) from {what}", values)  # noqa: S608 — our own words
        return int(found[0][0])


async def everything_once_more(school: School) -> None:
    """As if every commit of the followers was lost: another engine handles each fact, and each timer, again."""
    before = await school.types()
    await rows(school.database, "update followers.checkpoints set position = 0 returning 1")
    async with school.open():
        await school.settled()
    assert await school.types() == before
