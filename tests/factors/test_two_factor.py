"""The second factor of one person, told as stories."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from domain.factors.events import (
    BackupCodesReplaced,
    BackupCodeUsed,
    CodeAccepted,
    CodeRefused,
    SecondStepLocked,
    TwoFactorDisabled,
    TwoFactorEnabled,
    TwoFactorEvent,
    TwoFactorSetupStarted,
)
from domain.factors.two_factor import (
    BACKUP_CODES,
    FAILURES_MAX,
    LOCKED_FOR,
    TWO_FACTOR,
    Disable,
    Enable,
    EnterBackupCode,
    EnterCode,
    Off,
    On,
    Proposed,
    ReplaceBackupCodes,
    StartSetup,
)
from domain.kernel import Rejected, SecretId
from tests.given import about

given = about(TWO_FACTOR)

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
SEED, OTHER_SEED = SecretId("seed"), SecretId("other-seed")
CODES, NEW_CODES = SecretId("codes"), SecretId("new-codes")

started = TwoFactorSetupStarted(SEED)
enabled = TwoFactorEnabled(100, CODES)
on = (started, enabled)
refused = tuple(CodeRefused(f"wrong-{number}") for number in range(FAILURES_MAX))
locked: tuple[TwoFactorEvent, ...] = (*on, *refused, SecondStepLocked(NOON + LOCKED_FOR))


def code(attempt: str, step: int | None, at: datetime = NOON) -> EnterCode:
    return EnterCode(attempt, SEED, step, at)


def backup(attempt: str, number: int | None, codes: SecretId = CODES) -> EnterBackupCode:
    return EnterBackupCode(attempt, codes, number, NOON)


def test_a_setup_asks_for_nothing_until_a_code_is_proved() -> None:
    given().when(StartSetup(SEED)).then(started)
    assert given(started).state == Proposed(SEED)
    given(started).when(code("one", 101)).refused("two_factor.off")


def test_a_setup_may_be_begun_anew_with_another_secret() -> None:
    given(started).when(StartSetup(SEED)).then()
    given(started).when(StartSetup(OTHER_SEED)).then(TwoFactorSetupStarted(OTHER_SEED, instead_of=SEED))


def test_a_right_code_enables_and_a_wrong_one_does_not() -> None:
    given(started).when(Enable(SEED, 100, CODES)).then(enabled)
    given(started).when(Enable(SEED, None, CODES)).refused("two_factor.code_refused")
    given(started).when(Enable(OTHER_SEED, 100, CODES)).refused("two_factor.code_refused")
    given().when(Enable(SEED, 100, CODES)).refused("two_factor.off")
    given(*on).when(Enable(SEED, 100, CODES)).then()
    given(*on).when(Enable(SEED, 101, NEW_CODES)).refused("two_factor.on_already")
    given(*on).when(StartSetup(OTHER_SEED)).refused("two_factor.on_already")


def test_a_step_is_accepted_once_and_none_before_it() -> None:
    given(*on).when(code("one", 101)).then(CodeAccepted("one", 101))
    given(*on, CodeAccepted("one", 101)).when(code("one", 101)).then()
    given(*on, CodeAccepted("one", 101)).when(code("two", 101)).refused("two_factor.code_used")
    given(*on, CodeAccepted("one", 101)).when(code("two", 100)).refused("two_factor.code_used")
    given(*on, CodeAccepted("one", 101)).when(code("two", 102)).then(CodeAccepted("two", 102))


def test_the_code_that_enabled_it_is_not_good_for_the_first_login() -> None:
    given(*on).when(code("one", 100)).refused("two_factor.code_used")


def test_a_code_of_another_secret_is_wrong() -> None:
    given(*on).when(EnterCode("one", OTHER_SEED, 101, NOON)).then(CodeRefused("one"))


def test_each_backup_code_works_once() -> None:
    given(*on).when(backup("one", 3)).then(BackupCodeUsed("one", CODES, 3))
    used = BackupCodeUsed("one", CODES, 3)
    given(*on, used).when(backup("one", 3)).then()
    given(*on, used).when(backup("two", 3)).refused("two_factor.code_used")
    given(*on, used).when(backup("two", 4)).then(BackupCodeUsed("two", CODES, 4))
    given(*on).when(backup("one", None)).then(CodeRefused("one"))
    for number in range(BACKUP_CODES):
        given(*on).when(backup("one", number)).then(BackupCodeUsed("one", CODES, number))
    given(*on).when(backup("one", BACKUP_CODES)).refused("two_factor.code_used")


def test_new_backup_codes_void_the_old_and_need_a_proof() -> None:
    proved = (*on, CodeAccepted("one", 101))
    replaced = BackupCodesReplaced(NEW_CODES, CODES)
    given(*on).when(ReplaceBackupCodes("one", NEW_CODES)).refused("two_factor.not_proved")
    given(*proved).when(ReplaceBackupCodes("one", NEW_CODES)).then(replaced)
    given(*proved).when(ReplaceBackupCodes("two", NEW_CODES)).refused("two_factor.not_proved")
    given(*proved, replaced).when(ReplaceBackupCodes("one", NEW_CODES)).then()
    given(*proved, replaced).when(backup("two", 1)).then(CodeRefused("two"))
    given(*proved, replaced).when(backup("two", 1, NEW_CODES)).then(BackupCodeUsed("two", NEW_CODES, 1))


def test_five_failures_in_a_row_lock_it_and_the_lock_ends() -> None:
    failing: tuple[TwoFactorEvent, ...] = (*on, *refused[:-1])
    given(*failing).when(code("wrong-4", None)).then(refused[-1], SecondStepLocked(NOON + LOCKED_FOR))
    given(*locked).when(code("right", 101, NOON + LOCKED_FOR - timedelta(seconds=1))).refused("two_factor.locked")
    given(*locked).when(backup("right", 1)).refused("two_factor.locked")
    after = code("right", 101, NOON + LOCKED_FOR)
    given(*locked).when(after).then(CodeAccepted("right", 101))
    given(*locked).when(code("wrong", None, NOON + LOCKED_FOR)).then(CodeRefused("wrong"))


def test_a_right_code_forgives_the_failures_before_it() -> None:
    given(*on, *refused[:-1], CodeAccepted("one", 101)).when(code("two", None)).then(CodeRefused("two"))
    given(*on, *refused[:-1], BackupCodeUsed("one", CODES, 1)).when(code("two", None)).then(CodeRefused("two"))


def test_a_failure_that_is_told_twice_counts_once() -> None:
    given(*on, CodeRefused("one")).when(code("one", None)).then()


def test_disabling_needs_the_attempt_that_has_just_proved_who_asks() -> None:
    given(*on).when(Disable("one")).refused("two_factor.not_proved")
    given(*on).when(Disable("")).refused("two_factor.not_proved")
    given(*on, CodeAccepted("one", 101)).when(Disable("one")).then(TwoFactorDisabled(SEED, CODES))
    given(*on, BackupCodeUsed("one", CODES, 1)).when(Disable("one")).then(TwoFactorDisabled(SEED, CODES))
    given(*on, CodeAccepted("one", 101), CodeRefused("two")).when(Disable("one")).refused("two_factor.not_proved")
    given(*on, TwoFactorDisabled(SEED, CODES)).when(Disable("one")).then()
    given(*on, TwoFactorDisabled(SEED, CODES)).when(StartSetup(OTHER_SEED)).then(TwoFactorSetupStarted(OTHER_SEED))


def test_the_states() -> None:
    assert given().state == Off()
    assert given(*on).state == On(SEED, 100, CODES)
    state = given(*locked).state
    assert isinstance(state, On)
    assert state.is_locked(NOON)
    assert not state.is_locked(NOON + LOCKED_FOR)


def test_a_lock_outlives_the_challenge_it_came_from() -> None:
    assert timedelta(minutes=5) < LOCKED_FOR
    with pytest.raises(Rejected):
        tuple(TWO_FACTOR.decide(given(*locked).state, code("right", 101)))
