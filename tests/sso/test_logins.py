"""The story of one person's logins, and of the roles that follow from them."""

from __future__ import annotations

from domain.sso.events import Login, LoginLinked, LoginUnlinked, ProviderId, RolesMapped
from domain.sso.logins import LOGINS, Link, Logins, MapRoles, Unlink, UnlinkEvery
from tests.given import about
from tests.proves import proves

given = about(LOGINS)

COLLEGE, GOOGLE = ProviderId("college"), ProviderId("google")
ONE, TWO = Login("one"), Login("two")
linked, also = LoginLinked(COLLEGE, ONE), LoginLinked(GOOGLE, TWO)


def test_a_login_is_linked_once() -> None:
    given().when(Link(COLLEGE, ONE)).then(linked)
    given(linked).when(Link(COLLEGE, ONE)).then()
    given(linked).when(Link(GOOGLE, TWO)).then(also)


@proves("auth.social_login")
def test_the_last_way_in_is_not_unlinked() -> None:
    given(linked).when(Unlink(ONE, otherwise=False)).refused("login.last")
    given(linked).when(Unlink(ONE, otherwise=True)).then(LoginUnlinked(COLLEGE, ONE))
    given(linked, also).when(Unlink(ONE, otherwise=False)).then(LoginUnlinked(COLLEGE, ONE))
    given(linked, also, LoginUnlinked(COLLEGE, ONE)).when(Unlink(TWO, otherwise=False)).refused("login.last")
    given(linked, also, LoginUnlinked(COLLEGE, ONE)).when(Unlink(ONE, otherwise=False)).then()
    given(linked).when(Unlink(TWO, otherwise=True)).refused("not_found")


def test_who_is_gone_has_no_logins() -> None:
    gone = (LoginUnlinked(COLLEGE, ONE), LoginUnlinked(GOOGLE, TWO))
    given(linked, also).when(UnlinkEvery()).then(*gone)
    given(linked, also, *gone).when(UnlinkEvery()).then()


@proves("auth.sso_oauth")
def test_roles_follow_what_a_provider_says_now() -> None:
    staff = RolesMapped(COLLEGE, ("staff",))
    given().when(MapRoles(COLLEGE, ())).then()
    given().when(MapRoles(COLLEGE, ("staff",))).then(staff)
    given(staff).when(MapRoles(COLLEGE, ("staff",))).then()
    given(staff).when(MapRoles(GOOGLE, ("student",))).then(RolesMapped(GOOGLE, ("student",)))
    given(staff).when(MapRoles(COLLEGE, ())).then(RolesMapped(COLLEGE, ()))
    assert given(staff, RolesMapped(COLLEGE, ())).state == Logins()
