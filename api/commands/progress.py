"""Saying how far one has come."""

from __future__ import annotations

from typing import Annotated

import msgspec

from api.http.commands import Doing, command
from application.ledger import Receipt
from domain.enrollments.enrollment import ENROLLMENT, Graduated, Learning
from domain.enrollments.enrollment import State as Enrollment
from domain.kernel import ID, CourseId, ItemId, LearnerId, Rejected, Value
from domain.progress.events import Percent, Reached
from domain.progress.progress import PROGRESS, Complete, Prove, Reassess
from domain.progress.syllabus import SYLLABUS, Syllabus

Course = Annotated[CourseId, ID]
Learner = Annotated[LearnerId, ID]
Item = Annotated[ItemId, ID]

SECONDS_MAX = 24 * 60 * 60
"""A sitting is at most a day."""


class PingBody(Value, forbid_unknown_fields=True):
    """How far one is now. A `sitting` is one time of watching or reading; `seconds` are counted from its beginning."""

    percent: Percent
    position: Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)]
    sitting: Annotated[str, ID]
    seconds: Annotated[int, msgspec.Meta(ge=0, le=SECONDS_MAX)]


@command(
    "/api/progress/{course}/{learner}/items/{item}/ping",
    requires="progress.learn",
    scope={"course": "course", "person": "learner"},
    limit="command",
    refuses=["enrollment.needed", "progress.unknown_item"],
    example={"percent": 40, "position": 312, "sitting": "monday-evening", "seconds": 330},
)
async def ping(course: Course, learner: Learner, item: Item, body: PingBody, do: Doing) -> Receipt:
    """Say how far one is in an item, every few seconds.

    It is written with all else that is heard of them in ten seconds, so the receipt has version 0 and position 0. If
    this server is killed before that, the next ping of the sitting says it all again. At 100 percent the item is
    completed, unless that takes evidence.
    """
    of, is_known = do.watched(course, learner, item, body.sitting)
    if not is_known and item not in (await _syllabus(course, learner, do)).items:
        raise Rejected("progress.unknown_item", f"item {item} is not part of this course")
    return do.gather(of, Reached(body.percent, body.position, body.sitting, body.seconds))


@command(
    "/api/progress/{course}/{learner}/items/{item}/complete",
    requires="progress.learn",
    scope={"course": "course", "person": "learner"},
    limit="command",
    refuses=["enrollment.needed", "progress.unknown_item", "progress.evidence_needed"],
)
async def complete_item(course: Course, learner: Learner, item: Item, do: Doing) -> Receipt:
    """Say that an item is done. With the last one that is required the course is completed.

    A text, a file, a video or a link is done when its learner says so. A test or an assignment is not.
    """
    syllabus = await _syllabus(course, learner, do)
    return await do(PROGRESS.at(course, learner), Complete(item, syllabus))


@command(
    "/api/progress/{course}/{learner}/items/{item}/prove",
    requires="progress.attest",
    scope="course",
    limit="command",
    refuses=["enrollment.needed", "progress.unknown_item"],
)
async def prove_item(course: Course, learner: Learner, item: Item, do: Doing) -> Receipt:
    """Say that there is evidence that an item is done: an assignment was handed in, a test was passed."""
    syllabus = await _syllabus(course, learner, do)
    return await do(PROGRESS.at(course, learner), Prove(item, syllabus))


@command(
    "/api/progress/{course}/{learner}/reassess",
    requires="progress.learn",
    scope={"course": "course", "person": "learner"},
    limit="command",
    refuses=["enrollment.needed"],
)
async def reassess(course: Course, learner: Learner, do: Doing) -> Receipt:
    """Look again whether all is done that is required by now.

    This is done for everyone who is learning when an item becomes optional, or is removed.
    """
    syllabus = await _syllabus(course, learner, do)
    return await do(PROGRESS.at(course, learner), Reassess(syllabus))


async def _syllabus(course: CourseId, learner: LearnerId, do: Doing) -> Syllabus:
    """What there is to do on the course, for somebody who is on it."""
    enrollment: Enrollment = await do.look(ENROLLMENT.at(course, learner))
    if not isinstance(enrollment, Learning | Graduated):
        raise Rejected("enrollment.needed", "who is not on the course has no progress there")
    return await do.look(SYLLABUS.at(course))
