"""A ledger to ask, and things to ask of it."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import psycopg

from adapters.postgres.connect import connect
from adapters.postgres.gathering import OnRetry
from adapters.postgres.ledger import AfterCommit, PostgresLedger
from application.catalogue import encode
from application.ledger import Caller, Entry, Fact, TenantId
from domain.enrollments.enrollment import ENROLLMENT, Enroll
from domain.enrollments.enrollment import Command as EnrollmentCommand
from domain.enrollments.enrollment import State as EnrollmentState
from domain.enrollments.events import EnrollmentEvent, LessonCompleted
from domain.kernel import CourseId, LearnerId, LessonId, Stream

TENANT = TenantId(UUID("018f0000-0000-7000-8000-000000000000"))
OTHER_TENANT = TenantId(UUID("018f0000-0000-7000-8000-000000000001"))


def caller(key: str | None = None, *, digest: bytes | None = None, tenant: TenantId = TENANT) -> Caller:
    return Caller(tenant, "ada", "POST /api/enrollments", uuid4(), key=key, digest=digest)


def entry(stream: str, after: int = 0, *, facts: int = 1, tenant: TenantId = TENANT) -> Entry:
    """A command that completes lessons on a stream it saw at a version."""
    event = encode(LessonCompleted(LessonId("one")))
    kept = tuple(Fact(stream, after + n, *event, uuid4()) for n in range(1, facts + 1))
    now = datetime.now(UTC)
    who = caller(tenant=tenant)
    return Entry(uuid4(), "enrollments.CompleteLesson", who, now, stream, after + facts, ((stream, after),), kept)


def enrollment(learner: str, course: str = "art") -> Stream[EnrollmentState, EnrollmentCommand, EnrollmentEvent]:
    return ENROLLMENT.at(course, learner)


def enroll(learner: str, course: str = "art", lessons: Iterable[str] = ("one", "two")) -> Enroll:
    return Enroll(CourseId(course), LearnerId(learner), tuple(LessonId(lesson) for lesson in lessons))


@asynccontextmanager
async def ledger_on(
    dsn: str, logs: int = 1, *, after_commit: AfterCommit | None = None, on_retry: OnRetry | None = None
) -> AsyncGenerator[PostgresLedger]:
    async with PostgresLedger(lambda: connect(dsn), logs, after_commit=after_commit, on_retry=on_retry) as ledger:
        yield ledger


async def rows(url: str, query: str, *parameters: object) -> Sequence[tuple[Any, ...]]:
    """What Postgres itself says, whoever asks."""
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        return await (await connection.execute(query.encode(), parameters or None)).fetchall()


async def one(url: str, query: str, *parameters: object) -> Any:
    """The single value of a query."""
    ((value,),) = await rows(url, query, *parameters)
    return value
