"""What we do about access: who may define roles and grant them, and how it is seen that nobody grants what they lack.

A decision about a role is made over the streams that it rests on: that of the role, those by which the one who asks
stands. The ledger checks them all, so a role that is withdrawn or reduced at the same moment is seen, or decided anew.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple
from uuid import UUID

from application.belonging import OfPeople
from application.do import AnyStream, Decide
from application.ledger import PLATFORM
from application.permissions import AUDITOR, BUILT_IN, EVERYONE, Permission, permitted
from application.standing import Principal, Standing, only, permits, standing_of
from domain.access.events import RoleName, Scope
from domain.access.grants import GRANTS, GrantRole, WithdrawRole
from domain.access.role import ROLE, AddPermissions, Defined, DefineRole
from domain.kernel import PersonId, Rejected, Value

PERMISSIONS = (
    Permission("access.self", "See what one may do oneself.", (EVERYONE,)),
    Permission(
        "access.read", "See which roles there are, who holds them, and what anyone may.", (AUDITOR,), watched=True
    ),
    Permission("access.define", "Define roles, extend, reduce and retire them."),
    Permission("access.grant", "Grant roles, and withdraw them."),
)
PERSONAL = OfPeople(keyed={"grants": 0}, apart=("role",))

NOBODY = frozenset[str]()


class Granting(NamedTuple):
    """A decision over several streams, as `Do.across` takes it."""

    streams: tuple[AnyStream, ...]
    decide: Decide
    command: Value


def defining(by: Principal, role: RoleName, permissions: frozenset[str]) -> Granting:
    """A new role."""
    return _of_role(by, role, lambda held: DefineRole(permissions, held))


def extending(by: Principal, role: RoleName, permissions: frozenset[str]) -> Granting:
    """More permissions for a role, and so for whoever holds it."""
    return _of_role(by, role, lambda held: AddPermissions(permissions, held))


def granting(by: Principal, person: PersonId, role: RoleName, scope: Scope | None) -> Granting:
    """A role for a person."""
    platform = by.tenant == PLATFORM
    return _of_person(
        by, person, role, scope, lambda there, held: GrantRole(role, scope, there, held, platform=platform)
    )


def withdrawing(by: Principal, person: PersonId, role: RoleName, scope: Scope | None) -> Granting:
    """A role taken from a person."""
    return _of_person(by, person, role, scope, lambda there, held: WithdrawRole(role, scope, there, held))


def appointing(role: RoleName, scope: Scope | None = None, *, tenant: UUID | None = None) -> GrantRole:
    """A built-in role given by the house itself, as a policy may when a tenant is provisioned."""
    permissions = permitted(("*",), PLATFORM)
    return GrantRole(role, scope, permissions, permissions, platform=tenant == PLATFORM)


def ours(role: RoleName) -> RoleName:
    """The name of a role that a tenant may define: none that is built in."""
    if role in BUILT_IN or role == EVERYONE:
        raise Rejected("role.built_in", f"{role} is the same in every tenant")
    return role


def _of_role(
    by: Principal, role: RoleName, command: Callable[[frozenset[str]], DefineRole | AddPermissions]
) -> Granting:
    streams = _streams(ROLE.at(ours(role)), *_stands_on(by))

    def decide(*states: Any) -> Iterator[tuple[int, Any]]:
        held = _stands(by, _seen(streams, states)).everywhere
        return ((0, event) for event in ROLE.decide(states[0], command(held)))

    return Granting(streams, decide, command(NOBODY))


def _of_person(
    by: Principal,
    person: PersonId,
    role: RoleName,
    scope: Scope | None,
    command: Callable[[frozenset[str] | None, frozenset[str]], GrantRole | WithdrawRole],
) -> Granting:
    custom = () if role in BUILT_IN else (ROLE.at(role),)
    streams = _streams(GRANTS.at(person), *custom, *_stands_on(by))

    def decide(*states: Any) -> Iterator[tuple[int, Any]]:
        seen = _seen(streams, states)
        standing = _stands(by, seen)
        held = standing.everywhere | (NOBODY if scope is None else standing.within.get(scope, NOBODY))
        there = role in BUILT_IN or isinstance(seen[ROLE.at(role).name], Defined)
        permissions = permits(role, by.tenant, _defined(seen)) if there else None
        return ((0, event) for event in GRANTS.decide(states[0], command(permissions, held)))

    return Granting(streams, decide, command(None, NOBODY))


def _streams(*streams: AnyStream) -> tuple[AnyStream, ...]:
    return tuple({stream.name: stream for stream in streams}.values())


def _seen(streams: Iterable[AnyStream], states: Iterable[Any]) -> Mapping[str, Any]:
    return {stream.name: state for stream, state in zip(streams, states, strict=True)}


def _stands_on(by: Principal) -> Iterator[AnyStream]:
    """The streams by which somebody stands: none of those whose token says itself what it is good for."""
    if by.person is not None:
        yield GRANTS.at(by.person)
        for grant in by.standing.grants:
            if grant.role not in BUILT_IN:
                yield ROLE.at(grant.role)


def _stands(by: Principal, seen: Mapping[str, Any]) -> Standing:
    """How somebody stands at the moment of the decision, whatever was remembered of it."""
    if by.person is None:
        return by.standing
    standing = standing_of(by.tenant, by.person, seen[GRANTS.at(by.person).name].grants, _defined(seen))
    return standing if by.can is None else only(standing, permitted(by.can, by.tenant))


def _defined(seen: Mapping[str, Any]) -> Mapping[RoleName, frozenset[str]]:
    return {
        RoleName(name.removeprefix("role:")): state.permissions
        for name, state in seen.items()
        if isinstance(state, Defined)
    }
