"""Making paths of courses."""

from __future__ import annotations

from typing import Annotated

import msgspec

from api.http.commands import Doing, command
from api.http.values import Called, Text
from application.enrolling import Looks
from application.ledger import Receipt
from application.travelling import graduated_from, plan_of
from domain.kernel import ID, CourseId, LearnerId, PathId, SectionId, Value
from domain.paths.journey import JOURNEY, Begin, LeavePath
from domain.paths.path import (
    PATH,
    Draft,
    LockStep,
    NameRemedy,
    PlaceStep,
    Publish,
    Rename,
    Reorder,
    Retire,
    SetCertificate,
    SetRule,
    TakeStep,
    UnlockStep,
)

Course = Annotated[CourseId, ID]
Section = Annotated[SectionId, ID]
Learner = Annotated[LearnerId, ID]
OfPath = Annotated[PathId, ID]
STEPS_MAX = 200
Courses = Annotated[tuple[Course, ...], msgspec.Meta(max_length=STEPS_MAX)]

MANAGE = "paths.manage"
NOT_POSSIBLE = "path.not_possible"


class DraftPathBody(Value, forbid_unknown_fields=True):
    path: OfPath
    title: Called


class PathTitleBody(Value, forbid_unknown_fields=True):
    title: Called


class StepBody(Value, forbid_unknown_fields=True):
    """A course, and the steps that come first. With a section, learners of the path are enrolled there."""

    course: Course
    after: Courses = ()
    section: Section | None = None


class OrderBody(Value, forbid_unknown_fields=True):
    """Every step once, as they are to be."""

    order: Courses


class RemedyBody(Value, forbid_unknown_fields=True):
    """A course that helps with a step; none, if it is null."""

    remedy: Course | None


class CertificateBody(Value, forbid_unknown_fields=True):
    """Whether whoever completes a path is given a certificate of it."""

    issued: bool


class LeaveBody(Value, forbid_unknown_fields=True):
    """Why a learner leaves a path."""

    reason: Text


class RuleBody(Value, forbid_unknown_fields=True):
    """How many steps complete the path; all, if it is null."""

    needed: Annotated[int, msgspec.Meta(ge=1, le=STEPS_MAX)] | None


@command(
    "/api/paths",
    requires=MANAGE,
    limit="command",
    refuses=["path.exists", NOT_POSSIBLE],
    example={"path": "navigator", "title": "Navigator"},
)
async def draft_path(body: DraftPathBody, do: Doing) -> Receipt:
    """Draft a path, which has no steps yet."""
    return await do(PATH.at(body.path), Draft(body.title))


@command(
    "/api/paths/{path}/rename", requires=MANAGE, limit="command", refuses=[NOT_POSSIBLE], example={"title": "Pilot"}
)
async def rename_path(path: OfPath, body: PathTitleBody, do: Doing) -> Receipt:
    """Call a path otherwise."""
    return await do(PATH.at(path), Rename(body.title))


@command(
    "/api/paths/{path}/steps",
    requires=MANAGE,
    limit="command",
    refuses=["path.circle", "path.unknown_step", NOT_POSSIBLE],
    example={"course": "celestial-navigation", "after": []},
)
async def place_step(path: OfPath, body: StepBody, do: Doing) -> Receipt:
    """Put a course at the end of a path; or say what comes before it, where it is a step already.

    Who is on the path is enrolled on the course, as soon as they have done what comes before it.
    """
    return await do(PATH.at(path), PlaceStep(body.course, body.after, body.section))


@command(
    "/api/paths/{path}/steps/{course}/take",
    requires=MANAGE,
    limit="command",
    refuses=["path.too_short", NOT_POSSIBLE],
)
async def take_step(path: OfPath, course: Course, do: Doing) -> Receipt:
    """Take a course from a path. Who is on the course stays there; the path does not ask it of them any more."""
    return await do(PATH.at(path), TakeStep(course))


@command(
    "/api/paths/{path}/reorder",
    requires=MANAGE,
    limit="command",
    refuses=["path.order_malformed", NOT_POSSIBLE],
    example={"order": ["celestial-navigation", "seamanship"]},
)
async def reorder_path(path: OfPath, body: OrderBody, do: Doing) -> Receipt:
    """Put the steps of a path into another order, all at once."""
    return await do(PATH.at(path), Reorder(body.order))


@command(
    "/api/paths/{path}/rule",
    requires=MANAGE,
    limit="command",
    refuses=["path.rule_unreachable", NOT_POSSIBLE],
    example={"needed": 1},
)
async def set_path_rule(path: OfPath, body: RuleBody, do: Doing) -> Receipt:
    """Say how many of its steps complete a path."""
    return await do(PATH.at(path), SetRule(body.needed))


@command("/api/paths/{path}/publish", requires=MANAGE, limit="command", refuses=["path.too_short", NOT_POSSIBLE])
async def publish_path(path: OfPath, do: Doing) -> Receipt:
    """Show a path to learners."""
    return await do(PATH.at(path), Publish())


@command("/api/paths/{path}/retire", requires=MANAGE, limit="command", refuses=[NOT_POSSIBLE])
async def retire_path(path: OfPath, do: Doing) -> Receipt:
    """Let nobody begin a path any more."""
    return await do(PATH.at(path), Retire())


@command(
    "/api/paths/{path}/certificate",
    requires=MANAGE,
    limit="command",
    refuses=[NOT_POSSIBLE],
    example={"issued": True},
)
async def set_path_certificate(path: OfPath, body: CertificateBody, do: Doing) -> Receipt:
    """Say whether whoever completes a path from now on is given a certificate of it."""
    return await do(PATH.at(path), SetCertificate(body.issued))


@command(
    "/api/paths/{path}/steps/{course}/remedy",
    requires=MANAGE,
    limit="command",
    refuses=["path.unknown_step", "path.circle", NOT_POSSIBLE],
    example={"remedy": "spherical-trigonometry"},
)
async def name_remedy(path: OfPath, course: Course, body: RemedyBody, do: Doing) -> Receipt:
    """Name a course to be taken first by whoever has a hard time with a step."""
    return await do(PATH.at(path), NameRemedy(course, body.remedy))


@command(
    "/api/paths/{path}/steps/{course}/lock",
    requires="paths.lock",
    scope="course",
    limit="command",
    refuses=["path.unknown_step", NOT_POSSIBLE],
)
async def lock_step(path: OfPath, course: Course, do: Doing) -> Receipt:
    """Have a step keep its place for everyone: neither passed over nor overtaken, nor put off for a remedy."""
    return await do(PATH.at(path), LockStep(course))


@command(
    "/api/paths/{path}/steps/{course}/unlock",
    requires="paths.lock",
    scope="course",
    limit="command",
    refuses=["path.unknown_step", NOT_POSSIBLE],
)
async def unlock_step(path: OfPath, course: Course, do: Doing) -> Receipt:
    """Let a step be passed over, overtaken or put off again, as suits the learner."""
    return await do(PATH.at(path), UnlockStep(course))


@command(
    "/api/paths/{path}/learners/{learner}/begin",
    requires="paths.walk",
    scope={"person": "learner"},
    limit="command",
    refuses=["path.not_open"],
)
async def begin_path(path: OfPath, learner: Learner, do: Doing) -> Receipt:
    """Begin a path, oneself or for somebody else.

    They are enrolled on its courses one by one, as they have done what comes before each. What they have completed
    before counts.
    """
    plan = plan_of(path, await do.look(PATH.at(path)))
    graduated = await graduated_from(Looks(do.look), learner, plan.steps)
    return await do(JOURNEY.at(learner), Begin(plan, graduated))


@command(
    "/api/paths/{path}/learners/{learner}/leave",
    requires="paths.walk",
    scope={"person": "learner"},
    limit="command",
    refuses=["path.not_begun"],
    example={"reason": "another way"},
)
async def leave_path(path: OfPath, learner: Learner, body: LeaveBody, do: Doing) -> Receipt:
    """Leave a path. What they are enrolled on stays."""
    return await do(JOURNEY.at(learner), LeavePath(path, body.reason))
