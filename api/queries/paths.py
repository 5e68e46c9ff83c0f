"""Which paths there are."""

from __future__ import annotations

from typing import Annotated, Any

from api.http.queries import Asking, Cursor, Limit, Position, query
from application.adapting import Ahead, Reason, Way, what_is_next
from domain.kernel import ID, CourseId, LearnerId, PathId, Rejected, Value
from projections.model import Page
from projections.paths import paths as known
from projections.paths.paths import MyPath, OnPath, Path

Learner = Annotated[LearnerId, ID]
OfPath = Annotated[PathId, ID]

PAGED = ["position.not_reached", "position.unknown", "cursor.malformed"]
STEPS: list[dict[str, Any]] = [
    {"course": "seamanship", "after": [], "section": None, "resting": False, "locked": False, "remedy": None},
    {
        "course": "celestial-navigation",
        "after": ["seamanship"],
        "section": None,
        "resting": False,
        "locked": True,
        "remedy": "spherical-trigonometry",
    },
]
SHOWN: dict[str, Any] = {
    "path": "navigator",
    "title": "Navigator",
    "status": "published",
    "steps": STEPS,
    "needed": None,
    "certified": True,
}
ON_PATH: dict[str, Any] = {
    "status": "walking",
    "percent": 50,
    "opened": ["seamanship", "celestial-navigation"],
    "done": ["seamanship"],
    "begun_at": "2026-11-02T08:00:00Z",
    "completed_at": None,
}
MINE: dict[str, Any] = {**ON_PATH, "path": "navigator", "title": "Navigator", "steps": STEPS, "needed": None}


@query(
    "/api/paths",
    requires="paths.read",
    limit="query",
    refuses=PAGED,
    example={"rows": [SHOWN], "position": 42, "cursor": None},
)
async def published_paths(
    asking: Asking, cursor: Cursor | None = None, limit: Limit | None = None, min_position: Position = 0
) -> Page[Path]:
    """Which paths are published?"""
    return await known.paths(
        asking.ask, asking.tenant, "published", cursor=cursor, limit=asking.rows(limit), min_position=min_position
    )


@query(
    "/api/managed-paths",
    requires="paths.manage",
    limit="query",
    refuses=PAGED,
    example={"rows": [{**SHOWN, "status": "drafted"}], "position": 42, "cursor": None},
)
async def managed_paths(
    asking: Asking,
    status: known.Status = "drafted",
    cursor: Cursor | None = None,
    limit: Limit | None = None,
    min_position: Position = 0,
) -> Page[Path]:
    """Which paths are drafted, or published, or retired?"""
    return await known.paths(
        asking.ask, asking.tenant, status, cursor=cursor, limit=asking.rows(limit), min_position=min_position
    )


@query(
    "/api/learners/{learner}/paths",
    requires="paths.progress",
    scope={"person": "learner"},
    limit="query",
    refuses=PAGED,
    example={"rows": [MINE], "position": 42, "cursor": None},
)
async def my_paths(
    asking: Asking,
    learner: Learner,
    cursor: Cursor | None = None,
    limit: Limit | None = None,
    min_position: Position = 0,
) -> Page[MyPath]:
    """Which paths is this learner on, and how far along each?"""
    return await known.my_paths(
        asking.ask, asking.tenant, learner, cursor=cursor, limit=asking.rows(limit), min_position=min_position
    )


@query(
    "/api/paths/{path}/learners",
    requires="paths.progress",
    limit="query",
    refuses=PAGED,
    example={"rows": [{**ON_PATH, "learner": "ada"}], "position": 42, "cursor": None},
)
async def learners_of_path(
    asking: Asking,
    path: OfPath,
    cursor: Cursor | None = None,
    limit: Limit | None = None,
    min_position: Position = 0,
) -> Page[OnPath]:
    """Who has begun this path, and how far along is each?"""
    return await known.learners_of(
        asking.ask, asking.tenant, path, cursor=cursor, limit=asking.rows(limit), min_position=min_position
    )


class NextStep(Value):
    """What is next for a learner on a path, and why. `mastery` is what is known of the courses it was decided on.

    `remedies` is the step that a remedy is for; `passed_over` are steps that are mastered. No course is next on a path
    that is completed, or whose steps all wait for others.
    """

    path: PathId
    learner: LearnerId
    course: CourseId | None
    reason: Reason
    why: str
    remedies: CourseId | None
    passed_over: tuple[CourseId, ...]
    mastery: dict[CourseId, int]
    position: int


WHY: dict[Reason, str] = {
    "in_order": "It is the first step in the order of the path that is open and not mastered.",
    "best_mastered": "Of the steps that are open, it is the one that the learner masters best so far.",
    "locked": "It is locked: it keeps its place, whatever is mastered.",
    "remedy": "The learner has a hard time with the step that this course is a remedy for.",
    "passed_over_before": "It is mastered, and was passed over; the path is not complete without it.",
    "completed": "The path is completed.",
    "nothing_open": "Every step that is left waits for another, or rests.",
}


@query(
    "/api/paths/{path}/learners/{learner}/next-step",
    requires="paths.progress",
    scope={"person": "learner"},
    limit="query",
    refuses=["position.not_reached", "position.unknown", "journey.not_found"],
    example={
        "path": "navigator",
        "learner": "ada",
        "course": "celestial-navigation",
        "reason": "best_mastered",
        "why": WHY["best_mastered"],
        "remedies": None,
        "passed_over": ["seamanship"],
        "mastery": {"seamanship": 90, "celestial-navigation": 64},
        "position": 42,
    },
)
async def next_step(asking: Asking, path: OfPath, learner: Learner, min_position: Position = 0) -> NextStep:
    """What is next for this learner on this path, and why?

    What they master is passed over, and what they have a hard time with comes after its remedy. The whole rule is in
    `docs/adaptive-paths.md`.
    """
    found = await known.my_paths(asking.ask, asking.tenant, learner, path=path, limit=1, min_position=min_position)
    if not found.rows or found.rows[0].status == "left":
        raise Rejected("journey.not_found", "this learner is not on this path")
    (walk,) = found.rows
    steps = tuple(Ahead(step.course, step.after, step.resting, step.locked, step.remedy) for step in walk.steps)
    way = Way(learner, steps, walk.done, walk.status == "completed")
    said, mastery = await what_is_next(asking.mastery, asking.tenant, way)
    return NextStep(
        path,
        learner,
        said.course,
        said.reason,
        WHY[said.reason],
        said.remedies,
        said.passed_over,
        dict(mastery),
        found.position,
    )
