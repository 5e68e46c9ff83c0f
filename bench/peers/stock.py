"""The stock `eventsourcing` Postgres recorder, application and projection runner, set up as documented."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID, uuid4

from eventsourcing.application import Application
from eventsourcing.dispatch import singledispatchmethod
from eventsourcing.domain import Aggregate, event
from eventsourcing.persistence import StoredEvent, Tracking
from eventsourcing.postgres import PostgresDatastore, PostgresFactory, PostgresTrackingRecorder
from eventsourcing.projection import Projection, ProjectionRunner
from eventsourcing.utils import Environment
from psycopg.conninfo import conninfo_to_dict
from psycopg.sql import SQL


def environment(url: str) -> dict[str, str]:
    part = conninfo_to_dict(url)
    return {
        "PERSISTENCE_MODULE": "eventsourcing.postgres",
        "POSTGRES_DBNAME": str(part["dbname"]),
        "POSTGRES_HOST": str(part.get("host", "127.0.0.1")),
        "POSTGRES_PORT": str(part.get("port", "5432")),
        "POSTGRES_USER": str(part.get("user", "postgres")),
        "POSTGRES_PASSWORD": str(part.get("password", "unused")),
    }


def appends_per_second(url: str, count: int, clients: int, data: bytes) -> float:
    """One event a call, as many calls in flight as there are clients."""
    with PostgresFactory(Environment("stock", environment(url))) as factory:
        recorder = factory.application_recorder()

        def append(_: int) -> None:
            recorder.insert_events([StoredEvent(uuid4(), 1, "enrollments.LearnerEnrolled", data)])

        with ThreadPoolExecutor(clients) as pool:
            begun = time.perf_counter()
            for _ in pool.map(append, range(count)):
                pass
            return count / (time.perf_counter() - begun)


class Enrollment(Aggregate):
    """The same enrolment as a declarative aggregate."""

    @event("Enrolled")
    def __init__(self, course: str, learner: str, lessons: tuple[str, ...]) -> None:
        self.course = course
        self.learner = learner
        self.left = set(lessons)

    @event("LessonCompleted")
    def complete(self, lesson: str) -> None:
        self.left.discard(lesson)


class School(Application[UUID]):
    """The stock application."""

    name = "school"

    def enroll(self, course: str, learner: str, lessons: tuple[str, ...]) -> str:
        enrollment = Enrollment(course, learner, lessons)
        self.save(enrollment)
        return str(enrollment.id)


class RosterRecorder(PostgresTrackingRecorder):
    """A roster as wide as ours, kept with the stock tracking recorder."""

    def __init__(self, datastore: PostgresDatastore, **options: Any) -> None:
        super().__init__(datastore, **options)
        self.sql_create_statements.append(
            SQL(
                "create table if not exists stock_roster (stream text primary key, course text, learner text, "
                "lessons int, done int default 0)"
            ).format()
        )

    def enrol(self, stream: str, course: str, learner: str, lessons: int, tracking: Tracking) -> None:
        with self.datastore.transaction(commit=True) as cursor:
            self._insert_tracking(cursor, tracking)
            cursor.execute(
                "insert into stock_roster (stream, course, learner, lessons) values (%s, %s, %s, %s)",
                (stream, course, learner, lessons),
                prepare=True,
            )


class Roster(Projection[RosterRecorder]):
    name = "stock_roster"
    topics = ()

    @singledispatchmethod
    def process_event(self, domain_event: Any, tracking: Tracking) -> None:
        if isinstance(domain_event, Enrollment.Enrolled):  # type: ignore[attr-defined]
            self.view.enrol(
                str(domain_event.originator_id),
                domain_event.course,
                domain_event.learner,
                len(domain_event.lessons),
                tracking,
            )


def projected_per_second(url: str, count: int) -> float:
    """Facts a second that the stock runner brings into its view."""
    env = environment(url)
    school = School(env)
    for start in range(0, count, 500):
        school.save(*(Enrollment("biology", f"learner-{n}", ("a", "b")) for n in range(start, min(count, start + 500))))
    last = school.recorder.max_notification_id()
    school.close()
    begun = time.perf_counter()
    with ProjectionRunner(
        application_class=School, projection_class=Roster, view_class=RosterRecorder, env=env
    ) as runner:
        runner.projection.view.wait("school", last, timeout=120)
        return count / (time.perf_counter() - begun)
