"""Ending sessions: one's own, and those of others."""

from __future__ import annotations

from typing import Annotated

from api.http.commands import Doing, command
from application.ledger import Receipt
from domain.identity.events import SessionId
from domain.identity.session import SESSIONS, EndEvery, EndSession
from domain.kernel import ID, PersonId, Rejected

Person = Annotated[PersonId, ID]
Session = Annotated[SessionId, ID]


@command(
    "/api/me/sessions/{session}/end",
    requires="identity.own",
    limit="command",
    refuses=["not_found", "person.needed"],
)
async def end_own_session(session: Session, do: Doing) -> Receipt:
    """End a session of one's own."""
    person = do.principal.person
    if person is None:
        raise Rejected("person.needed", "this is for people, and the token is not a person's")
    return await do(SESSIONS.at(person), EndSession(person, session, "ended_by_owner"))


@command(
    "/api/people/{person}/sessions/{session}/end",
    requires="identity.sessions",
    limit="command",
    refuses=["not_found"],
)
async def end_session(person: Person, session: Session, do: Doing) -> Receipt:
    """End a session of somebody."""
    return await do(SESSIONS.at(person), EndSession(person, session, "ended_by_staff"))


@command("/api/people/{person}/sessions/end", requires="identity.sessions", limit="command", refuses=["not_found"])
async def end_every_session(person: Person, do: Doing) -> Receipt:
    """End all sessions of somebody."""
    return await do(SESSIONS.at(person), EndEvery(person, "ended_by_staff"))
