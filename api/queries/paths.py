"""Which paths there are."""

from __future__ import annotations

from typing import Annotated, Any

from api.http.queries import Asking, Cursor, Limit, Position, query
from domain.kernel import ID, LearnerId, PathId
from projections.model import Page
from projections.paths import journeys
from projections.paths import paths as known
from projections.paths.journeys import MyPath, OnPath
from projections.paths.paths import Path

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
    return await journeys.my_paths(
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
    return await journeys.learners_of(
        asking.ask, asking.tenant, path, cursor=cursor, limit=asking.rows(limit), min_position=min_position
    )
