"""How long one is in: half an hour with one token, a week without coming back. The clock of the API is moved."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, cast
from uuid import UUID, uuid4

import httpx

from adapters.tokens import issue
from api.app import create_app
from api.settings import Settings, new_token_key
from api.settings_agree import DEVELOPMENT_KEY
from tests.api.visiting import ANOTHER, PASSWORD
from tests.proves import proves
from tests.servers import Database

TENANT = str(uuid4())


class MovedClock:
    """The time of this machine, and so much more."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@asynccontextmanager
async def api_of(
    database: Database, clock: MovedClock, key: str = DEVELOPMENT_KEY, before: str = ""
) -> AsyncGenerator[httpx.AsyncClient]:
    """The API within this process."""
    settings = Settings(
        database_url=database.url, token_key=key, token_key_before=before, rate_limit_enabled=False, log_level="error"
    )
    app = create_app(settings, clock)
    async with (
        app.lifespan(),
        httpx.AsyncClient(
            transport=httpx.ASGITransport(cast("Any", app)),
            base_url="http://127.0.0.1",
            headers={"Annals-Tenant": TENANT},
        ) as client,
    ):
        yield client


async def came_in(client: httpx.AsyncClient) -> dict[str, str]:
    body = {"address": "ada@school.example", "name": "Ada", "password": PASSWORD}
    assert (await client.post("/api/register", json=body)).status_code in {200, 409}
    answer = await client.post("/api/login", json={"name": "ada@school.example", "password": PASSWORD})
    assert answer.status_code == 200, answer.text
    pair: dict[str, str] = answer.json()
    return pair


async def asks(client: httpx.AsyncClient, pair: dict[str, str]) -> int:
    """What a command of theirs is answered with: a session that is not there, or no longer being in."""
    headers = {"Authorization": f"Bearer {pair['access']}", "Idempotency-Key": str(uuid4())}
    return (await client.post("/api/me/sessions/none/end", headers=headers)).status_code


async def refreshed(client: httpx.AsyncClient, pair: dict[str, str]) -> httpx.Response:
    return await client.post("/api/refresh", json={"refresh": pair["refresh"]})


@proves("auth.jwt_lifetimes")
async def test_an_access_token_lasts_half_an_hour_and_a_refresh_token_a_week(database: Database) -> None:
    clock = MovedClock()
    async with api_of(database, clock) as client:
        pair = await came_in(client)
        assert await asks(client, pair) == 404
        clock.ahead = timedelta(minutes=29)
        assert await asks(client, pair) == 404
        clock.ahead = timedelta(minutes=31)
        assert await asks(client, pair) == 401
        answer = await refreshed(client, pair)
        assert answer.status_code == 200
        pair = answer.json()
        assert await asks(client, pair) == 404
        clock.ahead += timedelta(days=7, seconds=-5)
        assert await asks(client, pair) == 401
        answer = await refreshed(client, pair)
        assert answer.status_code == 200
        clock.ahead += timedelta(days=7, seconds=1)
        late = await refreshed(client, answer.json())
        assert (late.status_code, late.json()["code"]) == (401, "refresh.refused")


@proves("auth.bruteforce_guard")
async def test_a_lock_is_over_when_it_is_over(database: Database) -> None:
    clock = MovedClock()
    async with api_of(database, clock) as client:
        await came_in(client)
        right, wrong = ({"name": "ada@school.example", "password": said} for said in (PASSWORD, "a wrong guess"))
        for _ in range(5):
            await client.post("/api/login", json=wrong)
        assert (await client.post("/api/login", json=right)).status_code == 429
        clock.ahead = timedelta(minutes=14, seconds=50)
        assert (await client.post("/api/login", json=right)).status_code == 429
        clock.ahead = timedelta(minutes=15, seconds=1)
        assert (await client.post("/api/login", json=right)).status_code == 200


@proves("auth.email_verification", "auth.password_reset")
async def test_another_link_may_be_asked_for_a_minute_later(database: Database) -> None:
    clock = MovedClock()
    async with api_of(database, clock) as client:
        headers = {"Authorization": f"Bearer {(await came_in(client))['access']}"}
        answers: list[httpx.Response] = []
        for ahead in (0, 59, 61):
            clock.ahead = timedelta(seconds=ahead)
            answers.append(await client.post("/api/verify-address/resend", headers=headers))
        assert [answer.status_code for answer in answers] == [200, 429, 200]


@proves("tenant.password_policy")
async def test_a_password_that_is_too_old_is_refused_where_the_tenant_says_so(database: Database) -> None:
    clock = MovedClock()
    async with api_of(database, clock) as client:
        await came_in(client)
        operator = issue(DEVELOPMENT_KEY, UUID(TENANT), "operator", ("*",), 3600)
        adopted = await client.post(
            "/api/password-policy",
            json={"length": 15, "classes": 0, "history": 0, "expires_after_days": 30},
            headers={"Authorization": f"Bearer {operator}", "Idempotency-Key": "adopt"},
        )
        assert adopted.status_code == 200, adopted.text
        clock.ahead = timedelta(days=29)
        pair = await came_in(client)
        clock.ahead = timedelta(days=31)
        right = {"name": "ada@school.example", "password": PASSWORD}
        answer = await client.post("/api/login", json=right)
        assert (answer.status_code, answer.json()["code"]) == (403, "password.expired")
        pair = (await refreshed(client, pair)).json()
        body = {"current": PASSWORD, "password": ANOTHER}
        headers = {"Authorization": f"Bearer {pair['access']}"}
        assert (await client.post("/api/password/change", json=body, headers=headers)).status_code == 200
        answer = await client.post("/api/login", json={**right, "password": ANOTHER})
        assert answer.status_code == 200, answer.text


@proves("auth.secret_key_stable")
async def test_who_is_in_stays_in_over_a_restart_and_over_a_new_key(database: Database) -> None:
    clock, new = MovedClock(), new_token_key()
    async with api_of(database, clock) as client:
        pair = await came_in(client)
    async with api_of(database, clock) as client:
        assert await asks(client, pair) == 404
    async with api_of(database, clock, new, DEVELOPMENT_KEY) as client:
        assert await asks(client, pair) == 404
        newer = (await refreshed(client, pair)).json()
    async with api_of(database, clock, new) as client:
        assert await asks(client, newer) == 404
        assert await asks(client, pair) == 401
    async with api_of(database, clock) as client:
        assert await asks(client, newer) == 401
