"""One passkey: whose it is, and how far its counter has come."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from domain.factors.events import PasskeyCounterFell, PasskeyRegistered, PasskeyRemoved, PasskeyUsed
from domain.factors.events import PasskeyEvent as Event
from domain.kernel import Decider, PersonId, Rejected, Value


class Register(Value):
    person: PersonId
    credential: str
    public_key: str
    domain: str
    counter: int
    transports: tuple[str, ...]
    authenticator: str
    backed_up: bool


class Use(Value):
    """It has signed, and says how often it has."""

    attempt: str
    counter: int


class ReportFallenCounter(Value):
    """It has signed, and says that it has signed less often than we know."""

    attempt: str
    counter: int


class Remove(Value):
    person: PersonId


Command = Register | Use | ReportFallenCounter | Remove


class Unknown(Value, tag=True):
    """Never registered, or removed."""


class Known(Value, tag=True):
    person: PersonId
    credential: str
    public_key: str
    domain: str
    counter: int
    attempt: str = ""
    """The last one there was."""

    def has_fallen(self, counter: int) -> bool:
        """Whether this count is not above the last. An authenticator that does not count always says 0."""
        return (counter > 0 or self.counter > 0) and counter <= self.counter


State = Unknown | Known


def decide(state: State, command: Command) -> Iterator[Event]:
    match state, command:
        case Unknown(), Register(person, credential, public_key, domain, counter, transports, model, backed_up):
            yield PasskeyRegistered(person, credential, public_key, domain, counter, transports, model, backed_up)
        case Known(person, _, public_key), Register() if (person, public_key) != (command.person, command.public_key):
            raise Rejected("passkey.registered_already", "this passkey is registered")
        case Known(), Use(attempt, counter) if attempt != state.attempt:
            if state.has_fallen(counter):
                raise Rejected("passkey.counter_fell", "this passkey has counted less than before; it may be a copy")
            yield PasskeyUsed(attempt, counter)
        case Known(), ReportFallenCounter(attempt, counter) if attempt != state.attempt and state.has_fallen(counter):
            yield PasskeyCounterFell(attempt, state.counter, counter)
        case Known(person), Remove(by) if by == person:
            yield PasskeyRemoved(person)
        case (Known(), Register() | Use() | ReportFallenCounter()) | (Unknown(), Remove()):
            return  # Already so. Saying it twice changes nothing.
        case _:
            raise Rejected("passkey.not_found", "there is no such passkey")


def evolve(state: State, event: Event) -> State:
    match event:
        case PasskeyRegistered(person, credential, public_key, domain, counter):
            return Known(person, credential, public_key, domain, counter)
        case PasskeyUsed(attempt, counter):
            if not isinstance(state, Known):
                return state
            return Known(state.person, state.credential, state.public_key, state.domain, counter, attempt)
        case PasskeyCounterFell(attempt):
            if not isinstance(state, Known):
                return state
            return Known(state.person, state.credential, state.public_key, state.domain, state.counter, attempt)
        case PasskeyRemoved():
            return Unknown()
        case _:
            assert_never(event)


PASSKEY = Decider[State, Command, Event]("passkey", Unknown(), decide, evolve)
