"""What an authenticator is given to sign: answered once, whoever comes first."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from domain.factors.events import ChallengeAnswered
from domain.factors.events import ChallengeEvent as Event
from domain.kernel import Decider, Rejected, Value


class Answer(Value):
    attempt: str


Command = Answer


class Open(Value, tag=True):
    """Nobody has answered it."""


class Answered(Value, tag=True):
    attempt: str


State = Open | Answered


def decide(state: State, command: Command) -> Iterator[Event]:
    match state, command:
        case Open(), Answer(attempt):
            yield ChallengeAnswered(attempt)
        case Answered(before), Answer(attempt) if attempt == before:
            return  # Already so. Saying it twice changes nothing.
        case _:
            raise Rejected("challenge.answered", "this challenge was answered before; ask for a new one")


def evolve(state: State, event: Event) -> State:
    match event:
        case ChallengeAnswered(attempt):
            return state if isinstance(state, Answered) else Answered(attempt)
        case _:
            assert_never(event)


CHALLENGE = Decider[State, Command, Event]("challenge", Open(), decide, evolve)
