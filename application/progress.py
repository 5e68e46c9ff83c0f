"""What we do about progress: the syllabus follows the catalog, days and courses are counted, milestones are told."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime
from uuid import uuid5

from application.belonging import OfPeople
from application.bulk import Desk, Means
from application.consenting import objects
from application.jobs import RETRIES as JOB_RETRIES
from application.jobs import Errand, job
from application.ledger import Caller, Recorded
from application.mail import RETRIES, Mailer, People, letter
from application.own_days import own_day
from application.permissions import ANALYST, ASSISTANT, AUDITOR, GUARDIAN, INSTRUCTOR, STAFF, STUDENT, Permission
from application.policies import Bound
from application.ports import Unfinished
from domain.assessment.events import ResultRecorded
from domain.catalog.events import (
    AssessmentLinked,
    AssessmentUnlinked,
    ItemAdded,
    ItemKind,
    ItemMarkedOptional,
    ItemMarkedRequired,
    ItemRemoved,
)
from domain.enrollments.events import CourseCompleted
from domain.kernel import AssessmentId, CourseId, LearnerId, Value
from domain.progress.events import (
    ItemBecameOptional,
    ItemCompleted,
    ItemLeftSyllabus,
    ItemProgressed,
    ItemStarted,
    Milestone,
    MilestoneReached,
    Proof,
)
from domain.progress.progress import PROGRESS, Prove, Reassess
from domain.progress.streak import STREAK, CountCourse, Study
from domain.progress.syllabus import SYLLABUS, AddItem, MakeOptional, RemoveItem, Require, Tie, Untie

PERMISSIONS = (
    Permission("progress.learn", "Say how far one has come in an item.", (STAFF, INSTRUCTOR), own=(STUDENT,)),
    Permission(
        "progress.attest",
        "Say that there is evidence that an item is done.",
        (STAFF, INSTRUCTOR, ASSISTANT),
    ),
    Permission(
        "progress.read",
        "See how far learners are with each item, and on which days they study.",
        (STAFF, INSTRUCTOR, GUARDIAN, ANALYST, AUDITOR),
        own=(STUDENT,),
    ),
)
PERSONAL = OfPeople(keyed={"progress": 1, "streak": 0}, apart=("syllabus",))

PROVEN = frozenset[ItemKind](("test", "assignment"))
"""Items of these kinds are done when there is evidence. What else there is, is done on the word of who learns."""

# --- the syllabus follows the catalog -------------------------------------------------------------


async def when_item_added_enter_it_in_syllabus(added: Recorded[ItemAdded], do: Bound) -> None:
    item = added.event
    proof: Proof = "evidence" if item.kind in PROVEN else "word"
    await do(SYLLABUS.at(_course(added.stream)), AddItem(item.item, item.required, proof))


async def when_item_marked_required_count_it(marked: Recorded[ItemMarkedRequired], do: Bound) -> None:
    await do(SYLLABUS.at(_course(marked.stream)), Require(marked.event.item))


async def when_item_marked_optional_count_it_no_longer(marked: Recorded[ItemMarkedOptional], do: Bound) -> None:
    await do(SYLLABUS.at(_course(marked.stream)), MakeOptional(marked.event.item))


async def when_item_removed_take_it_from_syllabus(removed: Recorded[ItemRemoved], do: Bound) -> None:
    await do(SYLLABUS.at(_course(removed.stream)), RemoveItem(removed.event.item))


async def when_assessment_linked_tie_its_item(linked: Recorded[AssessmentLinked], do: Bound) -> None:
    await do(SYLLABUS.at(_course(linked.stream)), Tie(linked.event.item, linked.event.assessment))


async def when_assessment_unlinked_untie_its_item(unlinked: Recorded[AssessmentUnlinked], do: Bound) -> None:
    await do(SYLLABUS.at(_course(unlinked.stream)), Untie(unlinked.event.item, unlinked.event.assessment))


async def when_result_recorded_complete_what_was_passed(recorded: Recorded[ResultRecorded], do: Bound) -> None:
    """What is tied to it by now. What was completed by a pass stays so when a later result is worse."""
    _, assessment, learner = recorded.stream.split(":")
    course = recorded.event.course
    if recorded.event.passed:
        syllabus = await do.look(SYLLABUS.at(course))
        for item in syllabus.tested_by(AssessmentId(assessment)):
            await do(PROGRESS.at(course, learner), Prove(item, syllabus))


# --- less is required -----------------------------------------------------------------------------


class Lessened(Value):
    """A course requires less than it did, as of a position in the ledger."""

    course: CourseId
    position: int


async def when_item_became_optional_reassess_everyone(optional: Recorded[ItemBecameOptional], do: Bound) -> None:
    do.later(reassess_everyone, Lessened(_course(optional.stream), optional.position))


async def when_item_left_syllabus_reassess_everyone(left: Recorded[ItemLeftSyllabus], do: Bound) -> None:
    do.later(reassess_everyone, Lessened(_course(left.stream), left.position))


@job(retries=JOB_RETRIES)
def reassess_everyone(errand: Errand[Lessened], unfinished: Unfinished, desk: Desk) -> None:
    """Look again whether they have done all that is required, some at a time. Done again, it changes nothing."""
    order = errand.order
    last: LearnerId | None = None
    while some := unfinished.on_course(errand.tenant, order.course, order.position, last):
        _reassess(desk, errand, some)
        last = some[-1]


def _reassess(desk: Desk, errand: Errand[Lessened], some: Sequence[LearnerId]) -> None:
    course = errand.order.course

    async def work(means: Means) -> None:
        again = Reassess(await means.do.look(errand.tenant, SYLLABUS.at(course)))
        await asyncio.gather(
            *(means.do(PROGRESS.at(course, learner), again, _caller(errand, learner)) for learner in some)
        )

    desk.run(work)


def _caller(errand: Errand[Lessened], learner: LearnerId) -> Caller:
    id_ = uuid5(errand.id, learner)
    return Caller(errand.tenant, "job:reassess_everyone", "job", errand.correlation, errand.causation, command=id_)


# --- days, courses, milestones --------------------------------------------------------------------


async def when_item_started_count_study_day(started: Recorded[ItemStarted], do: Bound) -> None:
    await _count_day(started.stream, started.at, do)


async def when_item_progressed_count_study_day(progressed: Recorded[ItemProgressed], do: Bound) -> None:
    await _count_day(progressed.stream, progressed.at, do)


async def when_item_completed_count_study_day(completed: Recorded[ItemCompleted], do: Bound) -> None:
    await _count_day(completed.stream, completed.at, do)


async def when_course_completed_count_it(completed: Recorded[CourseCompleted], do: Bound) -> None:
    _, course, learner = completed.stream.split(":")
    await do(STREAK.at(learner), CountCourse(CourseId(course)))


async def when_milestone_reached_write(reached: Recorded[MilestoneReached], do: Bound) -> None:
    learner = LearnerId(reached.stream.partition(":")[2])
    # Nobody asked for such a letter, so whoever does not want any is sent none.
    if not await objects(do.look, learner, "marketing"):
        do.later(tell_milestone, Milestones(learner, reached.event.milestone))


async def _count_day(stream: str, at: datetime, do: Bound) -> None:
    learner = stream.split(":")[2]
    day = await own_day(do.look, learner, at)
    # Looked at first: a thousand reports of one day are one command.
    if day not in (await do.look(STREAK.at(learner))).days:
        await do(STREAK.at(learner), Study(day))


def _course(stream: str) -> CourseId:
    return CourseId(stream.partition(":")[2])


class Milestones(Value):
    """Who has reached what."""

    learner: LearnerId
    milestone: Milestone


@job(retries=RETRIES)
def tell_milestone(errand: Errand[Milestones], people: People, mailer: Mailer) -> None:
    order = errand.order
    learner = people.person(errand.tenant, order.learner)
    if learner is not None:
        mailer.send(letter(errand, learner, "progress/milestone", milestone=order.milestone))
