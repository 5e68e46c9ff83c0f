"""The story of whose a login is."""

from __future__ import annotations

from domain.kernel import PersonId
from domain.sso.events import LoginClaimed, LoginReleased
from domain.sso.login import LOGIN, Claim, Free, Release, Taken
from tests.given import about

given = about(LOGIN)

ADA, BEN = PersonId("ada"), PersonId("ben")


def test_a_login_is_one_persons_until_they_release_it() -> None:
    given().when(Claim(ADA)).then(LoginClaimed(ADA))
    given(LoginClaimed(ADA)).when(Claim(ADA)).then()
    given(LoginClaimed(ADA)).when(Claim(BEN)).refused("login.taken")
    given(LoginClaimed(ADA)).when(Release(BEN)).then()
    given(LoginClaimed(ADA)).when(Release(ADA)).then(LoginReleased(ADA))
    given(LoginClaimed(ADA), LoginReleased(ADA)).when(Claim(BEN)).then(LoginClaimed(BEN))
    assert given(LoginClaimed(ADA)).state == Taken(ADA)
    assert given(LoginClaimed(ADA), LoginReleased(BEN)).state == Taken(ADA)
    assert given().state == Free()
