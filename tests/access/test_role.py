"""Every row of the table that decides about a role."""

from __future__ import annotations

import pytest

from domain.access.events import PermissionsAdded, PermissionsRemoved, RoleDefined, RoleRetired
from domain.access.role import (
    ROLE,
    AddPermissions,
    Defined,
    DefineRole,
    RemovePermissions,
    Retired,
    RetireRole,
    Undefined,
)
from tests.given import about
from tests.proves import proves

given = about(ROLE)

read, write, mark = "grades.read", "grades.write", "grades.mark"
held = frozenset({read, write})
both = RoleDefined((read, write))


def some(*permissions: str) -> frozenset[str]:
    return frozenset(permissions)


def test_a_role_is_defined_by_who_holds_all_it_permits() -> None:
    given().when(DefineRole(some(write, read), held)).then(both)
    given(both).when(DefineRole(some(write, read), held)).then()


@pytest.mark.parametrize("command", [DefineRole(some(read, mark), held), AddPermissions(some(mark), held)])
@proves("access.custom_roles")
def test_nobody_puts_into_a_role_what_they_lack(command: DefineRole | AddPermissions) -> None:
    given().when(command).refused("permission.not_held")
    given(both).when(command).refused("permission.not_held")


def test_another_role_of_the_same_name_is_refused() -> None:
    given(both).when(DefineRole(some(read), held)).refused("role.defined_otherwise")


def test_a_role_permits_something() -> None:
    given().when(DefineRole(some(), held)).refused("role.permits_nothing")
    given(both).when(AddPermissions(some(), held)).refused("role.permits_nothing")


def test_a_role_is_extended_and_reduced_by_what_it_does_not_and_does_permit() -> None:
    given(RoleDefined((read,))).when(AddPermissions(held, held)).then(PermissionsAdded((write,)))
    given(both).when(AddPermissions(some(read), held)).then()
    given(both).when(RemovePermissions(some(write, mark))).then(PermissionsRemoved((write,)))
    given(both).when(RemovePermissions(some(mark))).then()


def test_what_was_never_defined_is_not_found() -> None:
    for command in (AddPermissions(some(read), held), RemovePermissions(some(read)), RetireRole()):
        given().when(command).refused("not_found")


def test_a_retired_role_stays_so_and_its_name_too() -> None:
    given(both).when(RetireRole()).then(RoleRetired())
    given(both, RoleRetired()).when(RetireRole()).then()
    for command in (DefineRole(some(read), held), AddPermissions(some(read), held), RemovePermissions(some(read))):
        given(both, RoleRetired()).when(command).refused("role.retired")


def test_the_states_of_a_role() -> None:
    assert given().state == Undefined()
    assert given(both, PermissionsRemoved((read,)), PermissionsAdded((mark,))).state == Defined(some(write, mark))
    assert given(both, RoleRetired()).state == Retired()
