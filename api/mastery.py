"""The port `Mastery`, as long as progress alone tells it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from application.adapting import Evidence, mastery_of
from application.ledger import TenantId
from domain.kernel import CourseId, LearnerId
from projections.model import Ask
from projections.progress.how_far import evidence


class ShownMastery:
    """What the read model of progress shows, by the rule of `application.adapting`."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask

    async def of(self, tenant: TenantId, learner: LearnerId, courses: Sequence[CourseId]) -> Mapping[CourseId, int]:
        found = await evidence(self._ask, tenant, learner, courses)
        return {
            one.course: mastery_of(Evidence(one.course, one.completed, one.required, one.begun, one.done))
            for one in found
        }
