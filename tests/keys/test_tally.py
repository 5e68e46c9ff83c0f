"""How calls are counted, and told."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from adapters.postgres.ledger import PostgresLedger
from application.do import Do
from application.ledger import Entry, Ledger, TenantId, Unavailable, Verdict
from application.tally import Counted, Tally
from domain.kernel import PersonId
from domain.keys.api_key_use import API_KEY_USE
from tests.followers.running import rows, writing
from tests.servers import Database

TENANT = TenantId(uuid4())
ONE, TWO = (Counted(TENANT, PersonId("ada"), key) for key in ("one", "two"))
MIDNIGHT = datetime(2026, 11, 22, tzinfo=UTC)

TOLD = """
select data ->> 'person', stream, c ->> 'day', c ->> 'endpoint', (c ->> 'calls')::int, (c ->> 'errors')::int
from ledger.facts, json_array_elements(data -> 'calls') c where type = 'keys.ApiKeyUsed' order by position, 3, 4
"""


class Away:
    """A ledger that keeps what it is given, and then cannot say so, for a while."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self.read = ledger.read
        self.snapshot = ledger.snapshot
        self.is_away = False

    async def append(self, entry: Entry) -> Verdict:
        verdict = await self._ledger.append(entry)
        if self.is_away:
            raise Unavailable("nobody knows whether it was kept")
        return verdict


async def test_calls_are_told_once_a_key_by_day_and_endpoint(database: Database) -> None:
    now = MIDNIGHT - timedelta(seconds=1)
    async with writing(database) as do:
        tally = Tally(do, lambda: now)
        for number in range(100):
            tally.count(ONE, "GET /a", failed=number % 50 == 0)
        tally.count(TWO, "POST /b", failed=False)
        now = MIDNIGHT
        tally.count(ONE, "GET /a", failed=False)
        await tally.tell()
        await tally.tell()
    assert await rows(database, TOLD) == [
        ("ada", "api-key-use:one", "2026-11-21", "GET /a", 100, 2),
        ("ada", "api-key-use:one", "2026-11-22", "GET /a", 1, 0),
        ("ada", "api-key-use:two", "2026-11-21", "POST /b", 1, 0),
    ]


async def test_what_is_told_twice_counts_once(database: Database) -> None:
    async with PostgresLedger(lambda: database.connect("app"), 1) as ledger:
        away = Away(ledger)
        tally = Tally(Do(away))
        tally.count(ONE, "GET /a", failed=False)
        away.is_away = True
        await tally.tell()
        tally.count(ONE, "GET /a", failed=True)
        away.is_away = False
        await tally.tell()
        assert (await rows(database, "select count(*)::int from ledger.facts")) == [(2,)]
        assert [row[3:] for row in await rows(database, TOLD)] == [("GET /a", 1, 0), ("GET /a", 1, 1)]
        assert API_KEY_USE.at("one").name == "api-key-use:one"


async def test_who_is_stopped_tells_everything_first(database: Database) -> None:
    async with writing(database) as do:
        tally = Tally(do)
        running = asyncio.create_task(tally.run())
        tally.count(ONE, "GET /a", failed=False)
        await asyncio.sleep(0)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        assert len(await rows(database, TOLD)) == 1
