"""Who people are, how their accounts stand, and where they are logged in."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import msgspec
from msgspec.structs import asdict

from api.http.problems import Refused
from api.http.queries import Asking, Cursor, Limit, Position, query
from domain.access.events import RoleName, Scope
from domain.kernel import ID, Moment, PersonId, Value
from projections.factors.second_factor import Status, second_factor_of
from projections.identity import directory
from projections.identity import sessions as open_sessions
from projections.identity.directory import Known, Listed
from projections.identity.sessions import OpenSession
from projections.identity.status_history import StatusChange, status_changes
from projections.model import Page

Person = Annotated[PersonId, ID]
Role = Annotated[RoleName, ID]
Words = Annotated[str, msgspec.Meta(min_length=1, max_length=200, pattern=r"^[^\x00]*$(?!\n)")]
Within = Annotated[
    Scope,
    msgspec.Meta(
        pattern=r"^(course|department|section):[A-Za-z0-9][A-Za-z0-9._~-]{0,63}$(?!\n)",
        max_length=75,
        description="Where they hold a role: `department:arts`, `course:algebra`, `section:7b`.",
    ),
]

SHOWN = ["position.not_reached", "position.unknown"]
REFUSES = [*SHOWN, "cursor.malformed"]
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
    return await open_sessions.sessions(
        asking.ask, asking.tenant, own(asking), cursor=cursor, limit=limit, min_position=min_position
    )


@query("/api/people/{person}/sessions", requires="identity.sessions", limit="query", refuses=REFUSES, example=EXAMPLE)
async def sessions_of(
    asking: Asking, person: Person, cursor: Cursor | None = None, limit: Limit = 50, min_position: Position = 0
) -> Page[OpenSession]:
    """Where is somebody logged in?"""
    return await open_sessions.sessions(
        asking.ask, asking.tenant, person, cursor=cursor, limit=limit, min_position=min_position
    )


# --- people ---------------------------------------------------------------------------------------

PERSON = {
    "person": "0198c0de-da7a-7000-8000-0000000000ad",
    "name": "Ada Lovelace",
    "given_name": "Ada",
    "family_name": "Lovelace",
    "address": "ada@school.example",
    "verified": True,
    "username": "ada",
    "about": None,
    "phone": "+442079460000",
    "phone_confirmed": False,
    "avatar": None,
    "locale": "en-GB",
    "time_zone": "Europe/London",
    "theme": "dark",
    "privacy": ["hide_last_seen"],
    "access_needs": ["captions"],
    "status": "active",
    "status_at": "2026-11-02T08:00:00Z",
    "reason": None,
    "since": "2026-11-02T08:00:00Z",
    "roles": [{"role": "instructor", "scope": None}],
    "version": 3,
}
LISTED = ("person", "name", "address", "verified", "username", "status", "status_at", "since", "roles", "version")


class OnePerson(Known):
    """Somebody, and the position that this shows."""

    position: int = 0


class Me(Value):
    """Who asks: their account, and what they may.

    `within` are permissions that hold in a scope only; `two_factor` is whether a second step is asked of them.
    """

    tenant: UUID
    person: Known
    permissions: tuple[str, ...]
    within: dict[str, tuple[str, ...]]
    two_factor: Status
    position: int


@query(
    "/api/people",
    requires="identity.directory",
    limit="query",
    refuses=REFUSES,
    example={"rows": [{name: PERSON[name] for name in LISTED}], "position": 42, "cursor": None},
)
async def people(  # noqa: PLR0913, PLR0917 — what may be asked for
    asking: Asking,
    named: Words | None = None,
    address: Words | None = None,
    status: directory.Status | None = None,
    role: Role | None = None,
    within: Within | None = None,
    since: Moment | None = None,
    until: Moment | None = None,
    sort: directory.Sort = "name",
    cursor: Cursor | None = None,
    limit: Limit = 50,
    min_position: Position = 0,
) -> Page[Listed]:
    """Who is there?

    `named` are words of their names, their address or their username, in any order and without accents; `within` is
    where they hold a role: a department, a course, a section. Who was removed is found only by `status=deleted`.
    """
    wanted = directory.Wanted(named, address, status, role, within, since, until)
    return await directory.search(
        asking.ask, asking.tenant, wanted, sort=sort, cursor=cursor, limit=limit, min_position=min_position
    )


@query(
    "/api/people/{person}",
    requires="identity.directory",
    limit="query",
    refuses=[*SHOWN, "not_found"],
    example={**PERSON, "position": 42},
)
async def person(asking: Asking, person: Person, min_position: Position = 0) -> OnePerson:
    """Who is this?"""
    position, found = await directory.somebody(asking.ask, asking.tenant, person, min_position=min_position)
    if found is None or found.status == "deleted":
        raise Refused("not_found", "there is no such thing")
    return OnePerson(**asdict(found), position=position)


@query(
    "/api/people/{person}/status-history",
    requires="identity.directory",
    limit="query",
    refuses=[*REFUSES, "not_found"],
    example={
        "rows": [
            {
                "status": "deactivated",
                "reason": "left the school",
                "at": "2026-11-02T08:00:00Z",
                "by": "0198c0de-da7a-7000-8000-00000000c0de",
                "version": 4,
            }
        ],
        "position": 42,
        "cursor": None,
    },
)
async def status_history(
    asking: Asking, person: Person, cursor: Cursor | None = None, limit: Limit = 50, min_position: Position = 0
) -> Page[StatusChange]:
    """How did this account come to stand as it does, and why?"""
    found = await status_changes(
        asking.ask, asking.tenant, person, cursor=cursor, limit=limit, min_position=min_position
    )
    if not found.rows and cursor is None:
        raise Refused("not_found", "there is no such thing")
    return found


@query(
    "/api/me",
    requires="identity.own",
    limit="query",
    refuses=[*SHOWN, "person.needed", "not_found"],
    example={
        "tenant": "0198c0de-da7a-7000-8000-000000000001",
        "person": PERSON,
        "permissions": ["enrollments.read", "identity.own"],
        "within": {"course:algebra": ["enrollments.enroll"]},
        "two_factor": "off",
        "position": 42,
    },
)
async def me(asking: Asking, min_position: Position = 0) -> Me:
    """Who am I here, what may I, and how do I like to be served?"""
    tenant, myself = asking.tenant, own(asking)
    position, found = await directory.somebody(asking.ask, tenant, myself, min_position=min_position)
    if found is None:
        raise Refused("not_found", "there is no such thing")
    standing = asking.principal.standing
    within = {scope: tuple(sorted(some)) for scope, some in sorted(standing.within.items())}
    factor = await second_factor_of(asking.ask, tenant, myself, min_position=min_position)
    shown = min(position, factor.position)
    return Me(tenant, found, tuple(sorted(standing.everywhere)), within, factor.status, shown)


def own(asking: Asking) -> PersonId:
    """Who asks, where only people may."""
    if asking.principal.person is None:
        raise Refused("person.needed", "this is for people, and the token is not a person's")
    return asking.principal.person
