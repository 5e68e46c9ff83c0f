"""No caller is admitted more often than its rate allows, however many processes it asks at once."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from psycopg_pool import AsyncConnectionPool

from adapters.postgres.limits import Limits
from adapters.postgres.revocations import revoke
from adapters.tokens import Tokens
from api.settings_agree import DEVELOPMENT_KEY
from tests.api.serving import Client, Served, serving, token
from tests.proves import proves
from tests.servers import Database


@asynccontextmanager
async def limits(database: Database, count: int, **options: Any) -> AsyncGenerator[list[Limits]]:
    """As many processes would have them: each with a pool of its own."""
    pools = [
        AsyncConnectionPool[Any](database.dsn("app"), min_size=1, max_size=4, open=False, kwargs={"autocommit": True})
        for _ in range(count)
    ]
    for pool in pools:
        await pool.open()
    try:
        yield [Limits(pool, **options) for pool in pools]
    finally:
        for pool in pools:
            await pool.close()


@proves("sec.rate_limit")
@pytest.mark.parametrize("limit", [10, 60, 1_000, 6_400])
async def test_together_they_never_admit_more(database: Database, limit: int) -> None:
    async with limits(database, 4, window_s=86_400) as processes:
        asked = [one.admit("query", "ada", limit) for one in processes for _ in range(limit // 2 + 20)]
        standings = await asyncio.gather(*asked)
        admitted = sum(standing.admitted for standing in standings)
        assert admitted == limit
        assert all(0 <= standing.remaining < limit for standing in standings)
        assert (await processes[0].admit("query", "ben", limit)).admitted
        assert (await processes[0].admit("command", "ada", limit)).admitted


@proves("sec.rate_limit")
async def test_a_new_window_starts_anew(database: Database) -> None:
    async with limits(database, 2, window_s=1) as (one, two):
        admitted = 0
        began = asyncio.get_running_loop().time()
        while asyncio.get_running_loop().time() < began + 2.5:
            admitted += sum([(await process.admit("query", "ada", 5)).admitted for process in (one, two)])
        assert 10 <= admitted <= 20


@proves("sec.rate_limit")
def test_one_more_than_allowed_is_refused_and_told_when_to_come_back(database: Database) -> None:
    with serving(database, count=2, RATE_LIMIT_QUERY="60") as served:
        tenant = uuid4()
        for subject in ("ada", "ben"):
            answers = _alternately(served, tenant, subject, 61)
            resets = [int(answer.headers["RateLimit-Reset"]) for answer in answers]
            if resets == sorted(resets, reverse=True):
                break  # All came within one minute.
        assert [answer.status_code for answer in answers] == [200] * 60 + [429]
        assert {answer.headers["RateLimit-Limit"] for answer in answers} == {"60"}
        refused = answers[-1]
        assert refused.json()["code"] == "rate.exceeded"
        assert 1 <= int(refused.headers["Retry-After"]) <= 61
        assert refused.headers["RateLimit-Remaining"] == "0"
        assert {answer.status_code for answer in _alternately(served, tenant, "cy", 2)} == {200}


def _alternately(served: list[Served], tenant: UUID, subject: str, count: int) -> list[httpx.Response]:
    with Client(served[0], tenant, subject=subject) as one, Client(served[1], tenant, subject=subject) as two:
        return [(one, two)[number % 2].get("/api/facts") for number in range(count)]


@proves("sec.rate_limit", "cert.verify")
def test_who_has_no_token_is_counted_by_address_and_cannot_forge_it(database: Database) -> None:
    with serving(database, RATE_LIMIT_PUBLIC="5", RATE_LIMIT_ENTRANCE="5") as (served,):
        statuses = [
            httpx.get(f"{served.url}/api/facts", headers={"X-Forwarded-For": f"10.0.0.{number}"}).status_code
            for number in range(12)
        ]
        assert statuses[:5] == [401] * 5
        assert 429 in statuses[5:]
        guessed = [
            httpx.get(f"{served.url}/api/verify/{number}", params={"tenant": str(uuid4())}).status_code
            for number in range(12)
        ]
        assert guessed[:5] == [200] * 5
        assert 429 in guessed[5:]


@proves("sec.rate_limit")
def test_a_trusted_proxy_is_believed_about_the_last_hop_only(database: Database) -> None:
    with serving(database, RATE_LIMIT_PUBLIC="5", TRUSTED_PROXIES="127.0.0.0/8,10.9.0.0/16") as (served,):

        def ask(forwarded: str) -> int:
            return httpx.get(f"{served.url}/api/facts", headers={"X-Forwarded-For": forwarded}).status_code

        assert [ask(f"10.1.0.{number}") for number in range(8)] == [401] * 8
        forged = [ask(f"10.2.0.{number}, 10.3.0.1, 10.9.0.1") for number in range(12)]
        assert 429 in forged[5:]


def test_they_can_be_switched_off(database: Database) -> None:
    with (
        serving(database, RATE_LIMIT_QUERY="1", RATE_LIMIT_ENABLED="false") as (served,),
        Client(served, uuid4()) as one,
    ):
        answers = [one.get("/api/facts") for _ in range(5)]
        assert {answer.status_code for answer in answers} == {200}
        assert "RateLimit-Limit" not in answers[0].headers


def test_a_revoked_token_is_refused_by_all_processes(database: Database) -> None:
    with serving(database, count=2) as served:
        headers = {"Authorization": f"Bearer {token(uuid4())}"}

        def statuses() -> list[int]:
            return [httpx.get(f"{one.url}/api/facts", headers=headers).status_code for one in served]

        assert statuses() == [200, 200]
        principal = Tokens(DEVELOPMENT_KEY).bearer(headers["Authorization"].encode())
        revoke(database.dsn("app"), principal.token, datetime.now(UTC) + timedelta(hours=1), "console")
        deadline = time.monotonic() + 5
        while statuses() != [401, 401]:
            assert time.monotonic() < deadline
            time.sleep(0.05)
