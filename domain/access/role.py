"""One role that a school has defined: a set of permissions with a name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from domain.access.events import (
    Event,
    PermissionsAdded,
    PermissionsRemoved,
    RoleDefined,
    RoleGranted,
    RoleRetired,
    RoleWithdrawn,
)
from domain.kernel import Decider, Rejected, Value, name


class DefineRole(Value):
    """`held` is what the one who defines it may do themselves."""

    permissions: frozenset[str]
    held: frozenset[str]


class AddPermissions(Value):
    permissions: frozenset[str]
    held: frozenset[str]


class RemovePermissions(Value):
    permissions: frozenset[str]


class RetireRole(Value):
    """For ever: who holds it keeps nothing of it."""


Command = DefineRole | AddPermissions | RemovePermissions | RetireRole


class Undefined(Value, tag=True):
    """Nobody has defined it."""


class Defined(Value, tag=True):
    permissions: frozenset[str]


class Retired(Value, tag=True):
    """It was there once; its name is not used again, for grants of it may still be."""


State = Undefined | Defined | Retired


def decide(state: State, command: Command) -> Iterator[Event]:
    match state, command:
        case Undefined() | Defined(), DefineRole(permissions) | AddPermissions(permissions) if not permissions:
            raise Rejected("role.permits_nothing", "name at least one permission")
        case Undefined() | Defined(), DefineRole(permissions, held) | AddPermissions(permissions, held) if (
            permissions - held
        ):
            raise lacking(permissions - held)
        case Undefined(), DefineRole(permissions):
            yield RoleDefined(tuple(sorted(permissions)))
        case Defined(there), DefineRole(permissions) if there != permissions:
            raise Rejected("role.defined_otherwise", "a role of this name is defined, with other permissions")
        case Defined(there), AddPermissions(permissions) if permissions - there:
            yield PermissionsAdded(tuple(sorted(permissions - there)))
        case Defined(there), RemovePermissions(permissions) if permissions & there:
            yield PermissionsRemoved(tuple(sorted(permissions & there)))
        case Defined(), RetireRole():
            yield RoleRetired()
        case (Defined(), DefineRole() | AddPermissions() | RemovePermissions()) | (Retired(), RetireRole()):
            return  # Already so. Saying it twice changes nothing.
        case Retired(), _:
            raise Rejected("role.retired", f"cannot {name(command)}: it is retired, and its name is not used again")
        case _:
            raise Rejected("not_found", "there is no such role")


def lacking(permissions: frozenset[str]) -> Rejected:
    """No, because the one who asks may not do so themselves."""
    return Rejected("permission.not_held", f"nobody grants what they lack: {', '.join(sorted(permissions))}")


def evolve(state: State, event: Event) -> State:
    match event:
        case RoleDefined(permissions):
            return Defined(frozenset(permissions))
        case PermissionsAdded(permissions):
            return Defined(state.permissions | frozenset(permissions)) if isinstance(state, Defined) else state
        case PermissionsRemoved(permissions):
            return Defined(state.permissions - frozenset(permissions)) if isinstance(state, Defined) else state
        case RoleRetired():
            return Retired()
        case RoleGranted() | RoleWithdrawn():
            return state  # Told of a person, on another stream.
        case _:
            assert_never(event)


ROLE = Decider[State, Command, Event]("role", Undefined(), decide, evolve)
