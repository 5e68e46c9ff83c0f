"""What is next for a learner, as the mastery of courses has it that is known now.

Until there is a study context that knows it from answers and reviews, mastery is told by what is recorded of progress:
who has completed a course masters it wholly. Else each of its required items that is done counts one, each that is
begun and not done counts nothing, and each that is not begun counts a half, as nothing is known of it; two halves are
counted besides, so that little evidence says little. The mean of these is the mastery, in percent.
"""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from application.ledger import TenantId
from application.ports import Mastery
from domain.kernel import CourseId, LearnerId, Value
from domain.paths import adapting
from domain.paths.adapting import UNKNOWN, Next, next_step

Ahead = adapting.Ahead
Reason = adapting.Reason


class Evidence(Value):
    """What is recorded of a learner on a course: of how many required items, how many are begun, how many done."""

    course: CourseId
    completed: bool
    required: int
    begun: int
    done: int


def mastery_of(evidence: Evidence) -> int:
    """In percent."""
    if evidence.completed:
        return 100
    if not evidence.required:
        return UNKNOWN
    halves = 2 * evidence.done + (evidence.required - evidence.begun) + 2
    return 100 * halves // (2 * (evidence.required + 2))


class Way(Value):
    """A learner on a path whose steps these are, in order."""

    learner: LearnerId
    steps: tuple[Ahead, ...]
    done: tuple[CourseId, ...] = ()
    completed: bool = False


async def what_is_next(mastery: Mastery, tenant: UUID, way: Way) -> tuple[Next, Mapping[CourseId, int]]:
    """What is next, and the mastery that it was decided on."""
    remedies = [one.remedy for one in way.steps if one.remedy is not None]
    courses = tuple(dict.fromkeys([*(one.course for one in way.steps), *remedies]))
    known: Mapping[CourseId, int] = {} if way.completed else await mastery.of(TenantId(tenant), way.learner, courses)
    return next_step(way.steps, way.done, known, completed=way.completed), known
