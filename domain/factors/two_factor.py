"""The second factor of one person, from being shown a secret to doing without it again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from math import ceil
from typing import assert_never

from domain.factors.events import (
    BackupCodesReplaced,
    BackupCodeUsed,
    CodeAccepted,
    CodeRefused,
    SecondStepLocked,
    TwoFactorDisabled,
    TwoFactorEnabled,
    TwoFactorSetupStarted,
)
from domain.factors.events import TwoFactorEvent as Event
from domain.kernel import Decider, Moment, Rejected, SecretId, Value, name

BACKUP_CODES = 10
FAILURES_MAX = 5
LOCKED_FOR = timedelta(minutes=15)
"""Longer than a challenge lives, so that the challenge under which it was locked is of no more use."""


class StartSetup(Value):
    secret: SecretId


class Enable(Value):
    """`step` is the one whose code was given, or None when the code is not of this secret."""

    secret: SecretId
    step: int | None
    codes: SecretId


class EnterCode(Value):
    """A code of the app. `step` is the one that it is of, or None when it is of none of those that are near."""

    attempt: str
    secret: SecretId
    step: int | None
    at: Moment


class EnterBackupCode(Value):
    """One of the backup codes. `number` says which of them it is, or None when it is none."""

    attempt: str
    codes: SecretId
    number: int | None
    at: Moment


class ReplaceBackupCodes(Value):
    """`attempt` is the one that has just proved who asks."""

    attempt: str
    codes: SecretId


class Disable(Value):
    """`attempt` is the one that has just proved who asks."""

    attempt: str


Command = StartSetup | Enable | EnterCode | EnterBackupCode | ReplaceBackupCodes | Disable


class Off(Value, tag=True):
    """The password is enough."""


class Proposed(Value, tag=True):
    """A secret was shown; a code of it is awaited."""

    secret: SecretId


class On(Value, tag=True):
    secret: SecretId
    step: int
    """The last that was accepted. None up to it is accepted again."""
    codes: SecretId
    left: frozenset[int] = frozenset(range(BACKUP_CODES))
    attempt: str = ""
    """The last one there was."""
    proved: str = ""
    """The last one that was good."""
    failures: int = 0
    """In a row."""
    locked_until: Moment | None = None

    def is_locked(self, at: datetime) -> bool:
        return self.locked_until is not None and at < self.locked_until

    def wait_s(self, at: datetime) -> int:
        """For how long it is locked, in whole seconds."""
        return 0 if self.locked_until is None else max(0, ceil((self.locked_until - at).total_seconds()))


State = Off | Proposed | On


def decide(state: State, command: Command) -> Iterator[Event]:
    match state, command:
        case Off(), StartSetup(secret):
            yield TwoFactorSetupStarted(secret)
        case Proposed(before), StartSetup(secret) if secret != before:
            yield TwoFactorSetupStarted(secret, instead_of=before)
        case Proposed(secret), Enable(proved, int(step), codes) if proved == secret:
            yield TwoFactorEnabled(step, codes)
        case Proposed(), Enable():
            raise Rejected("two_factor.code_refused", "this is not the code that the app shows now")
        case On(), StartSetup() | Enable() if not _is_same(state, command):
            raise Rejected("two_factor.on_already", "two-factor authentication is on; disable it to set it up anew")
        case On(), EnterCode(attempt, at=at) | EnterBackupCode(attempt, at=at) if attempt != state.attempt:
            yield from _entered(state, command, at)
        case On(), ReplaceBackupCodes(attempt, codes) if codes != state.codes:
            _check_proved(state, attempt)
            yield BackupCodesReplaced(codes, state.codes)
        case On(), Disable(attempt):
            _check_proved(state, attempt)
            yield TwoFactorDisabled(state.secret, state.codes)
        case (Proposed(), StartSetup()) | (On(), _) | (Off() | Proposed(), Disable()):
            return  # Already so. Saying it twice changes nothing.
        case _:
            raise Rejected("two_factor.off", f"cannot {name(command)} while two-factor authentication is off")


def _is_same(state: On, command: StartSetup | Enable) -> bool:
    """Whether this is what turned it on."""
    return isinstance(command, Enable) and (command.secret, command.codes) == (state.secret, state.codes)


def _check_proved(state: On, attempt: str) -> None:
    if not attempt or attempt != state.proved:
        raise Rejected("two_factor.not_proved", "this needs a code of now, or a backup code")


def _entered(state: On, command: EnterCode | EnterBackupCode, at: datetime) -> Iterator[Event]:
    if state.is_locked(at):
        raise Rejected("two_factor.locked", "too many codes were wrong; wait, then log in anew")
    match command:
        case EnterCode(attempt, secret, int(step)) if secret == state.secret:
            if step <= state.step:
                raise Rejected("two_factor.code_used", "this code was used before; wait for the next one")
            yield CodeAccepted(attempt, step)
        case EnterBackupCode(attempt, codes, int(number)) if codes == state.codes:
            if number not in state.left:
                raise Rejected("two_factor.code_used", "this backup code was used before")
            yield BackupCodeUsed(attempt, codes, number)
        case _:
            yield CodeRefused(command.attempt)
            if state.failures + 1 >= FAILURES_MAX:
                yield SecondStepLocked(at + LOCKED_FOR)


def evolve(state: State, event: Event) -> State:
    match event:
        case TwoFactorSetupStarted(secret):
            return Proposed(secret)
        case TwoFactorEnabled(step, codes):
            return On(state.secret, step, codes) if isinstance(state, Proposed) else state
        case TwoFactorDisabled():
            return Off()
        case CodeAccepted() | BackupCodeUsed() | CodeRefused() | SecondStepLocked() | BackupCodesReplaced():
            return _went_on(state, event) if isinstance(state, On) else state
        case _:
            assert_never(event)


def _went_on(on: On, event: CodeAccepted | BackupCodeUsed | CodeRefused | SecondStepLocked | BackupCodesReplaced) -> On:
    match event:
        case CodeAccepted(attempt, step):
            return On(on.secret, max(step, on.step), on.codes, on.left, attempt, attempt)
        case BackupCodeUsed(attempt, _, number):
            return On(on.secret, on.step, on.codes, on.left - {number}, attempt, attempt)
        case CodeRefused(attempt):
            return On(on.secret, on.step, on.codes, on.left, attempt, "", on.failures + 1, on.locked_until)
        case SecondStepLocked(until):
            return On(on.secret, on.step, on.codes, on.left, on.attempt, "", 0, until)
        case BackupCodesReplaced(codes):
            return On(on.secret, on.step, codes, attempt=on.attempt, proved=on.proved)
        case _:
            assert_never(event)


TWO_FACTOR = Decider[State, Command, Event]("two-factor", Off(), decide, evolve)
