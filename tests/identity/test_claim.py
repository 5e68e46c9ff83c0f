"""Whose an address or a username is."""

from __future__ import annotations

from domain.identity.claim import CLAIM, Claim, Free, Release
from domain.identity.events import Claimed, Released
from domain.kernel import PersonId
from tests.given import about
from tests.proves import proves

given = about(CLAIM)
ada, ben = PersonId("ada"), PersonId("ben")


@proves("auth.register")
def test_what_is_free_is_whose_who_comes_first() -> None:
    given().when(Claim("address", ada)).then(Claimed(ada))
    given(Claimed(ada)).when(Claim("address", ada)).then()
    given(Claimed(ada)).when(Claim("address", ben)).refused("address.taken")
    given(Claimed(ada)).when(Claim("username", ben)).refused("username.taken")


def test_what_is_given_up_is_free_again() -> None:
    given(Claimed(ada)).when(Release(ada)).then(Released(ada))
    given(Claimed(ada)).when(Release(ben)).then()
    given().when(Release(ada)).then()
    given(Claimed(ada), Released(ada)).when(Claim("username", ben)).then(Claimed(ben))
    assert given(Claimed(ada), Released(ada)).state == Free()
