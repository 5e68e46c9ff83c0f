"""Kill -9 of the engine at each step of a payout, and at any moment of many: each is paid once, or there again."""

from __future__ import annotations

import asyncio
import random
import sqlite3
import time
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from psycopg_pool import AsyncConnectionPool

from adapters.postgres.ledger import PostgresLedger
from adapters.postgres.vault import PostgresVault
from api.clock import SystemClock
from api.gateways import gateways_of
from api.settings import Settings
from api.settings_agree import DEVELOPMENT_KEY, DEVELOPMENT_VAULT_KEY
from application.do import Do
from application.ledger import Caller, TenantId
from application.paying_out import handing_over
from application.paymaster import SENDS_MAX
from domain.creators.events import PayoutId, PayoutReserved
from domain.creators.payout import PAYOUT, AskAgain, Reserved
from tests.api.people import MANY, Person
from tests.api.serving import serving
from tests.creators.earning import Studio, done, stream
from tests.payments.paying import soon
from tests.payments.test_killed import engine
from tests.proves import proves
from tests.servers import Database

PAYOUTS = 24
KILLS = 4
PAID = 1000 + 1001 + 1002 + 1003
MOVES_S_MAX = 90.0


@asynccontextmanager
async def by_hand(studio: Studio) -> AsyncGenerator[Do]:
    """What an engine does, done here, as far as it came."""
    database = studio.api.database
    async with (
        AsyncConnectionPool[Any](
            database.dsn("app"), min_size=1, max_size=2, open=False, kwargs={"autocommit": True}
        ) as pool,
        PostgresLedger(lambda: database.connect("app"), 1) as ledger,
    ):
        yield Do(ledger, PostgresVault(pool.connection, DEVELOPMENT_VAULT_KEY))


async def as_far_as(studio: Studio, payout: str, sandbox: Path, *, sent: bool = False, tries: int = 0) -> None:
    """An engine handed it over, asked so often, perhaps had it sent, and heard no more."""
    tenant = TenantId(studio.tenant)
    async with by_hand(studio) as do:
        state = await do.look(tenant, PAYOUT.at(payout))
        assert isinstance(state, Reserved)
        about: PayoutReserved = state.about
        step = handing_over(PayoutId(payout), about)
        caller = Caller(tenant, "policy", "policy", uuid4())
        await do.across(step.streams, step.decide, step.command, caller, beside=step.beside)
        if tries:
            again = Caller(tenant, "policy", "policy", uuid4())
            await do(PAYOUT.at(payout), AskAgain(tries), again)
    if sent:
        gateways = gateways_of(Settings(sandbox_file=sandbox), SystemClock())
        await gateways.named("sandbox", tenant).transfer(about.account, about.money, f"{payout}.transfer")


@pytest.mark.long
@proves("pay.payouts")
def test_an_engine_that_was_killed_at_any_step_goes_on_from_there(database: Database, tmp_path: Path) -> None:
    sandbox = tmp_path / "sandbox.db"
    shared: dict[str, Any] = {"SANDBOX_FILE": str(sandbox), "RATE_LIMIT_COMMAND": MANY, "RATE_LIMIT_QUERY": MANY}
    environment = {"DATABASE_URL": database.url, "ANNALS_TOKEN_KEY": DEVELOPMENT_KEY, **shared}
    log = tmp_path / "engine.log"
    with ExitStack() as clients:
        (api,) = clients.enter_context(serving(database, **shared))
        studio = Studio(api, clients)
        with engine(environment, log):
            maria, refused = studio.creator(), studio.creator("ZZ")
            studio.given(maria, 10_000)
            studio.given(refused, 1_000)
        payouts = [stream(studio.pay_out(maria, 1000 + step)) for step in range(5)]
        failing = stream(studio.pay_out(refused, 900))
        asyncio.run(as_far_as(studio, payouts[1], sandbox))
        asyncio.run(as_far_as(studio, payouts[2], sandbox, sent=True))
        asyncio.run(as_far_as(studio, failing, sandbox, sent=True))
        # A day later nothing is sent any more: what arrived is paid, and what did not is there again.
        asyncio.run(as_far_as(studio, payouts[3], sandbox, sent=True, tries=SENDS_MAX))
        asyncio.run(as_far_as(studio, payouts[4], sandbox, tries=SENDS_MAX))
        assert transfers(sandbox) == 3
        with engine(environment, log):
            soon(lambda: studio.holds(maria), (9000 - PAID, 0, PAID))
            soon(lambda: studio.holds(refused), (900, 0, 0))
            soon(lambda: studio.balance()["gateway_clearing"], 11_000 - PAID)
        assert transfers(sandbox) == 5
        soon(lambda: (1004, "failed", "payout.timed_out") in studio.reasons(maria), expected=True)
        told = Counter(facts(studio))
        assert (told["creators.PayoutSettled"], told["creators.PayoutFailed"]) == (4, 2)
        _kill_at_random(studio, maria, environment, log)
        assert transfers(sandbox) == 5 + PAYOUTS


def _kill_at_random(studio: Studio, maria: Person, environment: dict[str, str], log: Path) -> None:
    for _ in range(PAYOUTS):
        done(studio.pay_out(maria, 100))
    for _ in range(KILLS):
        have, more = len(facts(studio)), random.randint(1, 2 * PAYOUTS // KILLS)  # noqa: S311
        with engine(environment, log):
            _until_moved(studio, have + more)
    with engine(environment, log):
        soon(lambda: studio.holds(maria), (9000 - PAID - 100 * PAYOUTS, 0, PAID + 100 * PAYOUTS))
        soon(lambda: studio.balance()["creator_payouts"], 0)
    told = Counter(facts(studio))
    assert told["creators.PayoutSettled"] == told["creators.EarningsPaidOut"] == 4 + PAYOUTS


def _until_moved(studio: Studio, count: int) -> None:
    """Wait until there are so many facts, or there is nothing more to come."""
    end = time.monotonic() + MOVES_S_MAX
    while len(found := facts(studio)) < count and Counter(found)["creators.PayoutSettled"] < 4 + PAYOUTS:
        assert time.monotonic() < end, len(found)
        time.sleep(0.01)


def facts(studio: Studio) -> list[str]:
    """The types of all facts of this school."""
    with psycopg.connect(studio.api.database.url) as connection:
        said = "select type from ledger.facts where tenant = %s"
        return [str(row[0]) for row in connection.execute(said, [studio.tenant])]


def transfers(sandbox: Path) -> int:
    """How often the sandbox sent money, or tried to."""
    with sqlite3.connect(sandbox) as connection:
        ((count,),) = connection.execute("select count(*) from things where kind = 'transfer'").fetchall()
    connection.close()
    return int(count)
