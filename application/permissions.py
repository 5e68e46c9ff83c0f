"""What there is to permit, and which built-in role permits it. Found by place.

A context says in `application.<context>` what it has: `PERMISSIONS = (Permission("grades.write", "Mark.", (STAFF,)),)`.
Whatever a route requires must be among them, so no route is open to a role by being forgotten. The tenant's
administrators hold everything but what is the platform's; the platform's administrators hold that too.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterable, Mapping
from functools import cache
from types import MappingProxyType
from uuid import UUID

import application
from application.ledger import PLATFORM
from domain.access import grants
from domain.access.events import RoleName
from domain.kernel import Rejected, Value

PLATFORM_ADMIN = grants.PLATFORM_ADMIN
TENANT_ADMIN = RoleName("tenant_admin")
INSTRUCTOR = RoleName("instructor")
ASSISTANT = RoleName("assistant")
STAFF = RoleName("staff")
STUDENT = RoleName("student")
GUARDIAN = grants.GUARDIAN
CREATOR = RoleName("creator")
ADVERTISER = RoleName("advertiser")
ANALYST = RoleName("analyst")
AUDITOR = RoleName("auditor")

BUILT_IN: Mapping[RoleName, str] = MappingProxyType(
    {
        PLATFORM_ADMIN: "Runs the platform: its tenants and all that is theirs in the platform's own.",
        TENANT_ADMIN: "Runs a school: may do everything there is in it.",
        INSTRUCTOR: "Teaches.",
        ASSISTANT: "Helps who teaches: marks what learners hand in.",
        STAFF: "Keeps a school going: enrols, withdraws, looks things up.",
        STUDENT: "Learns: sees and does what is their own.",
        GUARDIAN: "Looks after a student: sees what is that student's.",
        CREATOR: "Makes courses and what is in them.",
        ADVERTISER: "Places advertisements.",
        ANALYST: "Looks at how things are going.",
        AUDITOR: "Reads everything that has happened, and changes nothing.",
    }
)
"""The roles that every tenant has, and what they are for."""

EVERYONE = RoleName("everyone")
"""Whoever is somebody in a tenant, whatever they are besides. Nobody grants it."""


class Permission(Value):
    """One thing that may be permitted: `context.verb`, what that means, and the built-in roles that permit it."""

    name: str
    what: str
    roles: tuple[RoleName, ...] = ()
    """Who holds it wherever their role was granted."""
    own: tuple[RoleName, ...] = ()
    """Who holds it for themselves: where a route says that a person is its scope, and that is who asks."""
    platform: bool = False
    """Only of the platform's own tenant: no tenant's administrator holds it."""
    watched: bool = False
    """What is read by it is noted in the trail: it shows people, or what they did."""

    def of(self, role: RoleName) -> bool:
        """Whether a built-in role permits it, wherever it was granted."""
        return role in self.roles or role == PLATFORM_ADMIN or (role == TENANT_ADMIN and not self.platform)


PERMISSIONS = (
    Permission("facts.read", "Read what has happened, of the contexts one may read.", (ANALYST, AUDITOR), watched=True),
    Permission("facts.open", "Open what is sealed of people in what has happened."),
)


@cache
def permissions() -> Mapping[str, Permission]:
    """Everything there is to permit, by its name, in order."""
    found: dict[str, Permission] = {}
    for module in pkgutil.iter_modules(application.__path__):
        declared: Iterable[Permission] = getattr(
            importlib.import_module(f"application.{module.name}"), "PERMISSIONS", ()
        )
        found |= {permission.name: permission for permission in declared}
    return MappingProxyType(dict(sorted(found.items())))


def permitted(patterns: Iterable[str], tenant: UUID) -> frozenset[str]:
    """The permissions that are meant by their names, or by a whole they are part of: `enrollments.*`, `*`.

    What is the platform's is meant only in the platform's own tenant.
    """
    wanted = frozenset(patterns)
    return frozenset(
        one.name
        for one in permissions().values()
        if not wanted.isdisjoint(_wholes(one.name)) and (tenant == PLATFORM or not one.platform)
    )


def _wholes(name: str) -> Iterable[str]:
    parts = name.split(".")
    return (name, "*", *(".".join((*parts[:length], "*")) for length in range(1, len(parts))))


@cache
def built_in(role: RoleName) -> frozenset[str]:
    """What a built-in role permits, wherever it was granted."""
    return frozenset(one.name for one in permissions().values() if one.of(role))


@cache
def own(role: RoleName) -> frozenset[str]:
    """What a built-in role permits whoever holds it for themselves."""
    return frozenset(one.name for one in permissions().values() if role in one.own)


def known(names: Iterable[str]) -> frozenset[str]:
    """These permissions, if there are such."""
    wanted = frozenset(names)
    unknown = sorted(wanted - permissions().keys())
    if unknown:
        raise Rejected("permission.unknown", f"there is no permission {', '.join(unknown)}")
    return wanted
