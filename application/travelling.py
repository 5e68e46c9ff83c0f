"""Bringing learners along on their paths: what they have done is counted, and what they may do next is opened.

A step opens when every step before it is done, or rests. Opening it enrols them on its course, decided in the same
append as that it was opened: so it is opened once, however often this is done, and who then leaves the course is not
brought back. What the course refuses is tried again the next time that anything on the path moves.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterator, Sequence
from typing import Any, NamedTuple
from uuid import uuid5

from application.bulk import Desk, Means
from application.enrolling import Deciding, Looks, TermsMoved, enrolling
from application.jobs import Errand
from application.ledger import Caller
from application.ports import Travellers
from domain.catalog.course import COURSE, Archived, Discarded
from domain.catalog.course import State as Course
from domain.enrollments.enrollment import ENROLLMENT, Enroll, Graduated, Outside
from domain.enrollments.enrollment import State as Enrollment
from domain.kernel import CourseId, LearnerId, LessonId, PathId, Rejected, Value
from domain.paths.journey import JOURNEY, Assess, OpenStep, Plan, Walking
from domain.paths.path import PATH, Published, Step, Unknown
from domain.paths.path import State as Path
from domain.progress.syllabus import SYLLABUS


class Traveller(Value):
    """Who is to be brought along, on which path."""

    path: PathId
    learner: LearnerId


class PathMoved(Value):
    """A path is otherwise than it was, as of a position in the ledger: everyone on it is to be brought along."""

    path: PathId
    position: int


def plan_of(path: PathId, state: Path) -> Plan:
    """What a learner's journey has to know of a path."""
    if isinstance(state, Unknown):
        return Plan(path, (), may_begin=False)
    resting = frozenset(course for course, step in state.steps.items() if step.resting)
    return Plan(path, tuple(state.steps), resting, state.needed, state.certified, isinstance(state, Published))


async def rests(look: Looks, course: CourseId) -> bool:
    """Whether nobody enrols on a course any more."""
    state: Course = await look(COURSE.at(course))
    return isinstance(state, Archived | Discarded)


async def graduated_from(look: Looks, learner: LearnerId, courses: Collection[CourseId]) -> frozenset[CourseId]:
    """Which of these courses a learner has completed."""
    found = [(course, await look(ENROLLMENT.at(course, learner))) for course in courses]
    return frozenset(course for course, state in found if isinstance(state, Graduated))


class _Party(NamedTuple):
    """On whose behalf, by what means."""

    means: Means
    errand: Errand[Any]

    @property
    def look(self) -> Looks:
        return Looks(lambda stream: self.means.do.look(self.errand.tenant, stream))

    def caller(self, *parts: str) -> Caller:
        errand = self.errand
        id_ = uuid5(errand.id, ":".join(parts))
        return Caller(errand.tenant, "job:bring_along", "job", errand.correlation, errand.causation, command=id_)


def bring_one(desk: Desk, errand: Errand[Traveller]) -> None:
    """Bring one learner along."""
    order = errand.order
    desk.run(lambda means: _bring_along(_Party(means, errand), order.path, order.learner))


def bring_all(desk: Desk, errand: Errand[PathMoved], travellers: Travellers) -> None:
    """Bring everyone along who is on the path, some at a time. Killed anywhere, it passes over what was done before."""
    order = errand.order
    last: LearnerId | None = None
    while some := travellers.on_path(errand.tenant, order.path, order.position, last):
        _bring_some(desk, errand, some)
        last = some[-1]


def _bring_some(desk: Desk, errand: Errand[PathMoved], some: Sequence[LearnerId]) -> None:
    async def work(means: Means) -> None:
        party = _Party(means, errand)
        await asyncio.gather(*(_bring_along(party, errand.order.path, learner) for learner in some))

    desk.run(work)


async def _bring_along(party: _Party, path: PathId, learner: LearnerId) -> None:
    state = await party.look(PATH.at(path))
    walk = (await party.look(JOURNEY.at(learner))).on(path)
    if walk is None or isinstance(state, Unknown):
        return
    graduated = await graduated_from(party.look, learner, [one for one in state.steps if one not in walk.done])
    assess = Assess((plan_of(path, state),), graduated)
    await party.means.do(JOURNEY.at(learner), assess, party.caller(path, learner))
    walk = (await party.look(JOURNEY.at(learner))).on(path)
    for course, step in state.steps.items():
        if walk is not None and _is_to_open(state.steps, course, walk):
            await _open(party, path, learner, course, step)


def _is_to_open(steps: dict[CourseId, Step], course: CourseId, walk: Walking) -> bool:
    step = steps[course]
    if course in walk.done or course in walk.opened or step.resting:
        return False
    return all(first in walk.done or steps[first].resting for first in step.after)


async def _open(party: _Party, path: PathId, learner: LearnerId, course: CourseId, step: Step) -> None:
    caller = party.caller(path, learner, course)
    opened = OpenStep(path, course)
    enrollment: Enrollment = await party.look(ENROLLMENT.at(course, learner))
    if not isinstance(enrollment, Outside):
        await party.means.do(JOURNEY.at(learner), opened, caller)
        return
    syllabus = await party.look(SYLLABUS.at(course))
    lessons = () if step.section is not None else tuple(LessonId(item) for item in sorted(syllabus.required))
    wish = Enroll(course, learner, lessons, section=step.section)
    while True:
        try:
            deciding = _with_step(await enrolling(party.look, wish, party.errand.at), learner, opened)
            streams, decide, command, beside = deciding
            await party.means.do.across(streams, decide, command, caller, beside=beside)
        except TermsMoved:
            continue  # The course asks for other courses than it did a moment ago.
        except Rejected:
            return  # What was refused is kept with the command, and tried again when the path moves.
        return


def _with_step(wished: Deciding, learner: LearnerId, opened: OpenStep) -> Deciding:
    """The enrolment, and in the same append that the step was opened."""
    place = len(wished.streams)

    def decide(*states: Any) -> Iterator[tuple[int, Any]]:
        yield from wished.decide(*states[:place], *states[place + 1 :])
        yield from ((place, event) for event in JOURNEY.decide(states[place], opened))

    return Deciding((*wished.streams, JOURNEY.at(learner)), decide, wished.command, wished.beside)
