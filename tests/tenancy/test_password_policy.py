"""Every row of the table that decides about password policies."""

from __future__ import annotations

from domain.tenancy.events import PasswordPolicyAdopted
from domain.tenancy.password_policy import PASSWORD_POLICY, Adopt, PasswordPolicy
from tests.given import about
from tests.proves import proves

given = about(PASSWORD_POLICY)

first = PasswordPolicyAdopted(1, 20, 3, 5, 365)


@proves("tenant.password_policy")
def test_a_policy_is_adopted_and_each_is_a_version() -> None:
    given().when(Adopt(20, 3, 5, 365)).then(first)
    given(first).when(Adopt(20, 3, 5, 365)).then()
    given(first).when(Adopt(16)).then(PasswordPolicyAdopted(2, 16, 0, 0, None))
    assert given(first).state == PasswordPolicy(1, 20, 3, 5, 365)


def test_who_adopts_the_floor_has_it_already() -> None:
    given().when(Adopt(15)).then()


@proves("tenant.password_policy")
def test_a_policy_is_never_looser_than_the_floor() -> None:
    given().when(Adopt(14)).refused("password_policy.below_floor")
    given(first).when(Adopt(8, 4, 24, 30)).refused("password_policy.below_floor")


def test_a_policy_that_nobody_could_keep_is_refused() -> None:
    for command in (Adopt(129), Adopt(15, 5), Adopt(15, -1), Adopt(15, 0, 25), Adopt(15, 0, 0, 29), Adopt(15, 0, 0, 0)):
        given().when(command).refused("password_policy.malformed")
