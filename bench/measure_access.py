"""What it takes to let somebody in, on a warm process: whose token it is, how they stand, how often they came."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any, cast

from litestar.types import Scope
from psycopg_pool import AsyncConnectionPool
from uuid_utils.compat import uuid7

from adapters.postgres.connect import connect, dsn
from adapters.postgres.followers.hearing import Ears
from adapters.postgres.followers.watch import HeadWatch
from adapters.postgres.ledger import PostgresLedger
from adapters.postgres.limits import Limits
from adapters.postgres.vault import PostgresVault
from adapters.tokens import Tokens, issue
from api.commands.enrollments import withdraw
from api.http.call import Call
from api.http.gate import Gate, permit
from api.http.keys import ApiKeys
from api.http.metrics import Requests
from api.http.rates import Rates
from api.settings import Settings
from api.settings_agree import DEVELOPMENT_KEY, DEVELOPMENT_VAULT_KEY
from application.access import appointing
from application.api_key_texts import new_key
from application.do import Do
from application.ledger import Caller
from application.permissions import STAFF, STUDENT
from application.standing.memory import Standings
from application.tally import Tally
from bench.facts import TENANT
from bench.ground import Ground
from bench.result import Result, held, median
from domain.access.events import Scope as Where
from domain.access.grants import GRANTS
from domain.kernel import PersonId, SecretId
from domain.keys.api_key import API_KEY, Issue

COURSES = 50
TIMES = 20_000
WARM = 2_000
DAY_S = 86_400


async def measure(ground: Ground) -> AsyncIterator[Result]:
    url = dsn(ground.database("access"), "app")
    tokens = Tokens(DEVELOPMENT_KEY)
    async with _standing(url) as (pool, standings, do):
        person = PersonId(str(uuid7()))
        for number in range(COURSES):
            await _grant(do, person, STAFF, Where(f"course:course-{number}"))
        await _grant(do, person, STUDENT)
        # No minute may end while it is measured: who begins one asks the database.
        rates = Rates(Limits(pool, window_s=DAY_S), Settings(rate_limit_command=1_000_000_000), Requests())
        vault = PostgresVault(pool.connection, DEVELOPMENT_VAULT_KEY)
        gate = Gate(tokens, ApiKeys(do.look, vault, Tally(do), lambda: True), rates, standings)
        header = f"Bearer {issue(DEVELOPMENT_KEY, TENANT, person, None, 3600)}".encode()
        calls = _calls(header)
        await gate.admit(next(calls), withdraw.needs)
        calls_with_key = _calls(await _with_key(do, vault, person))
        await gate.admit(next(calls_with_key), withdraw.needs)
        principal = await standings.look(tokens.bearer(header))

        def decide(call: Call) -> None:
            known = standings.now(principal)
            assert known is not None
            permit(known, withdraw.needs, call)

        def let_in(call: Call) -> None:
            assert gate.admit_now(call, withdraw.needs) is not None

        name = f"deciding whether somebody may, with a role on each of {COURSES} courses"
        yield held(f"{name}, median", _each_us(decide, calls), "µs", bar=5, at="most")
        yield held(
            "token, permission and rate of one request, median", _each_us(let_in, calls), "µs", bar=40, at="most"
        )
        yield held(
            "API key, permission and rate of one request, median",
            _each_us(let_in, calls_with_key),
            "µs",
            bar=40,
            at="most",
        )


def _each_us(do: Callable[[Call], None], calls: Iterator[Call]) -> float:
    """How long one takes, in the middle of many, each for a request of its own."""
    taken: list[int] = []
    for _ in range(TIMES + WARM):
        call = next(calls)
        begun = time.perf_counter_ns()
        do(call)
        taken.append(time.perf_counter_ns() - begun)
    return median(taken[WARM:]) / 1_000


def _calls(header: bytes) -> Iterator[Call]:
    """Requests, each with a header of its own as it comes from the wire."""
    while True:
        scope = {
            "method": "POST",
            "path": "/api/enrollments/course-7/ada/withdraw",
            "path_params": {"course": "course-7", "learner": "ada"},
            "headers": [(b"authorization", bytes(bytearray(header)))],
        }
        yield Call(cast("Scope", scope), ())


async def _grant(do: Do, person: str, role: Any, scope: Where | None = None) -> None:
    await do(GRANTS.at(person), appointing(role, scope), Caller(TENANT, "bench", "bench", uuid7()))


async def _with_key(do: Do, vault: PostgresVault, person: PersonId) -> bytes:
    """The header of a program of theirs."""
    key = new_key(TENANT)
    secret = SecretId(str(await vault.keep(TENANT, person, "api_key", key.digest)))
    issued = Issue(person, "bench", ("enrollments.*",), secret, datetime.now(UTC))
    await do(API_KEY.at(key.id), issued, Caller(TENANT, "bench", "bench", uuid7()))
    return f"Bearer {key.text}".encode()


@asynccontextmanager
async def _standing(url: str) -> AsyncGenerator[tuple[AsyncConnectionPool[Any], Standings, Do]]:
    """The memory of a process that hears, as the API composes it."""

    async def reach() -> Any:
        return await connect(url)

    pool = AsyncConnectionPool[Any](url, min_size=1, max_size=2, kwargs={"autocommit": True}, open=False)
    async with pool, PostgresLedger(reach, 1) as ledger, HeadWatch(reach) as watch:
        vault = PostgresVault(pool.connection, DEVELOPMENT_VAULT_KEY)
        do = Do(ledger, vault)
        ears = Ears(reach, watch, vault)
        standings = Standings(do.look, ears.attentive)
        ears.listen(standings.types, standings.hear)
        hearing = asyncio.create_task(ears.run())
        while not ears.attentive():  # noqa: ASYNC110 — it is Postgres that we wait for
            await asyncio.sleep(0.01)
        try:
            yield pool, standings, do
        finally:
            hearing.cancel()
            await asyncio.gather(hearing, return_exceptions=True)
