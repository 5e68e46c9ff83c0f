"""What we do about paths: learners are brought along on them when a path moves, and when they do."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from application.belonging import OfPeople
from application.bulk import Desk
from application.enrolling import Looks
from application.jobs import RETRIES, Errand, job
from application.ledger import Recorded
from application.permissions import ANALYST, AUDITOR, CREATOR, GUARDIAN, INSTRUCTOR, STAFF, STUDENT, Permission
from application.policies import Bound
from application.ports import Travellers
from application.travelling import PathMoved, Traveller, bring_all, bring_one, plan_of, rests
from domain.catalog.events import CourseArchived, CourseDiscarded, CoursePublished
from domain.enrollments.events import CourseCompleted
from domain.kernel import CourseId, LearnerId, PathId
from domain.paths.events import (
    CourseBecameStep,
    PathBegun,
    PathPublished,
    RuleSet,
    StepCompleted,
    StepPlaced,
    StepRested,
    StepResumed,
    StepTaken,
)
from domain.paths.journey import JOURNEY, Assess
from domain.paths.path import PATH, RestStep, ResumeStep
from domain.paths.uses import USES, BecomeStep, CeaseToBeStep

PERMISSIONS = (
    Permission("paths.manage", "Make paths of courses, publish and retire them.", (STAFF, CREATOR)),
    Permission(
        "paths.read",
        "See the paths that are published.",
        (STAFF, CREATOR, INSTRUCTOR, STUDENT, GUARDIAN, ANALYST, AUDITOR),
    ),
    Permission("paths.lock", "Lock steps of paths, so that they keep their place for everyone.", (STAFF, INSTRUCTOR)),
    Permission("paths.walk", "Put learners on paths, and take them off.", (STAFF, INSTRUCTOR), own=(STUDENT,)),
    Permission(
        "paths.progress",
        "See who is on which path, how far along, and what is next for them.",
        (STAFF, INSTRUCTOR, GUARDIAN, ANALYST, AUDITOR),
        own=(STUDENT,),
    ),
)
PERSONAL = OfPeople(keyed={"journey": 0}, apart=("course_steps", "path"))


@job(retries=RETRIES)
def bring_along(errand: Errand[Traveller], desk: Desk) -> None:
    bring_one(desk, errand)


@job(retries=RETRIES)
def bring_everyone_along(errand: Errand[PathMoved], travellers: Travellers, desk: Desk) -> None:
    bring_all(desk, errand, travellers)


# --- a learner moves ------------------------------------------------------------------------------


async def when_path_begun_bring_along(begun: Recorded[PathBegun], do: Bound) -> None:
    do.later(bring_along, Traveller(begun.event.path, _learner(begun.stream)))


async def when_step_completed_bring_along(completed: Recorded[StepCompleted], do: Bound) -> None:
    do.later(bring_along, Traveller(completed.event.path, _learner(completed.stream)))


async def when_course_completed_count_it_on_paths(completed: Recorded[CourseCompleted], do: Bound) -> None:
    _, course, learner = completed.stream.split(":")
    journey = await do.look(JOURNEY.at(learner))
    plans = [plan_of(path, await do.look(PATH.at(path))) for path in journey.walks if journey.on(path) is not None]
    plans = [plan for plan in plans if course in plan.steps]
    if plans:
        await do(JOURNEY.at(learner), Assess(tuple(plans), frozenset({CourseId(course)})))


# --- a path moves ---------------------------------------------------------------------------------


async def when_path_published_bring_everyone_along(published: Recorded[PathPublished], do: Bound) -> None:
    _bring_everyone(published, do)


async def when_step_placed_bring_everyone_along(placed: Recorded[StepPlaced], do: Bound) -> None:
    _bring_everyone(placed, do)


async def when_step_taken_bring_everyone_along(taken: Recorded[StepTaken], do: Bound) -> None:
    _bring_everyone(taken, do)


async def when_step_rested_bring_everyone_along(rested: Recorded[StepRested], do: Bound) -> None:
    _bring_everyone(rested, do)


async def when_step_resumed_bring_everyone_along(resumed: Recorded[StepResumed], do: Bound) -> None:
    _bring_everyone(resumed, do)


async def when_rule_set_bring_everyone_along(ruled: Recorded[RuleSet], do: Bound) -> None:
    _bring_everyone(ruled, do)


# --- a course moves -------------------------------------------------------------------------------


async def when_step_placed_note_its_course(placed: Recorded[StepPlaced], do: Bound) -> None:
    await do(USES.at(placed.event.course), BecomeStep(_path(placed.stream)))


async def when_step_taken_forget_its_course(taken: Recorded[StepTaken], do: Bound) -> None:
    await do(USES.at(taken.event.course), CeaseToBeStep(_path(taken.stream)))


async def when_course_became_step_rest_it_if_nobody_enrols_there(became: Recorded[CourseBecameStep], do: Bound) -> None:
    course = CourseId(became.stream.partition(":")[2])
    if await rests(Looks(do.look), course):
        await do(PATH.at(became.event.path), RestStep(course))


async def when_course_archived_rest_its_steps(archived: Recorded[CourseArchived], do: Bound) -> None:
    course = CourseId(archived.stream.partition(":")[2])
    await _everywhere(course, RestStep(course), do)


async def when_course_discarded_rest_its_steps(discarded: Recorded[CourseDiscarded], do: Bound) -> None:
    course = CourseId(discarded.stream.partition(":")[2])
    await _everywhere(course, RestStep(course), do)


async def when_course_published_resume_its_steps(published: Recorded[CoursePublished], do: Bound) -> None:
    course = CourseId(published.stream.partition(":")[2])
    await _everywhere(course, ResumeStep(course), do)


async def _everywhere(course: CourseId, command: RestStep | ResumeStep, do: Bound) -> None:
    """On all paths of which the course is a step, at once: which those are may be others when this is done again."""
    paths = sorted((await do.look(USES.at(course))).paths)

    def decide(*states: Any) -> Iterator[tuple[int, Any]]:
        for place, state in enumerate(states):
            yield from ((place, event) for event in PATH.decide(state, command))

    if paths:
        await do.across([PATH.at(path) for path in paths], decide, command)


def _bring_everyone(moved: Recorded[Any], do: Bound) -> None:
    do.later(bring_everyone_along, PathMoved(_path(moved.stream), moved.position))


def _path(stream: str) -> PathId:
    return PathId(stream.partition(":")[2])


def _learner(stream: str) -> LearnerId:
    return LearnerId(stream.partition(":")[2])
