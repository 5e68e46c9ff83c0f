"""How much of each of these courses has a learner begun, and how much done? Asked of the read model of progress."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import msgspec

from domain.kernel import CourseId, LearnerId, Value
from projections.model import Ask
from projections.progress import how_far


class OfCourse(Value):
    """So many items are required; so many of them are begun, and so many done."""

    course: CourseId
    completed: bool
    required: int
    begun: int
    done: int


_found = msgspec.json.Decoder(tuple[OfCourse, ...])


async def evidence(
    ask: Ask, tenant: UUID, learner: LearnerId, courses: Sequence[CourseId], *, min_position: int = 0
) -> tuple[OfCourse, ...]:
    """What is known of a learner on each of these courses that they were ever on."""
    _, found = await ask(how_far.MODEL, "evidence", tenant, (learner, " ".join(courses)), min_position)
    return _found.decode(found)
