"""The library's own tests of a recorder, unmodified, on our tables; and its applications on our ledger."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from threading import Thread
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event
from eventsourcing.persistence import (
    ApplicationRecorder,
    IntegrityError,
    ProcessRecorder,
    StoredEvent,
    TrackingRecorder,
)
from eventsourcing.tests import persistence as library
from psycopg.conninfo import conninfo_to_dict

from adapters.eventsourcing import FactMapper, LedgerFactory, Told, data_to_state, state_to_data
from application.do import Do
from domain.enrollments.events import LearnerEnrolled
from domain.kernel import CourseId, LearnerId, LessonId
from tests.ledger.asking import OTHER_TENANT, TENANT, caller, enroll, enrollment, entry, ledger_on, one, rows
from tests.proves import proves
from tests.servers import Database

MODULE = "adapters.eventsourcing:LedgerFactory"


def environment(database: Database, **more: str) -> dict[str, str]:
    """The environment of an application of the library, on this database."""
    at = conninfo_to_dict(database.url)
    return {
        "PERSISTENCE_MODULE": MODULE,
        "ANNALS_TENANT": str(TENANT),
        "POSTGRES_DBNAME": str(at["dbname"]),
        "POSTGRES_HOST": str(at["host"]),
        "POSTGRES_USER": str(at["user"]),
        "POSTGRES_PASSWORD": "",
        **more,
    }


@contextmanager
def factory_on(database: Database, **more: str) -> Generator[LedgerFactory]:
    factory = LedgerFactory(environment(database, **more))
    with factory:
        yield factory


@pytest.fixture(autouse=True)
def _database_of_the_case(request: pytest.FixtureRequest, database: Database) -> Iterator[None]:
    """The library's cases are classes of `unittest`: each is given the factory it is to use."""
    with factory_on(database) as factory:
        case: Any = request.instance
        if case is not None:
            case.factory = factory
        yield


@proves("es.store")
class TestRecorder(library.ApplicationRecorderTestCase[Any]):
    factory: LedgerFactory

    def create_recorder(self) -> ApplicationRecorder:
        return self.factory.application_recorder()

    def test_insert_subscribe(self) -> None:
        self.optional_test_insert_subscribe()


class TestTrackingRecorder(library.TrackingRecorderTestCase):
    factory: LedgerFactory

    def create_recorder(self) -> TrackingRecorder:
        return self.factory.tracking_recorder()


class TestProcessRecorder(library.ProcessRecorderTestCase):
    factory: LedgerFactory

    def create_recorder(self) -> ProcessRecorder:
        return self.factory.process_recorder()


class TestPositionsAreNotInterleaved(library.NonInterleavingNotificationIDsBaseCase):
    insert_num = 100
    factory: LedgerFactory

    def create_recorder(self) -> ApplicationRecorder:
        return self.factory.application_recorder()


class Dog(Aggregate):
    """As in the library's first pages."""

    @event("Named")
    def __init__(self, name: str) -> None:
        self.name = name
        self.tricks: list[str] = []

    @event("Learned")
    def learn(self, trick: str) -> None:
        self.tricks.append(trick)


class Dogs(Application[UUID]):
    is_snapshotting_enabled = True

    def dog(self, id_: UUID) -> Dog:
        found: object = self.repository.get(id_)
        assert isinstance(found, Dog)
        return found


async def test_an_application_of_the_library_runs_on_the_ledger(database: Database) -> None:
    with Dogs(env=environment(database)) as dogs:
        fido = Dog("Fido")
        fido.learn("roll")
        dogs.save(fido)
        fido.learn("fetch")
        dogs.save(fido)
        dogs.take_snapshot(fido.id)
    with Dogs(env=environment(database)) as dogs:
        assert dogs.dog(fido.id).tricks == ["roll", "fetch"]
        assert [note.id for note in dogs.notification_log.select(1, 10)] == [1, 2, 3]
        late = dogs.dog(fido.id)
        fido.learn("sit")
        dogs.save(fido)
        late.learn("stay")
        with pytest.raises(IntegrityError):
            dogs.save(late)
    facts = await rows(database.url, "select stream, version, data->>'trick', by from ledger.facts order by position")
    assert facts == [
        (str(fido.id), version, trick, "eventsourcing")
        for version, trick in enumerate((None, "roll", "fetch", "sit"), 1)
    ]
    assert await one(database.url, "select count(*) from ledger.commands") == 3


def test_our_own_facts_are_events_of_the_library(database: Database) -> None:
    told = environment(database, ORIGINATOR_ID_TYPE="text", MAPPER_TOPIC="adapters.eventsourcing:FactMapper")
    lessons = (LessonId("one"), LessonId("two"))
    with Application[str](env=told) as app:
        assert isinstance(app.mapper, FactMapper)
        bob = Told("enrollment:art:bob", 1, LearnerEnrolled(CourseId("art"), LearnerId("bob"), lessons))
        app.events.put([bob])
        assert list(app.events.get("enrollment:art:bob")) == [bob]


async def test_what_do_has_written_the_library_reads(database: Database) -> None:
    async with ledger_on(database.dsn("app")) as ledger:
        await Do(ledger)(enrollment("ada"), enroll("ada"), caller())
        await ledger.append(entry("enrollment:art:foreign", tenant=OTHER_TENANT))
    with factory_on(database, ORIGINATOR_ID_TYPE="text") as factory:
        recorder = factory.application_recorder()
        (note,) = recorder.select_notifications(1, 10)
        assert recorder.max_notification_id() == 1
    assert (note.originator_id, note.topic) == ("enrollment:art:ada", "enrollments.LearnerEnrolled")
    with factory_on(database) as factory:
        assert not factory.application_recorder().select_notifications(1, 10), "this one knows only UUIDs"
        assert factory.application_recorder().max_notification_id() is None


STATES = [
    b"",
    b"{}",
    b' {"a" : 1.0}\n',
    b'"text"',
    b"null",
    b"7",
    b"\x00\xff",
    b'{"nul": "\x00"}',
    "\u00fc".encode("latin-1"),
    b"[NaN]",
]


def test_state_is_kept_to_the_byte(database: Database) -> None:
    id_ = uuid4()
    with factory_on(database) as factory:
        recorder = factory.application_recorder()
        recorder.insert_events([StoredEvent(id_, n, "any", state) for n, state in enumerate(STATES, 1)])
        assert [stored.state for stored in recorder.select_events(id_)] == STATES
        assert [stored.state for stored in recorder.select_events(id_, gt=2, lte=4, desc=True)] == STATES[3:1:-1]
    assert [data_to_state(state_to_data(state)) for state in STATES] == STATES
    assert state_to_data(STATES[2]).encode() == STATES[2], "JSON is kept as it is"


def test_a_subscription_outlives_its_connection(database: Database) -> None:
    id_ = uuid4()
    with factory_on(database) as factory:
        recorder = factory.application_recorder()
        recorder.insert_events([StoredEvent(id_, 1, "any", b"{}")])
        with recorder.subscribe(gt=0) as subscription:
            assert next(subscription).originator_version == 1
            with psycopg.connect(database.url, autocommit=True) as killer:
                killer.execute(
                    "select pg_terminate_backend(pid) from pg_stat_activity "
                    "where datname = current_database() and pid <> pg_backend_pid()"
                )
            writer = Thread(target=recorder.insert_events, args=([StoredEvent(id_, 2, "any", b"{}")],))
            writer.start()
            assert next(subscription).originator_version == 2
            writer.join()


def test_it_must_be_said_whose_facts_they_are(database: Database) -> None:
    env = environment(database)
    del env["ANNALS_TENANT"]
    with pytest.raises(OSError, match="ANNALS_TENANT"):
        LedgerFactory(env)
