"""Making paths of courses."""

from __future__ import annotations

from typing import Annotated

import msgspec

from api.http.commands import Doing, command
from api.http.values import Called
from application.ledger import Receipt
from domain.kernel import ID, CourseId, Value
from domain.paths.path import PATH, Draft, PlaceStep, Publish, Rename, Reorder, Retire, SetRule, TakeStep

Course = Annotated[CourseId, ID]
PathId = Annotated[str, ID]
STEPS_MAX = 200
Courses = Annotated[tuple[Course, ...], msgspec.Meta(max_length=STEPS_MAX)]

MANAGE = "paths.manage"
NOT_POSSIBLE = "path.not_possible"


class DraftPathBody(Value, forbid_unknown_fields=True):
    path: PathId
    title: Called


class PathTitleBody(Value, forbid_unknown_fields=True):
    title: Called


class StepBody(Value, forbid_unknown_fields=True):
    """A course, and the steps that come first."""

    course: Course
    after: Courses = ()


class OrderBody(Value, forbid_unknown_fields=True):
    """Every step once, as they are to be."""

    order: Courses


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
async def rename_path(path: PathId, body: PathTitleBody, do: Doing) -> Receipt:
    """Call a path otherwise."""
    return await do(PATH.at(path), Rename(body.title))


@command(
    "/api/paths/{path}/steps",
    requires=MANAGE,
    limit="command",
    refuses=["path.circle", "path.unknown_step", NOT_POSSIBLE],
    example={"course": "celestial-navigation", "after": []},
)
async def place_step(path: PathId, body: StepBody, do: Doing) -> Receipt:
    """Put a course at the end of a path; or say what comes before it, where it is a step already."""
    return await do(PATH.at(path), PlaceStep(body.course, body.after))


@command(
    "/api/paths/{path}/steps/{course}/take",
    requires=MANAGE,
    limit="command",
    refuses=["path.too_short", NOT_POSSIBLE],
)
async def take_step(path: PathId, course: Course, do: Doing) -> Receipt:
    """Take a course from a path."""
    return await do(PATH.at(path), TakeStep(course))


@command(
    "/api/paths/{path}/reorder",
    requires=MANAGE,
    limit="command",
    refuses=["path.order_malformed", NOT_POSSIBLE],
    example={"order": ["celestial-navigation", "seamanship"]},
)
async def reorder_path(path: PathId, body: OrderBody, do: Doing) -> Receipt:
    """Put the steps of a path into another order, all at once."""
    return await do(PATH.at(path), Reorder(body.order))


@command(
    "/api/paths/{path}/rule",
    requires=MANAGE,
    limit="command",
    refuses=["path.rule_unreachable", NOT_POSSIBLE],
    example={"needed": 1},
)
async def set_path_rule(path: PathId, body: RuleBody, do: Doing) -> Receipt:
    """Say how many of its steps complete a path."""
    return await do(PATH.at(path), SetRule(body.needed))


@command("/api/paths/{path}/publish", requires=MANAGE, limit="command", refuses=["path.too_short", NOT_POSSIBLE])
async def publish_path(path: PathId, do: Doing) -> Receipt:
    """Show a path to learners."""
    return await do(PATH.at(path), Publish())


@command("/api/paths/{path}/retire", requires=MANAGE, limit="command", refuses=[NOT_POSSIBLE])
async def retire_path(path: PathId, do: Doing) -> Receipt:
    """Let nobody begin a path any more."""
    return await do(PATH.at(path), Retire())
