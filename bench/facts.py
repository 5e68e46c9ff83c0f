"""Facts to measure with: enrolments like those of a busy morning."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from uuid_utils.compat import uuid7

from application.catalogue import encode
from application.ledger import Caller, Entry, Fact, TenantId
from domain.enrollments.events import LearnerEnrolled
from domain.kernel import CourseId, LearnerId, LessonId

TENANT = TenantId(UUID("01900000-0000-7000-8000-000000000001"))
LESSONS = tuple(LessonId(f"lesson-{n}") for n in range(5))


def caller(key: str | None = None) -> Caller:
    return Caller(
        TENANT, "ada", "POST /api/enrollments", uuid7(), key=key, digest=bytes(32), origin={"address": "127.0.0.1"}
    )


def entry(number: int, *, course: str = "biology") -> Entry:
    """One enrolment of one learner, ready to append."""
    stream = f"enrollment:{course}:learner-{number}"
    event = LearnerEnrolled(CourseId(course), LearnerId(f"learner-{number}"), LESSONS)
    fact = Fact(stream, 1, *encode(event), uuid7())
    return Entry(uuid7(), "enrollments.Enroll", caller(), datetime.now(UTC), stream, 1, ((stream, 0),), (fact,))
