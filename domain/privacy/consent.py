"""What one person agreed to, and took back: each purpose by itself, as often as they like."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from domain.kernel import Decider, PersonId, Value
from domain.privacy.events import ConsentEvent as Event
from domain.privacy.events import ConsentGiven, ConsentWithdrawn, Purpose


class Give(Value):
    """`terms` is which words they were shown. Shown other words, they agree anew."""

    person: PersonId
    purpose: Purpose
    terms: str


class Withdraw(Value):
    person: PersonId
    purpose: Purpose


Command = Give | Withdraw


class Consents(Value):
    """Which terms are agreed to, by purpose; and which purposes were said no to."""

    given: tuple[tuple[Purpose, str], ...] = ()
    withdrawn: tuple[Purpose, ...] = ()


State = Consents


def decide(state: State, command: Command) -> Iterator[Event]:
    match state, command:
        case Consents(given), Give(person, purpose, terms) if (purpose, terms) not in given:
            yield ConsentGiven(person, purpose, terms)
        case Consents(withdrawn=withdrawn), Withdraw(person, purpose) if purpose not in withdrawn:
            yield ConsentWithdrawn(person, purpose)
        case _:
            return  # Already so.


def evolve(state: State, event: Event) -> State:
    match event:
        case ConsentGiven(purpose=purpose, terms=terms):
            given = tuple(one for one in state.given if one[0] != purpose)
            return Consents((*given, (purpose, terms)), tuple(one for one in state.withdrawn if one != purpose))
        case ConsentWithdrawn(purpose=purpose):
            return Consents(tuple(one for one in state.given if one[0] != purpose), (*state.withdrawn, purpose))
        case _:
            assert_never(event)


CONSENT = Decider[State, Command, Event]("consent", Consents(), decide, evolve)
