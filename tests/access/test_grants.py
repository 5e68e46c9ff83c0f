"""Every row of the table that decides about the roles of a person."""

from __future__ import annotations

from domain.access.events import RoleGranted, RoleName, RoleWithdrawn, Scope
from domain.access.grants import GRANTS, GUARDIAN, PLATFORM_ADMIN, Grant, GrantRole, Holding, WithdrawRole
from tests.given import about
from tests.proves import proves

given = about(GRANTS)

marker = RoleName("marker")
algebra, botany, ada = Scope("course:algebra"), Scope("course:botany"), Scope("person:ada")
mark = frozenset({"grades.write"})
more = frozenset({"grades.write", "grades.read"})


def test_a_role_is_granted_everywhere_or_within_a_scope() -> None:
    given().when(GrantRole(marker, None, mark, more)).then(RoleGranted(marker))
    given(RoleGranted(marker)).when(GrantRole(marker, algebra, mark, more)).then(RoleGranted(marker, algebra))
    given(RoleGranted(marker, algebra)).when(GrantRole(marker, algebra, mark, more)).then()


@proves("access.custom_roles")
def test_nobody_grants_or_withdraws_what_they_lack() -> None:
    given().when(GrantRole(marker, None, more, mark)).refused("permission.not_held")
    given(RoleGranted(marker)).when(GrantRole(marker, None, more, mark)).refused("permission.not_held")
    given(RoleGranted(marker)).when(WithdrawRole(marker, None, more, mark)).refused("permission.not_held")


def test_a_role_that_is_not_there_is_not_found_but_can_be_withdrawn() -> None:
    given().when(GrantRole(marker, None, None, more)).refused("not_found")
    given(RoleGranted(marker)).when(WithdrawRole(marker, None, None, more)).then(RoleWithdrawn(marker))


def test_a_role_is_withdrawn_where_it_was_granted() -> None:
    held = given(RoleGranted(marker, algebra))
    held.when(WithdrawRole(marker, algebra, mark, mark)).then(RoleWithdrawn(marker, algebra))
    held.when(WithdrawRole(marker, botany, mark, mark)).then()
    held.when(WithdrawRole(marker, None, mark, mark)).then()


def test_the_platform_is_administered_from_its_own_tenant_and_as_a_whole() -> None:
    given().when(GrantRole(PLATFORM_ADMIN, None, mark, mark)).refused("grant.not_here")
    given().when(GrantRole(PLATFORM_ADMIN, algebra, mark, mark, platform=True)).refused("grant.not_scoped")
    given().when(GrantRole(PLATFORM_ADMIN, None, mark, mark, platform=True)).then(RoleGranted(PLATFORM_ADMIN))


def test_a_guardian_is_one_of_somebody() -> None:
    for scope in (None, algebra):
        given().when(GrantRole(GUARDIAN, scope, mark, mark)).refused("grant.needs_person")
    given().when(GrantRole(GUARDIAN, ada, mark, mark)).then(RoleGranted(GUARDIAN, ada))


def test_what_somebody_holds() -> None:
    assert given().state == Holding()
    held = given(RoleGranted(marker), RoleGranted(marker, algebra), RoleWithdrawn(marker)).state
    assert held == Holding(frozenset({Grant(marker, algebra)}))
