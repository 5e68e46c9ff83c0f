"""A message of a provider that may be believed once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import assert_never

from domain.kernel import Decider, Rejected, Value
from domain.sso.events import MessageEvent as Event
from domain.sso.events import MessageTaken, SignInId


class Take(Value):
    sign_in: SignInId
    until: datetime


Command = Take


class Unheard(Value, tag=True):
    """It has not come before."""


class Taken(Value, tag=True):
    sign_in: SignInId


State = Unheard | Taken


def decide(state: State, command: Command) -> Iterator[Event]:
    match state, command:
        case Unheard(), Take(sign_in, until):
            yield MessageTaken(sign_in, until)
        case Taken(before), Take(sign_in) if before == sign_in:
            return  # Already so. Saying it twice changes nothing.
        case _:
            raise Rejected("sign_in.used", "what the provider said has been said before")


def evolve(state: State, event: Event) -> State:
    match event:
        case MessageTaken(sign_in):
            return state if isinstance(state, Taken) else Taken(sign_in)
        case _:
            assert_never(event)


MESSAGE = Decider[State, Command, Event]("message", Unheard(), decide, evolve)
