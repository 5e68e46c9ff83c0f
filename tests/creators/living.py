"""A school whose clock tests move: creators, the paymaster and the cashier, timers, and the sandbox behind them."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from psycopg_pool import AsyncConnectionPool

from adapters.gateways.choosing import Choosing
from adapters.gateways.sandbox import Sandbox
from adapters.gateways.sandbox_notices import Notices
from adapters.gateways.sandbox_store import Store
from adapters.jobs import PostgresJobs
from adapters.postgres.followers.projector import Projector, install
from adapters.postgres.followers.reactor import reactors
from adapters.postgres.followers.rebuild import rebuild, verify
from adapters.postgres.followers.scheduler import Scheduler
from adapters.postgres.ledger import PostgresLedger
from adapters.postgres.questions import Questions
from adapters.postgres.vault import PostgresVault
from api.settings_agree import DEVELOPMENT_VAULT_KEY
from application.do import Do
from application.donating import Gift, donating
from application.enrolling import Deciding
from application.gateways import Gateways
from application.jobs import Job
from application.policies import policies
from application.settling import settling
from domain.creators.authorship import AUTHORSHIP, Name
from domain.creators.creator import CREATOR, Linked, Onboard, TellAccount, TurnOn
from domain.creators.eligibility import TERMS, Standing
from domain.creators.events import Kind
from domain.identity.events import Mark
from domain.identity.person import PERSON, Activate, Invite, SetPreferences
from domain.kernel import PaymentId, PersonId, Stream
from domain.money import Money
from domain.payments.events import Purpose, RefundId
from domain.payments.payment import PAYMENT, AskRefund, Initiate, TellDispute
from projections.creators import donations, earnings, payouts, standing
from projections.identity import directory
from projections.model import ReadModel
from projections.payments import journal
from tests.followers.running import TENANT, asking, caller, caught_up, following, make_models, rows, until, writing
from tests.servers import Database

CONTEXTS = ("creators", "paymaster", "cashier")
MODELS = (donations.MODEL, earnings.MODEL, payouts.MODEL, standing.MODEL, journal.MODEL, directory.MODEL)
MARIA, BEN = PersonId("maria"), PersonId("ben")
ELIGIBLE = Standing(
    active=True, verified=True, second_factor=False, second_factor_wanted=False, terms=TERMS, of_age=True
)
FAR = datetime(2040, 1, 1, tzinfo=UTC)


@asynccontextmanager
async def vault_of(database: Database) -> AsyncGenerator[PostgresVault]:
    """Where the keys are that open what people said."""
    async with AsyncConnectionPool[Any](
        database.dsn("app"), min_size=1, max_size=2, open=False, kwargs={"autocommit": True}
    ) as pool:
        yield PostgresVault(pool.connection, DEVELOPMENT_VAULT_KEY)


class Showing:
    """Somebody does things, and asks one read model what it shows of them."""

    def __init__(self, do: Do, ask: Questions) -> None:
        self.ask = ask
        self.position = 0
        self._do = do

    async def say(self, stream: Stream[Any, Any, Any], *commands: Any) -> None:
        for command in commands:
            self.position = (await self._do(stream, command, caller())).position

    async def across(self, deciding: Deciding) -> None:
        self.position = (await self._do.across(*deciding[:3], caller(), beside=deciding.beside)).position


@asynccontextmanager
async def shown(database: Database, model: ReadModel) -> AsyncGenerator[Showing]:
    """A read model that follows what is done. In the end it is built anew, and shows the same."""

    async def connect() -> Any:
        return await database.connect("projector")

    async with await connect() as connection:
        await install(connection, model)
    async with vault_of(database) as vault:
        follower = Projector(model, keys=vault)
        async with writing(database, keys=vault) as do, asking(database) as ask, following(database, follower):
            yield Showing(do, ask)
        await rebuild(connect, model, vault)
        assert all(checked.equal for checked in await verify(connect, model, vault))


class House:
    """What tests do with it."""

    def __init__(self, database: Database, file: Path, at: datetime) -> None:
        self.database = database
        self.time = at
        self._file = file
        self.sandbox: Sandbox
        self.do: Do

    def now(self) -> datetime:
        return self.time

    @asynccontextmanager
    async def open(self) -> AsyncGenerator[None]:
        """An engine, which has forgotten everything that it knew before."""
        await make_models(self.database)
        store = Store(self._file)
        self.sandbox = Sandbox(store, Notices(store, "secret"), secret="secret", clock=self, public_url="")  # noqa: S106
        gateways = Choosing({"sandbox": self.sandbox})
        async with vault_of(self.database) as vault, PostgresLedger(lambda: self.database.connect("app"), 1) as ledger:
            self.do = Do(ledger, vault, now=self.now)
            wanted = [one for one in policies() if one.context in CONTEXTS]
            follow = reactors(wanted, self.do, PostgresJobs(), vault, {Gateways: gateways})
            shown = [Projector(model, keys=vault) for model in MODELS]
            scheduler = Scheduler(0, lambda: self.database.connect("projector"), self.do, self)
            async with following(self.database, *follow, *shown):
                timers = asyncio.create_task(scheduler.run())
                try:
                    yield
                finally:
                    timers.cancel()
                    await asyncio.gather(timers, return_exceptions=True)
        await gateways.close()

    async def settled(self) -> None:
        """Wait until nothing is due, and nothing follows any more."""

        async def none_due() -> bool:
            return await self._count("followers.timers where due <= %s", self.time) == 0

        while True:
            before = await self._count("ledger.facts")
            for context in CONTEXTS:
                await caught_up(self.database, f"policies.{context}")
            await until(none_due)
            if before == await self._count("ledger.facts"):
                break
        for model in MODELS:
            await caught_up(self.database, model.name)

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

    async def across(self, deciding: Deciding) -> None:
        await self.do.across(*deciding[:3], caller(), beside=deciding.beside)
        await self.settled()

    async def creator(self, who: PersonId, zone: str | None, country: str = "US") -> None:
        """Somebody who is paid for what they make, and has said all to the gateway."""
        for one in (Invite(who, f"{who}@example.org", None, "Maria", Mark("m")), Activate()):
            await self.do(PERSON.at(who), one, caller())
        await self.do(PERSON.at(who), SetPreferences(who, time_zone=zone), caller())
        for command in (TurnOn(ELIGIBLE), Onboard("sandbox", country, "one")):
            await self.do(CREATOR.at(who), command, caller())
        await self.settled()
        account = (await self.do.look(TENANT, CREATOR.at(who))).account
        assert isinstance(account, Linked)
        self.sandbox.onboard(account.reference)
        await self.do(CREATOR.at(who), TellAccount("sandbox", account.reference, enabled=True), caller())

    async def made(self, who: PersonId, kind: Kind, work: str) -> None:
        await self.do(AUTHORSHIP.at(kind, work), Name(who), caller())

    async def pay(self, payment: str, purpose: Purpose, amount: int, currency: str = "USD") -> None:
        wish = Initiate(BEN, purpose, Money(amount, currency), "sandbox", "sandbox:success", FAR)
        await self.do(PAYMENT.at(payment), wish, caller())
        await self.settled()

    async def give(self, payment: str, to: PersonId, amount: int, currency: str = "USD") -> None:
        money = Money(amount, currency)
        gift = Gift(BEN, to, money, "sandbox:success", "sandbox", "thanks", anonymous=False, at=self.time)
        await self.across(donating(PaymentId(payment), gift))

    async def refund(self, payment: str, amount: int, currency: str = "USD") -> None:
        wish = AskRefund(RefundId(f"back-{amount}"), Money(amount, currency), "rain")
        await self.across(settling(PaymentId(payment), wish))

    async def lose(self, payment: str, amount: int, currency: str = "USD") -> None:
        """The payer's bank takes it back, and keeps it."""
        for state in ("open", "lost"):
            await self.across(settling(PaymentId(payment), TellDispute("d", state, Money(amount, currency))))

    async def told(self) -> Counter[str]:
        """How many facts there are of each type."""
        return Counter([type_ for (type_,) in await rows(self.database, "select type from ledger.facts")])

    async def letters(self, job: Job, what: str) -> list[str]:
        """What each letter of a kind says."""
        found = await rows(
            self.database,
            "select (message #>> '{args,0}')::json -> 'order' ->> %s from jobs.queue "
            "where message ->> 'actor_name' = %s order by 1",
            (what, job.name),
        )
        return [said for (said,) in found]

    async def sent(self) -> list[tuple[str, str]]:
        """When something was set apart to be paid out, and how much of it."""
        found = await rows(
            self.database,
            "select at, data::json #>> '{money,amount}', data::json #>> '{money,currency}' from ledger.facts "
            "where type = 'creators.PayoutReserved' order by position",
        )
        return [(f"{at.astimezone(UTC):%Y-%m-%d %H:%M}", f"{amount} {currency}") for at, amount, currency in found]

    async def owed(self, currency: str = "USD") -> int:
        """What the journal says that we owe creators."""
        found = await rows(
            self.database,
            "select sum(credits - debits) from payments_journal.balances "
            "where kind = 'creator_payable' and currency = %s",
            (currency,),
        )
        return int(found[0][0] or 0)

    async def _count(self, what: str, *values: Any) -> int:
        found = await rows(self.database, f"select count(*) from {what}", values)  # noqa: S608 — our own words
        return int(found[0][0])


async def everything_once_more(house: House) -> None:
    """As if every commit of the followers was lost: another engine handles each fact, and each timer, again."""
    before = await house.told()
    await rows(
        house.database, "update followers.checkpoints set position = 0 where follower like 'policies.%%' returning 1"
    )
    async with house.open():
        await house.settled()
    assert await house.told() == before
