"""Where people are logged in."""

from __future__ import annotations

from typing import Annotated

from api.http.problems import Refused
from api.http.queries import Asking, Cursor, Limit, Position, query
from domain.kernel import ID, PersonId
from projections.identity import sessions as open_sessions
from projections.identity.sessions import OpenSession
from projections.model import Page

Person = Annotated[PersonId, ID]

REFUSES = ["position.not_reached", "position.unknown", "cursor.malformed"]
EXAMPLE = {
    "rows": [
        {
            "session": "0198c0de-da7a-7000-8000-00000000c0de",
            "method": "password",
            "opened_at": "2026-11-02T08:00:00Z",
            "seen_at": "2026-11-02T09:30:00Z",
            "until": "2026-11-09T09:30:00Z",
            "address": "192.0.2.1",
            "agent": "Mozilla/5.0",
        }
    ],
    "position": 42,
    "cursor": None,
}


@query("/api/me/sessions", requires="identity.own", limit="query", refuses=[*REFUSES, "person.needed"], example=EXAMPLE)
async def my_sessions(
    asking: Asking, cursor: Cursor | None = None, limit: Limit = 50, min_position: Position = 0
) -> Page[OpenSession]:
    """Where am I logged in?"""
    person = asking.principal.person
    if person is None:
        raise Refused("person.needed", "this is for people, and the token is not a person's")
    return await open_sessions.sessions(
        asking.ask, asking.tenant, person, cursor=cursor, limit=limit, min_position=min_position
    )


@query("/api/people/{person}/sessions", requires="identity.sessions", limit="query", refuses=REFUSES, example=EXAMPLE)
async def sessions_of(
    asking: Asking, person: Person, cursor: Cursor | None = None, limit: Limit = 50, min_position: Position = 0
) -> Page[OpenSession]:
    """Where is somebody logged in?"""
    return await open_sessions.sessions(
        asking.ask, asking.tenant, person, cursor=cursor, limit=limit, min_position=min_position
    )
