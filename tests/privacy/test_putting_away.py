"""What is due is put away when its time comes, with a clock that is moved; and brought back as it was."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
from psycopg_pool import ConnectionPool

from adapters.blind import KeyedBlind
from adapters.jobs import PostgresJobs
from adapters.object_store import ObjectStoreFiles, files_in
from adapters.postgres.followers.reactor import reactors
from adapters.postgres.followers.scheduler import Scheduler
from adapters.postgres.ledger import PostgresLedger
from adapters.postgres.retained import PostgresRetained
from api.desk import WorkersDesk
from api.doer import DeskDoer
from api.settings import Settings
from api.settings_agree import DEVELOPMENT_VAULT_KEY
from application.bulk import Desk
from application.do import Do
from application.jobs import Doer, jobs
from application.policies import policies
from application.ports import Files, Folders, Retained
from application.retaining import AT_ONCE, checksum
from domain.privacy.archive import ARCHIVE, Archived, AskRestore, Restoring
from domain.privacy.events import DataClass
from domain.privacy.retention import RETENTION, Hold, Release, SetRetention
from tests.followers.running import TENANT, caller, caught_up, following, rows, until
from tests.progress.test_policies import HandSetClock
from tests.proves import proves
from tests.servers import Database
from tests.vault.opening import vault_on

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
DAY = timedelta(days=1)
NOTICES: DataClass = "notices"


class House:
    """A ledger with the policies of a context and timers, whose clock is moved, and a worker that does its jobs."""

    def __init__(
        self, database: Database, do: Do, clock: HandSetClock, work: Callable[[], int], context: str = "privacy"
    ) -> None:
        self.database, self.do, self.clock, self._work, self._context = database, do, clock, work, context

    async def settled(self) -> None:
        """All is answered and done, and nothing is due."""

        async def still() -> bool:
            before = await self._moved()
            await caught_up(self.database, f"policies.{self._context}")
            worked = await asyncio.to_thread(self._work)
            return worked == 0 and before == await self._moved() and before[1] == 0

        await until(still)

    async def _moved(self) -> tuple[int, int]:
        """How many facts there are, and how many timers are due."""
        ((facts, due),) = await rows(
            self.database,
            "select (select count(*) from ledger.facts), (select count(*) from followers.timers where due <= %s)",
            (self.clock.time,),
        )
        return facts, due

    async def wait(self, time: timedelta) -> None:
        self.clock.time += time
        await self.settled()

    async def secrets(self) -> set[str]:
        found = await rows(self.database, "select id::text from vault.secrets where kind = 'gateway.notice'")
        return {id_ for (id_,) in found}


@asynccontextmanager
async def house(database: Database, files: ObjectStoreFiles, context: str = "privacy") -> AsyncGenerator[House]:
    clock = HandSetClock(NOON)

    async def connect() -> Any:
        return await database.connect("projector")

    with (
        ConnectionPool[Any](database.dsn("app"), min_size=1, max_size=2, open=True) as pool,
        WorkersDesk(Settings(database_url=database.url), KeyedBlind(DEVELOPMENT_VAULT_KEY)) as desk,
    ):
        ports: dict[type, Any] = {
            Files: files,
            Folders: files,
            Retained: PostgresRetained(pool),
            Desk: desk,
            Doer: DeskDoer(desk),
        }

        def work() -> int:
            with pool.connection() as connection:
                taken = connection.execute("delete from jobs.queue returning message").fetchall()
            for (message,) in taken:
                jobs()[message["actor_name"]].do(message["args"][0].encode(), ports)
            return len(taken)

        async with PostgresLedger(lambda: database.connect("app"), 1) as ledger, vault_on(database) as vault:
            do = Do(ledger, vault, now=clock.now)
            wanted = [one for one in policies() if one.context == context]
            async with following(database, *reactors(wanted, do, PostgresJobs())):
                timers = asyncio.create_task(Scheduler(0, connect, do, clock).run())
                try:
                    yield House(database, do, clock, work, context)
                finally:
                    timers.cancel()
                    await asyncio.gather(timers, return_exceptions=True)


def files_of(folder: Path) -> list[Path]:
    return list(folder.rglob("*.jsonl"))


async def keep(database: Database, count: int, made_at: datetime) -> set[str]:
    """So many notices came in then."""
    async with vault_on(database, DEVELOPMENT_VAULT_KEY) as vault:
        ids = [await vault.keep(TENANT, "", "gateway.notice", f"notice {number}".encode()) for number in range(count)]
        await vault.keep(TENANT, "", "identity-provider", b"is not put away")
    await rows(database, "update vault.secrets set made_at = %s where id = any (%s) returning 1", (made_at, ids))
    return {str(id_) for id_ in ids}


async def said(database: Database, ids: set[str]) -> set[bytes | None]:
    async with vault_on(database, DEVELOPMENT_VAULT_KEY) as vault:
        return {await vault.look(TENANT, UUID(id_)) for id_ in ids}


@proves("privacy.retention")
async def test_what_is_due_is_put_away_with_a_checksum_and_restored_and_a_hold_stops_it(
    database: Database, tmp_path: Path
) -> None:
    files = files_in(tmp_path)
    old = await keep(database, AT_ONCE + 5, NOON - 40 * DAY)
    young = await keep(database, 3, NOON - DAY)
    before = await said(database, old)
    async with house(database, files) as there:
        stream = RETENTION.at(NOTICES)
        await there.do(stream, Hold("case-7", "a court wants them"), caller())
        await there.do(stream, SetRetention(3, NOON), caller())
        await there.settled()
        assert await there.secrets() == old | young, "a hold stops it"
        await there.do(stream, Release("case-7"), caller())
        await there.settled()
        assert await there.secrets() == old | young, "it is looked once a day"
        await there.wait(DAY)
        assert await there.secrets() == young
        assert await rows(database, "select count(*) from vault.secrets where kind = 'identity-provider'") == [(2,)]
        told = await rows(
            database,
            "select stream, data from ledger.facts where type = 'privacy.DataArchived' order by position",
        )
        assert {item for _, data in told for item in data["items"]} == old
        assert [len(data["items"]) for _, data in told] == [AT_ONCE, 5]
        for _, data in told:
            kept = files.read(TENANT, data["kept"])
            assert kept is not None
            assert checksum(kept.content) == data["sha256"]
            assert b"notice 1" not in kept.content, "it is put away as it was sealed"

        await there.do(stream, Hold("case-8", "they are looked at"), caller())
        for archive, _ in told:
            await there.do(ARCHIVE.at(archive.partition(":")[2]), AskRestore(), caller())
        await there.settled()
        assert await there.secrets() == old | young
        assert await said(database, old) == before, "it is what it was"
        await there.wait(2 * DAY)
        assert await there.secrets() == old | young, "and stays, for it is held"
        await there.do(stream, Release("case-8"), caller())
        await there.wait(DAY)
        assert await there.secrets() == set()


@proves("privacy.retention")
async def test_a_file_that_was_changed_is_not_restored(database: Database, tmp_path: Path) -> None:
    files = files_in(tmp_path)
    await keep(database, 2, NOON - 40 * DAY)
    async with house(database, files) as there:
        await there.do(RETENTION.at(NOTICES), SetRetention(30, NOON), caller())
        await there.settled()
        ((name, data),) = await rows(
            database, "select stream, data from ledger.facts where type = 'privacy.DataArchived'"
        )
        (file,) = files_of(tmp_path)
        content = file.read_bytes()
        archive = ARCHIVE.at(name.partition(":")[2])
        for changed in (content.replace(b"gateway", b"getaway"), None):
            file.unlink() if changed is None else file.write_bytes(changed)
            await there.do(archive, AskRestore(), caller())
            await there.settled()
            state = await there.do.look(TENANT, archive)
            assert isinstance(state, Archived)
            assert not isinstance(state, Restoring)
        assert await there.secrets() == set()
        failed = await rows(
            database, "select data ->> 'why' from ledger.facts where type = 'privacy.RestoreFailed' order by position"
        )
        assert failed == [("it is not what was put away",), ("it is gone",)]
        assert msgspec.json.decode(content.splitlines()[0])["kind"] == "gateway.notice"
        assert len(data["items"]) == 2


@proves("privacy.retention")
async def test_a_job_that_broke_off_goes_on_with_the_very_same_file(database: Database, tmp_path: Path) -> None:
    files = files_in(tmp_path)
    ids = await keep(database, 4, NOON - 40 * DAY)
    async with house(database, files) as there:
        await there.do(RETENTION.at(NOTICES), SetRetention(30, NOON), caller())
        await caught_up(database, "policies.privacy")
        await until(lambda: _ordered(database))
        ((message,),) = await rows(database, "select message from jobs.queue")
        await there.settled()
        (file,) = files_of(tmp_path)
        content = file.read_bytes()
        # Everything once more, as if it had been killed before it was crossed off; and something came in late.
        late = await keep(database, 1, NOON - 40 * DAY)
        await rows(
            database,
            "insert into jobs.queue (message_id, state, message) values (%s, 'queued', %s) returning 1",
            (message["message_id"], msgspec.json.encode(message).decode()),
        )
        await there.settled()
        assert file.read_bytes() == content
        archived = await rows(database, "select data -> 'items' from ledger.facts where type = 'privacy.DataArchived'")
        assert sorted(item for (items,) in archived for item in items) == sorted(ids | late)


async def _ordered(database: Database) -> bool:
    return await rows(database, "select count(*) from jobs.queue") == [(1,)]
