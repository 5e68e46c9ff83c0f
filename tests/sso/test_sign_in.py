"""The story of one way to a provider and back again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from domain.kernel import PersonId
from domain.sso.events import Login, ProviderId, SignInFinished, SignInProved, SignInStarted
from domain.sso.sign_in import SIGN_IN, Begin, Finish, Over, Prove, Proven
from tests.given import about
from tests.proves import proves

given = about(SIGN_IN)

PROVIDER, LOGIN, ADA, BEN = ProviderId("college"), Login("mark"), PersonId("ada"), PersonId("ben")
NOW = datetime(2026, 11, 2, 8, tzinfo=UTC)
SOON, LATER = NOW + timedelta(minutes=10), NOW + timedelta(minutes=20)

begun = SignInStarted(PROVIDER, SOON, "/courses")
linking = SignInStarted(PROVIDER, SOON, None, ADA)
proven = SignInProved("one", LOGIN, ADA, LATER)
unlinked = SignInProved("one", LOGIN, ADA, LATER, links=True)
finished = SignInFinished("two", ADA)


@proves("auth.social_login")
def test_the_way_is_gone_once() -> None:
    given().when(Begin(PROVIDER, SOON, "/courses")).then(begun)
    given(begun).when(Begin(PROVIDER, SOON, "/courses")).then()
    given(begun).when(Prove("one", NOW, LOGIN, ADA, LATER)).then(proven)
    given(begun, proven).when(Finish("two", NOW, ADA)).then(finished)
    given(begun, proven).when(Prove("three", NOW, LOGIN, ADA, LATER)).refused("sign_in.used")
    given(begun, proven, finished).when(Prove("three", NOW, LOGIN, ADA, LATER)).refused("sign_in.used")
    given(begun, proven, finished).when(Finish("three", NOW, ADA)).refused("sign_in.used")


def test_whoever_asks_again_is_answered_again() -> None:
    given(begun, proven).when(Prove("one", LATER, LOGIN, ADA, LATER)).then()
    given(begun, proven, finished).when(Prove("one", NOW, LOGIN, ADA, LATER)).then()
    given(begun, proven, finished).when(Finish("two", LATER, ADA)).then()


@proves("auth.social_login")
def test_what_was_not_begun_is_not_ended_and_what_took_too_long_neither() -> None:
    given().when(Prove("one", NOW, LOGIN, ADA, LATER)).refused("sign_in.refused")
    given().when(Finish("one", NOW, ADA)).refused("sign_in.refused")
    given(begun).when(Finish("one", NOW, ADA)).refused("sign_in.refused")
    given(begun).when(Prove("one", SOON, LOGIN, ADA, LATER)).refused("sign_in.expired")
    given(begun, proven).when(Finish("two", LATER, ADA)).refused("sign_in.expired")


@proves("auth.social_login")
def test_a_login_is_linked_by_whoever_may_do_so_and_nobody_comes_in_by_it_before() -> None:
    given(linking).when(Prove("one", NOW, LOGIN, ADA, LATER, links=True)).then(unlinked)
    given(linking).when(Prove("one", NOW, LOGIN, BEN, LATER, links=True)).refused("sign_in.refused")
    given(linking).when(Prove("one", NOW, LOGIN, ADA, LATER)).refused("sign_in.refused")
    given(begun).when(Prove("one", NOW, LOGIN, ADA, LATER, links=True)).then(unlinked)
    given(begun, unlinked).when(Finish("two", NOW, ADA, links=True)).then(finished)
    given(begun, unlinked).when(Finish("two", NOW, BEN, links=True)).refused("sign_in.refused")
    given(begun, unlinked).when(Finish("two", NOW, ADA)).refused("sign_in.refused")
    given(begun, proven).when(Finish("two", NOW, ADA, links=True)).refused("sign_in.refused")
    given(begun, proven).when(Finish("two", NOW, BEN)).refused("sign_in.refused")


def test_the_states_of_a_sign_in() -> None:
    assert given(begun, proven).state == Proven(PROVIDER, "one", LOGIN, ADA, LATER)
    assert given(begun, proven, finished).state == Over("two", ADA, "one")
