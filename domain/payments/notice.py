"""One notice of a gateway, kept once however often it comes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from domain.kernel import Decider, Moment, SecretId, Value
from domain.payments.events import NoticeEvent as Event
from domain.payments.events import NoticeHeard, NoticeTakenUpAgain


class Hear(Value):
    gateway: str
    kind: str
    reference: str | None
    payment: str | None
    made: Moment
    raw: SecretId


class TakeUpAgain(Value):
    """Look again at what it is about."""

    tries: int


Command = Hear | TakeUpAgain


class Unheard(Value, tag=True):
    """It never came."""


class Heard(Value, tag=True):
    """It came, once or more often."""

    notice: NoticeHeard
    tries: int = 0


State = Unheard | Heard


def decide(state: State, command: Command) -> Iterator[Event]:
    match state, command:
        case Unheard(), Hear(gateway, kind, reference, payment, made, raw):
            yield NoticeHeard(gateway, kind, reference, payment, made, raw)
        case Heard(tries=before), TakeUpAgain(tries) if tries > before:
            yield NoticeTakenUpAgain(tries)
        case _:
            return  # It was heard before.


def evolve(state: State, event: Event) -> State:
    match event:
        case NoticeHeard():
            return Heard(event)
        case NoticeTakenUpAgain(tries):
            return Heard(state.notice, tries) if isinstance(state, Heard) else state
        case _:
            assert_never(event)


NOTICE = Decider[State, Command, Event]("notice", Unheard(), decide, evolve)
