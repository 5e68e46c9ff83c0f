"""Payments from the command to the enrolment that it opens, through one API, one engine and the sandbox; the books."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import msgspec
import psycopg

from bench.facts import TENANT
from bench.ground import Ground
from bench.load import request
from bench.pace import Connection
from bench.result import Result, held, median
from bench.serving import Server, bearer, followed, ours
from bench.tokens import token

RUSH = 3_000
A_SECOND = 300
SECONDS = 10
CONNECTIONS = 32
ENTRIES = 1_000_000
AMOUNT = 4900
PRICE: dict[str, object] = {"amount": AMOUNT, "currency": "EUR"}
PAY = {**PRICE, "method": "sandbox:success"}

_ACTIVE = "select count(*) from ledger.facts where tenant = %s and type = 'enrollments.LearnerEnrolled'"
_TIMES = """
with paid as materialized (
  select at, data->'purpose'->>'learner' as learner from ledger.facts
  where tenant = %(tenant)s and type = 'payments.PaymentInitiated' and data->'purpose'->>'learner' like %(like)s
), active as materialized (
  select at, split_part(stream, ':', 3) as learner from ledger.facts
  where tenant = %(tenant)s and type = 'enrollments.LearnerEnrolled'
)
select count(*), extract(epoch from max(active.at) - min(paid.at))::float8,
  percentile_cont(0.5) within group (order by extract(epoch from active.at - paid.at) * 1000)::float8,
  percentile_cont(0.99) within group (order by extract(epoch from active.at - paid.at) * 1000)::float8
from paid join active using (learner)
"""
_BALANCED = """
select sum(debits) = sum(credits) and sum(debits) = %s from payments_journal.totals where tenant = %s
"""
_FILL = """
insert into payments_journal.entries
select %(tenant)s, 'filled-' || n, 0, now(), 'filled-' || n, 'captured', '[]'::json
from generate_series(1, %(count)s::int) as n
"""
_FILL_ACCOUNTS = """
insert into payments_journal.balances
select %(tenant)s, 'creator_payable', 'creator-' || n, 'EUR', 0, 100 from generate_series(1, 10000) as n
"""


async def measure(ground: Ground) -> AsyncIterator[Result]:
    url = ground.database("payments")
    async with ours(ground, url) as annals, followed(ground, url, annals):
        await _set_up(annals, url)
        rushed = await _rush(annals, url)
        paced = await _paced(annals, url)
        asked = await _books(annals, url)
    yield held("payments captured, entered and opening a course", rushed, "payments/s", bar=A_SECOND)
    pace = f"at {A_SECOND} payments/s"
    yield held(f"from paying to an active enrolment, {pace}, median", paced[0], "ms", bar=500, at="most")
    yield held(f"from paying to an active enrolment, {pace}, p99", paced[1], "ms", bar=500, at="most")
    yield held(f"trial balance over {ENTRIES:,} entries", asked, "ms", bar=50, at="most")


async def _set_up(annals: Server, url: str) -> None:
    """A course that costs something, and everyone waiting to pay for it."""
    about: object = {"course": "stars", "title": "Stars", "level": "introductory", "summary": "", "department": ""}
    module, item = (
        {"module": "night", "title": "Night"},
        {"item": "one", "module": "night", "kind": "text", "title": "One"},
    )
    steps: tuple[tuple[str, object], ...] = (
        ("", about),
        ("/stars/price", PRICE),
        ("/stars/modules", module),
        ("/stars/items", item),
        ("/stars/publish", {}),
    )
    for path, body in steps:
        await _command(annals, f"/api/courses{path}", body, "set-up" + path)
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        priced = "select count(*) from ledger.facts where tenant = %s and type = 'enrollments.EnrollingPriced'"
        await _until(connection, priced, 1)
    headers = {**bearer(token()), "Idempotency-Key": "enrol-{n}"}
    for name, count in (("rush", RUSH), ("paced", A_SECOND * SECONDS)):
        wish = {"course": "stars", "learner": name + "-{n}", "lessons": ["one"]}
        keyed = {**headers, "Idempotency-Key": f"enrol-{name}-{{n}}"}
        await annals.load("POST", "/api/enrollments", count, body=wish, headers=keyed)


async def _rush(annals: Server, url: str) -> float:
    """All at once; how many a second, from the first command to the last enrolment."""
    headers = {**bearer(token()), "Idempotency-Key": "pay-rush-{n}"}
    await annals.load("POST", "/api/courses/stars/learners/rush-{n}/pay", RUSH, body=PAY, headers=headers)
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        await _until(connection, _ACTIVE, RUSH)
        count, seconds, _, _ = await _times(connection, "rush-%")
        assert count == RUSH
        return count / seconds


async def _paced(annals: Server, url: str) -> tuple[float, float]:
    """Each when it is its time; how long until the enrolment, median and p99."""
    where = urlsplit(annals.url)
    count = A_SECOND * SECONDS
    numbers = iter(range(count))
    begin = time.perf_counter() + 0.5
    body = msgspec.json.encode(PAY)

    async def client() -> None:
        connection = Connection(*await asyncio.open_connection(where.hostname, where.port))
        for number in numbers:
            await asyncio.sleep(begin + number / A_SECOND - time.perf_counter())
            headers = {**bearer(token()), "Idempotency-Key": f"pay-paced-{number}"}
            path = f"/api/courses/stars/learners/paced-{number}/pay"
            await connection.ask(request("POST", path, headers, body))

    await asyncio.gather(*(client() for _ in range(CONNECTIONS)))
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        await _until(connection, _ACTIVE, RUSH + count)
        counted, _, middle, slow = await _times(connection, "paced-%")
        assert counted == count
        # Both sides of every entry, and every payment entered once.
        await _until(connection, "select count(*) from payments_journal.entries where tenant = %s", RUSH + count)
        cursor = await connection.execute(_BALANCED, [(RUSH + count) * AMOUNT, TENANT])
        assert await cursor.fetchone() == (True,)
        return middle, slow


async def _books(annals: Server, url: str) -> float:
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        await connection.execute(_FILL, {"tenant": TENANT, "count": ENTRIES})
        await connection.execute(_FILL_ACCOUNTS, {"tenant": TENANT})
    where = urlsplit(annals.url)
    connected = Connection(*await asyncio.open_connection(where.hostname, where.port))
    asked: list[float] = []
    for _ in range(200):
        begun = time.perf_counter()
        await connected.ask(request("GET", "/api/journal/trial-balance", bearer(token())))
        asked.append((time.perf_counter() - begun) * 1000)
    return median(asked)


async def _times(connection: psycopg.AsyncConnection[tuple[object, ...]], like: str) -> tuple[int, float, float, float]:
    cursor = await connection.execute(_TIMES, {"tenant": TENANT, "like": like})
    found = await cursor.fetchone()
    return msgspec.convert(found, tuple[int, float, float, float])


async def _until(connection: psycopg.AsyncConnection[tuple[object, ...]], sql: str, count: int) -> None:
    async with asyncio.timeout(120):
        while True:
            found = await (await connection.execute(sql.encode(), [TENANT])).fetchone()
            if found is not None and found[0] == count:
                return
            await asyncio.sleep(0.05)


async def _command(annals: Server, path: str, body: object, key: str) -> None:
    where = urlsplit(annals.url)
    connection = Connection(*await asyncio.open_connection(where.hostname, where.port))
    headers = {**bearer(token()), "Idempotency-Key": key}
    await connection.ask(request("POST", path, headers, msgspec.json.encode(body)))
