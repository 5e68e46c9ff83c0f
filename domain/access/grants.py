"""The roles that one person holds, and where."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from domain.access.events import (
    Event,
    PermissionsAdded,
    PermissionsRemoved,
    RoleDefined,
    RoleGranted,
    RoleName,
    RoleRetired,
    RoleWithdrawn,
    Scope,
)
from domain.kernel import Decider, Rejected, Value

PLATFORM_ADMIN = RoleName("platform_admin")
GUARDIAN = RoleName("guardian")


class GrantRole(Value):
    """`permits` is what the role permits, nothing where there is no such role; `held` is what the granter may do there.

    `platform` says that this is the platform's own tenant.
    """

    role: RoleName
    scope: Scope | None
    permits: frozenset[str] | None
    held: frozenset[str]
    platform: bool = False


class WithdrawRole(Value):
    """As for a grant: what a role permits must be held by the one who takes it away."""

    role: RoleName
    scope: Scope | None
    permits: frozenset[str] | None
    held: frozenset[str]


Command = GrantRole | WithdrawRole


class Grant(Value):
    role: RoleName
    scope: Scope | None = None


class Holding(Value):
    """What they hold; nothing, at first."""

    grants: frozenset[Grant] = frozenset()


State = Holding


def decide(state: State, command: Command) -> Iterator[Event]:
    match state, command:
        case _, (GrantRole(role, scope) | WithdrawRole(role, scope)) if _asks_too_much(command):
            raise Rejected("permission.not_held", f"nobody grants what they lack, as {role} would {_where(scope)}")
        case Holding(grants), WithdrawRole(role, scope) if Grant(role, scope) in grants:
            yield RoleWithdrawn(role, scope)
        case Holding(grants), GrantRole(role, scope) if Grant(role, scope) in grants:
            return  # Already so. Saying it twice changes nothing.
        case Holding(), WithdrawRole():
            return
        case Holding(), GrantRole(permits=None):
            raise Rejected("not_found", "there is no such role")
        case Holding(), GrantRole(role, _, platform=False) if role == PLATFORM_ADMIN:
            raise Rejected("grant.not_here", "the platform's administrators are made in the platform's own tenant")
        case Holding(), GrantRole(role, scope) if role == PLATFORM_ADMIN and scope is not None:
            raise Rejected("grant.not_scoped", "the platform is administered as a whole")
        case Holding(), GrantRole(role, scope) if role == GUARDIAN and (scope or "").partition(":")[0] != "person":
            raise Rejected("grant.needs_person", "a guardian is one of somebody: give the scope person:{id}")
        case Holding(), GrantRole(role, scope):
            yield RoleGranted(role, scope)


def _asks_too_much(command: Command) -> bool:
    return command.permits is not None and not command.permits <= command.held


def _where(scope: Scope | None) -> str:
    return "everywhere" if scope is None else f"within {scope}"


def evolve(state: State, event: Event) -> State:
    match event:
        case RoleGranted(role, scope):
            return Holding(state.grants | {Grant(role, scope)})
        case RoleWithdrawn(role, scope):
            return Holding(state.grants - {Grant(role, scope)})
        case RoleDefined() | PermissionsAdded() | PermissionsRemoved() | RoleRetired():
            return state  # Told of a role, on another stream.
        case _:
            assert_never(event)


GRANTS = Decider[State, Command, Event]("grants", Holding(), decide, evolve)
