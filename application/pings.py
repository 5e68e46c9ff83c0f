"""What players and readers say every few seconds of how far one is: kept in this process, and told now and then.

A fact for every ping would be a write for each of a thousand learners every few seconds. So what is heard of a learner
in an item is one fact an INTERVAL_S, the furthest of what was said. A process that is killed loses what it had not
told yet, of the last INTERVAL_S; one that is stopped tells everything first. As a sitting says its seconds from its
beginning, what was lost is made good by the next ping of the same sitting, whichever process hears it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from uuid import UUID

import structlog
from uuid_utils.compat import uuid7

from application.do import Do
from application.ledger import Caller, Conflict, Receipt, TenantId, Unavailable
from domain.kernel import CourseId, ItemId, LearnerId, Rejected, Value
from domain.progress.events import Reached
from domain.progress.progress import PROGRESS, Report
from domain.progress.syllabus import SYLLABUS, Syllabus

log = structlog.get_logger()

INTERVAL_S = 10.0
AT_ONCE = 200
"""So many learners are told of at once."""


class Watched(Value):
    """Who is where, and on whose word."""

    tenant: TenantId
    course: CourseId
    learner: LearnerId
    item: ItemId
    sitting: str
    by: str


class Gathered(Receipt):
    """It was heard, and is written within the interval; at position 0 there is nothing of it to be seen yet."""


class _Untold(Value):
    """What is to be told of one sitting. Told again under the same id, it counts once."""

    id: UUID
    of: Watched
    reach: Reached


class Pings:
    """Hears, and tells."""

    def __init__(self, do: Do, pause: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        self._do = do
        self._pause = pause
        self._heard: dict[Watched, Reached] = {}
        self._untold: list[_Untold] = []

    def knows(self, of: Watched) -> bool:
        """Whether it was heard of in this interval: then it need not be asked again whether they may."""
        return of in self._heard

    def hear(self, of: Watched, reach: Reached) -> None:
        """One more ping. Never waits."""
        self._heard[of] = _further(self._heard.get(of), reach)

    async def run(self) -> None:
        """Tell for ever; when this is cancelled, once more."""
        try:
            while True:
                await self._pause(INTERVAL_S)
                await self.tell()
        finally:
            await self.tell()

    async def tell(self) -> None:
        """Tell what was heard. What cannot be told now is told later."""
        self._untold += [_Untold(uuid7(), of, reach) for of, reach in self._heard.items()]
        self._heard = {}
        untold, self._untold = self._untold, []
        syllabuses: dict[tuple[TenantId, CourseId], Syllabus] = {}
        for start in range(0, len(untold), AT_ONCE):
            some = untold[start : start + AT_ONCE]
            told = await asyncio.gather(*(self._tell(one, syllabuses) for one in some))
            self._untold += [one for one, is_told in zip(some, told, strict=True) if not is_told]

    async def _tell(self, one: _Untold, syllabuses: dict[tuple[TenantId, CourseId], Syllabus]) -> bool:
        of = one.of
        course = (of.tenant, of.course)
        caller = Caller(of.tenant, of.by, "pings", one.id, command=one.id)
        try:
            if course not in syllabuses:
                syllabuses[course] = await self._do.look(of.tenant, SYLLABUS.at(of.course))
            report = Report(of.item, one.reach, syllabuses[course])
            await self._do(PROGRESS.at(of.course, of.learner), report, caller)
        except Rejected as no:
            log.info("ping.refused", course=of.course, code=no.code)
        except (Unavailable, Conflict) as error:
            log.warning("ping.untold", course=of.course, error=str(error))
            return False
        return True


def _further(before: Reached | None, reach: Reached) -> Reached:
    """What two reaches of one sitting say together; they may come in any order."""
    if before is None:
        return reach
    later = reach if reach.seconds >= before.seconds else before
    return Reached(max(before.percent, reach.percent), later.position, later.sitting, later.seconds)
