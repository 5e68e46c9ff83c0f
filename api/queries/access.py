"""Who may do what, where, and why."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Annotated, Any

from api.http.problems import Refused
from api.http.queries import Asking, Cursor, Limit, Position, query
from application.permissions import BUILT_IN, EVERYONE, Permission, built_in, own
from application.permissions import permissions as every_permission
from application.standing import Standing, permits, standing_of
from domain.access.events import RoleName, Scope
from domain.kernel import ID, PersonId, Value
from projections.access.permissions import Granted, Held, held_by
from projections.access.roles import DefinedRole, Holder, defined_roles, who_holds
from projections.model import Page

Role = Annotated[RoleName, ID]
Person = Annotated[PersonId, ID]

SHOWN = ("position.not_reached", "position.unknown")
PAGED = (*SHOWN, "cursor.malformed")


class BuiltInRole(Value):
    """A role that every tenant has; `own` is what it permits its holders for themselves."""

    role: RoleName
    what: str
    permissions: tuple[str, ...]
    own: tuple[str, ...]


class Roles(Value):
    """The roles of a school: those that are built in, and a page of those it has defined."""

    built_in: tuple[BuiltInRole, ...]
    rows: tuple[DefinedRole, ...]
    position: int
    cursor: str | None = None


class Permissions(Value):
    """Everything that can be permitted."""

    permissions: tuple[Permission, ...]


class Because(Value):
    """A grant that a permission comes from. What comes with a token, and what everyone may, was not granted."""

    role: RoleName
    scope: Scope | None = None
    granted_by: str | None = None
    granted_at: datetime | None = None


class Effective(Value):
    """A permission, where it holds (everywhere, if there is no scope), and why."""

    permission: str
    what: str
    scope: Scope | None
    because: tuple[Because, ...]


class PermissionsOf(Value):
    """What a person may. `version` is for If-Match, when roles are granted to them."""

    person: str
    permissions: tuple[Effective, ...]
    roles: tuple[Granted, ...]
    version: int
    position: int


BECAUSE = {"role": "staff", "scope": None, "granted_by": "head", "granted_at": "2026-11-02T08:00:00Z"}
EXAMPLE: dict[str, Any] = {
    "person": "0198c0de-da7a-7000-8000-00000000ada0",
    "permissions": [
        {"permission": "enrollments.read", "what": "See who learns what.", "scope": None, "because": [BECAUSE]}
    ],
    "roles": [BECAUSE],
    "version": 1,
    "position": 42,
}
ROLE = {
    "role": "course-assistant",
    "status": "defined",
    "permissions": ["enrollments.read"],
    "holders": 3,
    "version": 1,
    "defined_at": "2026-11-02T08:00:00Z",
    "defined_by": "head",
}


@query(
    "/api/permissions",
    requires="access.read",
    limit="query",
    refuses=["request.invalid"],
    example={
        "permissions": [
            {
                "name": "facts.read",
                "what": "Read what has happened.",
                "roles": ["auditor"],
                "own": [],
                "platform": False,
            }
        ]
    },
)
async def permissions(asking: Asking) -> Permissions:
    """What can be permitted, and which built-in roles permit it?

    Besides those named, the tenant's administrators hold all that is not the platform's.
    """
    del asking
    return Permissions(tuple(every_permission().values()))


@query(
    "/api/roles",
    requires="access.read",
    limit="query",
    refuses=PAGED,
    example={
        "built_in": [{"role": "student", "what": "Learns.", "permissions": [], "own": ["enrollments.read"]}],
        "rows": [ROLE],
        "position": 42,
        "cursor": None,
    },
)
async def roles(asking: Asking, cursor: Cursor | None = None, limit: Limit = 50, min_position: Position = 0) -> Roles:
    """Which roles are there, and what do they permit?"""
    found = await defined_roles(asking.ask, asking.tenant, cursor=cursor, limit=limit, min_position=min_position)
    ours = tuple(
        BuiltInRole(role, what, tuple(sorted(permits(role, asking.tenant, {}))), tuple(sorted(own(role))))
        for role, what in BUILT_IN.items()
    )
    return Roles(ours, found.rows, found.position, found.cursor)


@query(
    "/api/roles/{role}/holders",
    requires="access.read",
    limit="query",
    refuses=(*PAGED, "not_found"),
    example={
        "rows": [
            {
                "person": "0198c0de-da7a-7000-8000-00000000ada0",
                "scope": "course:celestial-navigation",
                "granted_at": "2026-11-02T08:00:00Z",
                "granted_by": "head",
            }
        ],
        "position": 42,
        "cursor": None,
    },
)
async def role_holders(
    asking: Asking, role: Role, cursor: Cursor | None = None, limit: Limit = 50, min_position: Position = 0
) -> Page[Holder]:
    """Who holds this role, where, since when, and from whom?"""
    defined, found = await who_holds(
        asking.ask, asking.tenant, role, cursor=cursor, limit=limit, min_position=min_position
    )
    if not defined and role not in BUILT_IN:
        raise Refused("not_found", "there is no such role")
    return found


@query(
    "/api/people/{person}/permissions",
    requires="access.read",
    scope="person",
    limit="query",
    refuses=(*SHOWN, "not_found"),
    example=EXAMPLE,
)
async def permissions_of(asking: Asking, person: Person, min_position: Position = 0) -> PermissionsOf:
    """What may this person, where, and why?"""
    position, held = await held_by(asking.ask, asking.tenant, person, min_position=min_position)
    if not held.version:
        raise Refused("not_found", "nothing was ever granted to such a person")
    standing = standing_of(asking.tenant, person, held.grants, held.defined)
    told = tuple(_explained(asking, person, standing, held))
    return PermissionsOf(person, told, held.grants, held.version, position)


@query("/api/me/permissions", requires="access.self", limit="query", refuses=SHOWN, example=EXAMPLE)
async def my_permissions(asking: Asking, min_position: Position = 0) -> PermissionsOf:
    """What may I, where, and why?

    The permissions are those that routes enforce at this moment.
    """
    me = asking.principal
    position, held = await held_by(asking.ask, asking.tenant, PersonId(me.name), min_position=min_position)
    told = tuple(_explained(asking, me.person, me.standing, held))
    return PermissionsOf(me.name, told, held.grants, held.version, position)


def _explained(asking: Asking, person: PersonId | None, standing: Standing, held: Held) -> Iterator[Effective]:
    """Each permission that somebody has, with the grants it comes from."""
    for scope in (None, *sorted(standing.within)):
        some = standing.everywhere if scope is None else standing.within[scope]
        for name in sorted(some):
            because = tuple(_because(asking, name, scope, person, held))
            where = None if scope is None else Scope(scope)
            yield Effective(name, every_permission()[name].what, where, because)


def _because(asking: Asking, name: str, scope: str | None, person: PersonId | None, held: Held) -> Iterable[Because]:
    if person is None:
        return
    myself = scope == f"person:{person}"
    if name in (built_in(EVERYONE) if scope is None else own(EVERYONE) if myself else ()):
        yield Because(EVERYONE)
    for grant in held.grants:
        here = grant.scope == scope and name in permits(grant.role, asking.tenant, held.defined)
        if here or (myself and grant.scope is None and name in own(grant.role)):
            yield Because(grant.role, grant.scope, grant.granted_by, grant.granted_at)
