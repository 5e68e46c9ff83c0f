"""Which paths there are."""

from __future__ import annotations

from typing import Any

from api.http.queries import Asking, Cursor, Limit, Position, query
from projections.model import Page
from projections.paths import paths as known
from projections.paths.paths import Path

PAGED = ["position.not_reached", "position.unknown", "cursor.malformed"]
SHOWN: dict[str, Any] = {
    "path": "navigator",
    "title": "Navigator",
    "status": "published",
    "steps": [{"course": "seamanship", "after": []}, {"course": "celestial-navigation", "after": ["seamanship"]}],
    "needed": None,
}


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
