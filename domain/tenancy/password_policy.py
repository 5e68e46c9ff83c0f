"""Which passwords a school takes. There is one of these a tenant."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from domain.kernel import Decider, Rejected, Value
from domain.tenancy.events import PasswordPolicyAdopted as Event

LENGTH_MIN = 15
"""As NIST 800-63B-4 wants it of a password that may be the only thing one logs in with."""
LENGTH_MIN_MAX = 128
"""A school may not ask for longer ones than people can be expected to keep."""
CLASSES = 4
"""Small letters, capital letters, digits, and everything else."""
HISTORY_MAX = 24
DAYS_MIN = 30
DAYS_MAX = 3650


class Adopt(Value):
    """Take only such passwords from now on.

    `classes` is how many kinds of characters a password mixes, `history` how many former passwords may not come again.
    Neither is advised; a school that must ask for them can.
    """

    length: int
    classes: int = 0
    history: int = 0
    expires_after_days: int | None = None


Command = Adopt


class PasswordPolicy(Value):
    """Which passwords are taken. Where a school adopted none, the platform's floor: version 0."""

    version: int = 0
    length: int = LENGTH_MIN
    classes: int = 0
    history: int = 0
    expires_after_days: int | None = None


State = PasswordPolicy


def decide(state: State, command: Command) -> Iterator[Event]:
    match state, command:
        case _, Adopt(length=length) if length < LENGTH_MIN:
            raise Rejected("password_policy.below_floor", f"no school takes less than {LENGTH_MIN} characters")
        case _, Adopt(length, classes, history, days) if _out_of_range(length, classes, history, days):
            raise Rejected(
                "password_policy.malformed",
                f"length is up to {LENGTH_MIN_MAX}, classes up to {CLASSES}, history up to {HISTORY_MAX}, "
                f"and a password lasts {DAYS_MIN} to {DAYS_MAX} days, or for ever",
            )
        case PasswordPolicy(version), Adopt(length, classes, history, days):
            if Event(version, length, classes, history, days) != _told(state):
                yield Event(version + 1, length, classes, history, days)


def _out_of_range(length: int, classes: int, history: int, days: int | None) -> bool:
    return not (
        length <= LENGTH_MIN_MAX
        and 0 <= classes <= CLASSES
        and 0 <= history <= HISTORY_MAX
        and (days is None or DAYS_MIN <= days <= DAYS_MAX)
    )


def _told(policy: PasswordPolicy) -> Event:
    return Event(policy.version, policy.length, policy.classes, policy.history, policy.expires_after_days)


def evolve(_: State, event: Event) -> State:
    match event:
        case Event(version, length, classes, history, days):
            return PasswordPolicy(version, length, classes, history, days)
        case _:
            assert_never(event)


PASSWORD_POLICY = Decider[State, Command, Event]("password-policy", PasswordPolicy(), decide, evolve)
