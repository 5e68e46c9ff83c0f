"""Where one comes in: guarded by what was typed as a name, and by where it came from, whoever may be behind it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from math import ceil
from typing import Annotated, assert_never

from msgspec import Meta

from domain.identity.events import EntryEvent as Event
from domain.identity.events import EntryLocked, LoginFailed, LoginSucceeded, SessionId
from domain.kernel import Decider, PersonId, Rejected, Value

DOUBLED_MAX = 5
"""Each lock is twice as long as the one before it, so often, until somebody comes in rightly."""
GUESSES_REMEMBERED = 1_000


END = datetime.max.replace(tzinfo=UTC)

Seconds = Annotated[int, Meta(ge=1, le=86_400)]


class Guard(Value):
    """How many wrong guesses within a time lock an entry, and for how long at first."""

    attempts: Annotated[int, Meta(ge=1, le=1_000)] = 5
    within_s: Seconds = 900
    locked_s: Seconds = 900


OF_A_NAME = Guard()
OF_AN_ADDRESS = Guard(attempts=100)
"""Many people may sit behind one address."""


class Fail(Value):
    """A wrong guess. The same `attempt` told twice is one."""

    attempt: str
    at: datetime
    guard: Guard
    person: PersonId | None = None


class Succeed(Value):
    attempt: str
    at: datetime
    person: PersonId
    session: SessionId
    method: str


Command = Fail | Succeed


class Entry(Value):
    """The wrong guesses since the last right one or the last lock."""

    guesses: tuple[datetime, ...] = ()
    locked_until: datetime | None = None
    locks: int = 0
    last: str | None = None

    def is_locked(self, at: datetime) -> bool:
        return self.locked_until is not None and at < self.locked_until

    def wait_s(self, at: datetime) -> int:
        """For how long, in whole seconds."""
        return 0 if self.locked_until is None else max(0, ceil((self.locked_until - at).total_seconds()))


State = Entry


def decide(state: State, command: Command) -> Iterator[Event]:
    match state, command:
        case Entry(last=last), Fail(attempt) | Succeed(attempt) if last == attempt:
            return
        case Entry(), Fail(at=at) | Succeed(at=at) if state.is_locked(at):
            raise Rejected("login.locked", "too many wrong guesses; nobody comes in here for a while")
        case Entry(guesses), Fail(attempt, at, guard, person):
            yield LoginFailed(attempt, at, person)
            recent = 1 + sum(1 for guess in guesses if at - guess < timedelta(seconds=guard.within_s))
            if recent >= guard.attempts:
                yield EntryLocked(at + min(_lock(guard, state.locks), END - at), recent, person)
        case Entry(), Succeed(attempt, _, person, session, method):
            yield LoginSucceeded(attempt, person, session, method)


def _lock(guard: Guard, locks: int) -> timedelta:
    return timedelta(seconds=guard.locked_s * 2 ** min(locks, DOUBLED_MAX))


def evolve(state: State, event: Event) -> State:
    match event:
        case LoginFailed(attempt, at):
            return Entry((*state.guesses, at)[-GUESSES_REMEMBERED:], state.locked_until, state.locks, attempt)
        case EntryLocked(until):
            return Entry((), until, state.locks + 1, state.last)
        case LoginSucceeded(attempt):
            return Entry(last=attempt)
        case _:
            assert_never(event)


ENTRY = Decider[State, Command, Event]("entry", Entry(), decide, evolve, state=Entry, snapshot_every=200)
"""At `entry:{mark}`."""
