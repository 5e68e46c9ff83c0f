"""Restoring to a position and to a time, who was erased since, and what is refused."""

from __future__ import annotations

import asyncio
import shutil
from base64 import urlsafe_b64encode
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from adapters.embedded.postgres import UNSAFE_BUT_FAST, EmbeddedPostgres
from adapters.postgres.backups.copying import copy, expire, verify
from adapters.postgres.backups.lives import BackupFailed, Life
from adapters.postgres.backups.receiving import Receiver, life_of, release
from adapters.postgres.backups.restoring import Restored, restore
from adapters.postgres.backups.targets import At, Latest, Target, Upto, life_in
from adapters.postgres.connect import lending
from adapters.postgres.followers.projector import Projector
from adapters.postgres.followers.rebuild import verify as compare
from adapters.postgres.followers.scheduler import Scheduler
from adapters.postgres.migrate import ensure_database, migrate
from adapters.postgres.vault import PostgresVault
from api.clock import SystemClock
from api.receiver import Receiving
from application.do import Do
from application.erasing import parts
from domain.kernel import PersonId
from domain.privacy.subject import SUBJECT, Asked, AskErasure
from projections.enrollments import roster
from tests.faults.client import Intent, check
from tests.followers.running import TENANT, caller, caught_up, enroll, following, make_models, rows, until, writing
from tests.proves import proves
from tests.servers import Database, folder

KEY = urlsafe_b64encode(bytes(32)).decode()
STREAMS = "select stream from ledger.facts order by position"
WAITING = "select pid from pg_stat_activity where wait_event = 'SyncRep' and backend_type = 'client backend'"


@dataclass
class Kept:
    """A server of its own, and the folder that its backups are in."""

    place: Path
    server: EmbeddedPostgres
    life: Life
    receiver: Receiver

    @property
    def database(self) -> Database:
        return Database(self.server, "annals")

    def receive(self) -> None:
        with psycopg.connect(self.server.url, autocommit=True) as connection:
            self.receiver.start(connection)

    def copy(self) -> None:
        with psycopg.connect(self.server.url, autocommit=True) as connection:
            copy(connection, self.server.url, self.life)

    def destroy(self) -> None:
        """Kill -9 the server and take away all it had."""
        self.server.kill()
        shutil.rmtree(self.place / "postgres")

    async def restored(self, target: Target) -> Restored:
        """What restoring did, in place of the server that was destroyed."""

        def do() -> Restored:
            models = [roster.MODEL]
            into = self.place / "postgres"
            did = restore(self.life, target, into, models, say=lambda _: None, to_disk=False)
            self.server.start()
            return did

        return await asyncio.to_thread(do)


@contextmanager
def kept() -> Generator[Kept]:
    with folder() as place:
        server = EmbeddedPostgres(place / "postgres", UNSAFE_BUT_FAST)
        server.start()
        ensure_database(server.database_url("annals"))
        migrate(server.database_url("annals"))
        with psycopg.connect(server.url, autocommit=True) as connection:
            life = life_of(connection, server.url, place / "backups")
        with Receiver(server.url, life) as receiver:
            try:
                yield Kept(place, server, life, receiver)
            finally:
                server.stop()


async def following_roster(database: Database) -> None:
    async with following(database, Projector(roster.MODEL)):
        await caught_up(database, roster.MODEL.name)


async def fired(database: Database, do: Do) -> None:
    """Every timer that is due was fired."""

    async def none_waits() -> bool:
        return not await rows(database, "select 1 from followers.timers")

    scheduler = asyncio.create_task(Scheduler(0, lambda: database.connect("projector"), do, SystemClock()).run())
    await until(none_waits)
    scheduler.cancel()
    await asyncio.gather(scheduler, return_exceptions=True)


@pytest.mark.long
async def test_an_older_state_is_that_very_commit_and_who_was_erased_since_is_erased_in_it() -> None:
    with kept() as there:
        there.receive()
        await make_models(there.database)
        there.copy()
        async with writing(there.database) as do:
            await enroll(do, "ada")
            vault = PostgresVault(lending(there.database.dsn("app")), KEY)
            await vault.keys(TENANT, ["ada", "bob"], make=True)
            await following_roster(there.database)
            before = await enroll(do, "bob")
            moment = datetime.now(UTC)
            await do(SUBJECT.at(PersonId("ada")), AskErasure(PersonId("ada"), parts()), caller())
            await vault.destroy(TENANT, "ada")
            await enroll(do, "cleo")
        with pytest.raises(BackupFailed, match="is there already"):
            await there.restored(Latest())
        there.destroy()

        with pytest.raises(BackupFailed, match="0 facts are at position 99"):
            await there.restored(Upto(0, 99))
        with pytest.raises(BackupFailed, match="before the oldest copy"):
            await there.restored(At(moment - timedelta(days=1)))

        did = await there.restored(Upto(0, before.position))
        assert (did.heads, did.erased_again, did.emptied) == ({"annals": [before.position]}, 1, 1)
        found = "select person from vault.keys where wrapped is not null and person <> ''"
        assert await rows(there.database, found) == [("bob",)]
        # Nobody waits for a receiver that there is not, and what was emptied is made again.
        async with writing(there.database) as do:
            await enroll(do, "dora")
            # That she asked to be forgotten is not known in this state, so she does so anew.
            await fired(there.database, do)
            subject = await do.look(TENANT, SUBJECT.at(PersonId("ada")))
            assert subject == Asked(PersonId("ada"), parts())
        await following_roster(there.database)
        compared = await compare(lambda: there.database.connect("projector"), roster.MODEL)
        assert all(one.equal for one in compared)
        there.destroy()

        did = await there.restored(At(moment))
        assert [stream for (stream,) in await rows(there.database, STREAMS)][-1].endswith(":bob")
        assert did.erased_again == 1
        there.destroy()

        did = await there.restored(At(datetime.now(UTC)))
        assert did.to == "the latest"
        assert [stream for (stream,) in await rows(there.database, STREAMS)][-1].endswith(":cleo")
        # A server that was restored begins a life of its own, in the same folder.
        with psycopg.connect(there.server.url, autocommit=True) as connection:
            other = life_of(connection, there.server.url, there.place / "backups")
            assert other.name > there.life.name
            assert life_in(there.place / "backups", None).name == other.name
            assert other.server == there.life.server


@pytest.mark.long
async def test_control_without_a_receiver_what_came_after_the_copy_is_lost() -> None:
    with kept() as there:
        there.copy()
        async with writing(there.database) as do:
            await enroll(do, "ada")
        there.destroy()
        await there.restored(Latest())
        intent = Intent("a key", "/api/enrollments", {"course": "art", "learner": "ada"}, [(200, "")])
        with pytest.raises(AssertionError, match="an acknowledged one is lost"):
            await check(there.database.url, [intent])


@pytest.mark.long
async def test_a_commit_that_nobody_received_is_not_acknowledged_even_if_its_wait_is_called_off() -> None:
    with kept() as there:
        there.receive()
        there.receiver.kill()
        async with writing(there.database) as do:
            asked = asyncio.create_task(enroll(do, "ada"))

            async def waits() -> bool:
                return bool(await rows(there.database, WAITING))

            await until(waits)
            for (waiting,) in await rows(there.database, WAITING):
                await rows(there.database, "select pg_cancel_backend(%s)", (waiting,))

            async def is_kept_here() -> bool:
                return bool(await rows(there.database, STREAMS))

            await until(is_kept_here)
            await until(waits)
            assert not asked.done()
            there.receive()
            receipt = await asked
        there.copy()
        there.destroy()
        there.receiver.stop()
        await there.restored(Latest())
        assert await rows(there.database, STREAMS) == [(receipt.stream,)]


@pytest.mark.long
@proves("data.backup")
async def test_copies_are_made_when_they_are_due_and_each_is_tried_out() -> None:
    with kept() as there:
        tried: list[str] = []
        receiving = Receiving(
            there.server.url,
            there.place / "backups",
            every=timedelta(0),
            keep=2,
            say=lambda _: None,
            try_out=lambda life: tried.append(life.copies()[-1].name),
        )
        running = asyncio.create_task(asyncio.to_thread(receiving.run))

        async def some() -> bool:
            return len(tried) > 2

        try:
            await until(some, 60)
        finally:
            receiving.stop()
            await running
        assert len(set(tried)) == len(tried)
        assert len(there.life.copies()) <= 3


@pytest.mark.long
async def test_a_copy_that_was_changed_is_refused_and_old_ones_make_room() -> None:
    with kept() as there:
        there.receive()
        there.copy()
        (one,) = there.life.copies()
        verify(one)
        with psycopg.connect(there.server.url, autocommit=True) as connection:
            copy(connection, there.server.url, there.life)
            assert expire(there.life, 1) == [one.name]
            assert [old.name for old in there.life.copies()] != [one.name]
            release(connection)
            assert connection.execute("select slot_name from pg_replication_slots").fetchall() == []
        (left,) = there.life.copies()
        file = left.path / "PG_VERSION"
        file.write_text("17\n", encoding="utf-8")
        with pytest.raises(BackupFailed, match="PG_VERSION"):
            verify(left)
