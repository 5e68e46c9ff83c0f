"""What we do about progress: the syllabus follows the catalog, days and courses are counted, milestones are told."""

from __future__ import annotations

from datetime import datetime

from application.jobs import Errand, job
from application.ledger import Recorded
from application.mail import RETRIES, Mailer, People, letter
from application.own_days import own_day
from application.permissions import ANALYST, AUDITOR, GUARDIAN, INSTRUCTOR, STAFF, STUDENT, Permission
from application.policies import Bound
from domain.catalog.events import ItemAdded, ItemMarkedOptional, ItemMarkedRequired, ItemRemoved
from domain.enrollments.events import CourseCompleted
from domain.kernel import CourseId, LearnerId, Value
from domain.progress.events import (
    ItemCompleted,
    ItemProgressed,
    ItemStarted,
    Milestone,
    MilestoneReached,
)
from domain.progress.streak import STREAK, CountCourse, Study
from domain.progress.syllabus import SYLLABUS, AddItem, MakeOptional, RemoveItem, Require

PERMISSIONS = (
    Permission("progress.learn", "Say how far one has come in an item.", (STAFF, INSTRUCTOR), own=(STUDENT,)),
    Permission(
        "progress.read",
        "See how far learners are with each item, and on which days they study.",
        (STAFF, INSTRUCTOR, GUARDIAN, ANALYST, AUDITOR),
        own=(STUDENT,),
    ),
)

# --- the syllabus follows the catalog -------------------------------------------------------------


async def when_item_added_enter_it_in_syllabus(added: Recorded[ItemAdded], do: Bound) -> None:
    await do(SYLLABUS.at(_course(added.stream)), AddItem(added.event.item, added.event.required))


async def when_item_marked_required_count_it(marked: Recorded[ItemMarkedRequired], do: Bound) -> None:
    await do(SYLLABUS.at(_course(marked.stream)), Require(marked.event.item))


async def when_item_marked_optional_count_it_no_longer(marked: Recorded[ItemMarkedOptional], do: Bound) -> None:
    await do(SYLLABUS.at(_course(marked.stream)), MakeOptional(marked.event.item))


async def when_item_removed_take_it_from_syllabus(removed: Recorded[ItemRemoved], do: Bound) -> None:
    await do(SYLLABUS.at(_course(removed.stream)), RemoveItem(removed.event.item))


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
