"""One API key: whom it stands for, how far it goes, and when it ends."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import assert_never

from domain.kernel import Decider, Moment, PersonId, Rejected, SecretId, Value
from domain.keys.events import ApiKeyEvent as Event
from domain.keys.events import ApiKeyIssued, ApiKeyRevoked, ApiKeyRotated


class Issue(Value):
    person: PersonId
    name: str
    scopes: tuple[str, ...]
    secret: SecretId
    at: Moment
    expires_at: Moment | None = None
    instead_of: str | None = None


class Rotate(Value):
    """`by` is the person who asks."""

    by: PersonId
    to: str
    at: Moment
    until: Moment


class Revoke(Value):
    """`by` is the person who asks; None is somebody who may revoke any."""

    by: PersonId | None


Command = Issue | Rotate | Revoke


class Unissued(Value, tag=True):
    """There is no such key."""


class Good(Value, tag=True):
    person: PersonId
    scopes: tuple[str, ...]
    secret: SecretId
    expires_at: Moment | None = None
    to: str | None = None
    """The key that follows it."""
    until: Moment | None = None
    """It ends here because another follows."""

    @property
    def ends_at(self) -> datetime | None:
        """When it is good no more, unless it is revoked before."""
        return min((end for end in (self.expires_at, self.until) if end is not None), default=None)

    def has_ended(self, at: datetime) -> bool:
        end = self.ends_at
        return end is not None and end <= at


class Revoked(Value, tag=True):
    person: PersonId


State = Unissued | Good | Revoked


def decide(state: State, command: Command) -> Iterator[Event]:
    match state, command:
        case Unissued(), Issue(person, name, scopes, secret, at, expires_at, instead_of):
            if expires_at is not None and expires_at <= at:
                raise Rejected("api_key.expired", "a key ends later than it begins")
            yield ApiKeyIssued(person, name, scopes, secret, expires_at, instead_of)
        case Good(person, secret=secret), Issue() if (person, secret) != (command.person, command.secret):
            raise Rejected("api_key.issued_already", "there is a key of this name")
        case Good(person), Rotate(by, to, at, until) if by == person and to != state.to:
            if state.to is not None or state.has_ended(at):
                raise Rejected("api_key.ended", "this key has ended, or another follows it already")
            yield ApiKeyRotated(to, until)
        case Good(person), Revoke(by) if by in {None, person}:
            yield ApiKeyRevoked(state.secret)
        case Revoked(person), Rotate(by) if by == person:
            raise Rejected("api_key.ended", "this key was revoked")
        case (Good(), Issue()) | (Revoked(), Issue()):
            return  # Already so. Saying it twice changes nothing.
        case (Good(person), Rotate(by)) | (Revoked(person), Revoke(by)) if by in {None, person}:
            return
        case _:
            raise Rejected("api_key.not_found", "there is no such key")


def evolve(state: State, event: Event) -> State:
    match event:
        case ApiKeyIssued(person, _, scopes, secret, expires_at):
            return Good(person, scopes, secret, expires_at)
        case ApiKeyRotated(to, until):
            if not isinstance(state, Good):
                return state
            return Good(state.person, state.scopes, state.secret, state.expires_at, to, until)
        case ApiKeyRevoked():
            return Revoked(state.person) if isinstance(state, Good) else state
        case _:
            assert_never(event)


API_KEY = Decider[State, Command, Event]("api-key", Unissued(), decide, evolve)
