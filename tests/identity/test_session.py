"""The sessions of one person."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from msgspec.structs import replace

from domain.identity.events import Mark, RefreshReplayed, RefreshRotated, SessionEnded, SessionId, SessionOpened
from domain.identity.session import OPEN_MAX, SESSIONS, EndEvery, EndSession, OpenSession, Rotate
from domain.kernel import PersonId
from tests.given import about
from tests.proves import proves

given = about(SESSIONS)
ada = PersonId("ada")
phone, desk = SessionId("phone"), SessionId("desk")
now = datetime(2026, 11, 21, 9, tzinfo=UTC)
until = now + timedelta(days=7)

opened = SessionOpened(ada, phone, "password", until, "192.0.2.1", "a phone", Mark("phone"))
at_desk = SessionOpened(ada, desk, "password", until, "192.0.2.1", "a desk", Mark("desk"), is_new=True)
rotate = Rotate(ada, phone, 0, "one", now, until, "192.0.2.1", "a phone")
rotated = RefreshRotated(ada, phone, 1, "one", until, "192.0.2.1", "a phone")


def test_who_comes_in_opens_a_session_and_says_whether_the_device_is_new() -> None:
    first = OpenSession(ada, phone, "password", now, until, "192.0.2.1", "a phone", Mark("phone"))
    given().when(first).then(opened)
    given(opened).when(first).then()
    second = OpenSession(ada, desk, "password", now, until, "192.0.2.1", "a desk", Mark("desk"))
    given(opened).when(second).then(at_desk)
    again = replace(at_desk, is_new=False)
    given(opened, at_desk, SessionEnded(ada, desk, "logged_out")).when(replace(second, session=SessionId("more"))).then(
        replace(again, session=SessionId("more"))
    )


@proves("auth.refresh_validate")
def test_a_refresh_token_is_good_once_and_the_one_after_it_too() -> None:
    given(opened).when(rotate).then(rotated)
    given(opened, rotated).when(rotate).then()
    given(opened, rotated).when(replace(rotate, generation=1, request="two")).then(
        replace(rotated, generation=2, request="two")
    )


@proves("auth.refresh_validate")
def test_one_that_comes_again_ends_the_session() -> None:
    stolen = replace(rotate, request="thief")
    facts = (RefreshReplayed(phone, 0, "thief"), SessionEnded(ada, phone, "replayed"))
    given(opened, at_desk, rotated).when(stolen).then(*facts)
    given(opened, at_desk, rotated, *facts).when(stolen).then()
    given(opened, at_desk, rotated, *facts).when(replace(rotate, generation=1, request="two")).refused(
        "refresh.refused"
    )
    given(opened, at_desk, rotated, *facts).when(replace(rotate, session=desk)).then(replace(rotated, session=desk))


@proves("auth.jwt_lifetimes")
def test_one_that_is_too_old_is_refused() -> None:
    given(opened).when(replace(rotate, at=until - timedelta(seconds=1))).then(rotated)
    given(opened).when(replace(rotate, at=until)).refused("refresh.refused")
    given(opened, rotated).when(replace(rotate, at=until, request="late")).refused("refresh.refused")
    given().when(rotate).refused("refresh.refused")


@proves("auth.session_mgmt")
def test_one_session_is_ended_and_the_other_goes_on() -> None:
    end = EndSession(ada, phone, "ended_by_owner")
    ended = SessionEnded(ada, phone, "ended_by_owner")
    given(opened, at_desk).when(end).then(ended)
    given(opened, at_desk, ended).when(end).then()
    given(opened, at_desk, ended).when(rotate).refused("refresh.refused")
    given(opened, at_desk, ended).when(replace(rotate, session=desk)).then(replace(rotated, session=desk))
    given(opened).when(EndSession(ada, desk, "ended_by_owner")).refused("not_found")


@proves("auth.logout_revoke")
def test_every_session_is_ended_or_every_other() -> None:
    given(opened, at_desk).when(EndEvery(ada, "logged_out_everywhere")).then(
        SessionEnded(ada, phone, "logged_out_everywhere"), SessionEnded(ada, desk, "logged_out_everywhere")
    )
    given(opened, at_desk).when(EndEvery(ada, "password_set", desk)).then(SessionEnded(ada, phone, "password_set"))
    given().when(EndEvery(ada, "password_set")).then()


def test_what_ran_out_and_what_is_too_much_is_ended_by_the_next_one() -> None:
    late = until + timedelta(seconds=1)
    open_desk = OpenSession(ada, desk, "password", late, late + timedelta(days=7))
    given(opened).when(open_desk).then(
        SessionEnded(ada, phone, "expired"), SessionOpened(ada, desk, "password", late + timedelta(days=7))
    )
    many = [SessionOpened(ada, SessionId(f"s{number}"), "password", until) for number in range(OPEN_MAX)]
    given(*many).when(OpenSession(ada, desk, "password", now, until)).then(
        SessionEnded(ada, SessionId("s0"), "too_many"), SessionOpened(ada, desk, "password", until)
    )
