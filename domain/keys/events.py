"""What happened to API keys. These words are public: facts are kept in them for ever."""

from __future__ import annotations

from datetime import date

from domain.kernel import Moment, Personal, PersonId, SecretId, Value


class ApiKeyIssued(Value, person="person"):
    """A program may act for a person, as far as these scopes go and the person may."""

    person: PersonId
    name: Personal[str]
    scopes: tuple[str, ...]
    secret: SecretId
    """Where the hash of the key is."""
    expires_at: Moment | None = None
    instead_of: str | None = None
    """The key that was rotated into this one."""


class ApiKeyRotated(Value):
    """Another key follows this one, which goes on until then."""

    to: str
    until: Moment


class ApiKeyRevoked(Value):
    secret: SecretId


ApiKeyEvent = ApiKeyIssued | ApiKeyRotated | ApiKeyRevoked


class EndpointCalled(Value):
    """How often one endpoint was called on one day, and how many of those calls were refused or failed."""

    day: date
    endpoint: str
    calls: int
    errors: int


class ApiKeyUsed(Value):
    """What one process counted of one key in one interval."""

    batch: str
    person: PersonId
    until: Moment
    calls: tuple[EndpointCalled, ...]


ApiKeyUseEvent = ApiKeyUsed

Event = ApiKeyEvent | ApiKeyUseEvent
