"""Where one comes in, and how it is guarded."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from domain.identity.entry import DOUBLED_MAX, ENTRY, Fail, Guard, Succeed
from domain.identity.events import EntryLocked, LoginFailed, LoginSucceeded, SessionId
from domain.kernel import PersonId
from tests.given import about
from tests.proves import proves

given = about(ENTRY)
ada = PersonId("ada")
now = datetime(2026, 11, 21, 9, tzinfo=UTC)
GUARD = Guard(attempts=3, within_s=60, locked_s=100)


def failed(number: int, at: datetime = now) -> LoginFailed:
    return LoginFailed(f"try-{number}", at, ada)


def fail(number: int, at: datetime = now) -> Fail:
    return Fail(f"try-{number}", at, GUARD, ada)


def succeed(at: datetime = now) -> Succeed:
    return Succeed("right", at, ada, SessionId("session"), "password")


locked = EntryLocked(now + timedelta(seconds=100), 3, ada)
succeeded = LoginSucceeded("right", ada, SessionId("session"), "password")


@proves("auth.login")
def test_right_and_wrong_guesses_are_told() -> None:
    given().when(fail(1)).then(failed(1))
    given(failed(1)).when(fail(1)).then()
    given().when(succeed()).then(succeeded)
    given(succeeded).when(succeed()).then()


@proves("auth.bruteforce_guard")
def test_too_many_wrong_guesses_lock_it_even_for_who_is_right_until_it_is_over() -> None:
    three = (failed(1), failed(2), failed(3), locked)
    given(*three[:2]).when(fail(3)).then(failed(3), locked)
    given(*three).when(succeed()).refused("login.locked")
    given(*three).when(fail(4)).refused("login.locked")
    given(*three).when(fail(3)).then()
    given(*three).when(succeed(locked.until)).then(succeeded)
    assert given(*three).state.wait_s(now) == 100
    assert given(*three).state.wait_s(locked.until) == 0
    assert given().state.wait_s(now) == 0


@proves("auth.bruteforce_guard")
def test_only_what_is_recent_counts_and_a_right_guess_forgives() -> None:
    later = now + timedelta(seconds=61)
    given(failed(1), failed(2)).when(fail(3, later)).then(failed(3, later))
    given(failed(1), failed(2), succeeded).when(fail(3)).then(failed(3))


@proves("auth.bruteforce_guard")
def test_each_lock_is_twice_as_long_up_to_a_limit() -> None:
    again = locked.until
    history = (failed(1), failed(2), failed(3), locked, failed(4, again), failed(5, again))
    given(*history).when(fail(6, again)).then(failed(6, again), EntryLocked(again + timedelta(seconds=200), 3, ada))
    many = [locked] * (DOUBLED_MAX + 3)
    longest = EntryLocked(again + timedelta(seconds=100 * 2**DOUBLED_MAX), 3, ada)
    given(*many, failed(4, again), failed(5, again)).when(fail(6, again)).then(failed(6, again), longest)
