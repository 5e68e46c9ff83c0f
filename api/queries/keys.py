"""Which API keys there are, and how they are used."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from api.http.queries import Asking, Cursor, Limit, Position, query
from domain.kernel import ID, PersonId, Rejected
from projections.keys.key_use import UseOfDay, use_of
from projections.keys.my_keys import MyKey, keys_of
from projections.model import Page

Key = Annotated[str, ID]

ROW = {
    "key": "7Yc2mQ9xLw4B",
    "prefix": "ak_7Yc2mQ9xLw4B",
    "name": "timetable robot",
    "scopes": ["enrollments.read"],
    "issued_at": "2026-11-02T08:00:00Z",
    "expires_at": "2027-11-02T08:00:00Z",
    "instead_of": None,
    "followed_by": None,
    "overlap_until": None,
    "revoked_at": None,
    "calls": 100,
    "errors": 2,
    "used_at": "2026-11-02T09:00:00Z",
}
USE = {
    "rows": [
        {
            "day": "2026-11-02",
            "endpoint": "GET /api/courses/{course}/roster",
            "calls": 100,
            "errors": 2,
            "used_at": "2026-11-02T09:00:00Z",
        }
    ],
    "position": 42,
    "cursor": None,
}
REFUSES = ("position.not_reached", "position.unknown", "cursor.malformed")


@query(
    "/api/security/api-keys",
    requires="keys.manage",
    limit="query",
    refuses=["person.needed", *REFUSES],
    example={"rows": [ROW], "position": 42, "cursor": None},
)
async def my_keys(
    asking: Asking, cursor: Cursor | None = None, limit: Limit = 50, min_position: Position = 0
) -> Page[MyKey]:
    """Which API keys have I, how far does each go, and when was it used last?

    A key is told by how it begins. `calls` and `used_at` are some seconds behind.
    """
    return await keys_of(
        asking.ask, asking.tenant, _person(asking), cursor=cursor, limit=limit, min_position=min_position
    )


@query(
    "/api/security/api-keys/{key}/usage",
    requires="keys.manage",
    limit="query",
    refuses=["person.needed", *REFUSES],
    example=USE,
)
async def my_key_use(  # noqa: PLR0913, PLR0917 — what may be asked for
    asking: Asking,
    key: Key,
    since: date | None = None,
    until: date | None = None,
    cursor: Cursor | None = None,
    limit: Limit = 50,
    min_position: Position = 0,
) -> Page[UseOfDay]:
    """How often was a key of mine used, on which day and for what?

    Days are in UTC. A call that was refused or failed counts as an error, too.
    """
    return await use_of(
        asking.ask,
        asking.tenant,
        key,
        person=_person(asking),
        since=since,
        until=until,
        cursor=cursor,
        limit=limit,
        min_position=min_position,
    )


@query("/api/admin/api-keys/{key}/usage", requires="keys.govern", limit="query", refuses=REFUSES, example=USE)
async def any_key_use(  # noqa: PLR0913, PLR0917 — what may be asked for
    asking: Asking,
    key: Key,
    since: date | None = None,
    until: date | None = None,
    cursor: Cursor | None = None,
    limit: Limit = 50,
    min_position: Position = 0,
) -> Page[UseOfDay]:
    """How often was anybody's key used, on which day and for what?"""
    return await use_of(
        asking.ask,
        asking.tenant,
        key,
        person=None,
        since=since,
        until=until,
        cursor=cursor,
        limit=limit,
        min_position=min_position,
    )


def _person(asking: Asking) -> PersonId:
    person = asking.principal.person
    if person is None:
        raise Rejected("person.needed", "this is for people, and the token is not a person's")
    return person
