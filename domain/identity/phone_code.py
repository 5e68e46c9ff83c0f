"""A code of six digits that is sent to a phone: good once, for a while, and for few guesses. Nobody keeps the code."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import assert_never

from msgspec.structs import replace

from domain.identity.events import CodeId, Mark, PhoneCodeOffered, PhoneCodeRefused, PhoneCodeUsed
from domain.identity.events import PhoneCodeEvent as Event
from domain.kernel import Decider, PersonId, Rejected, Value

APART = timedelta(seconds=60)
"""So long one waits before the next code."""
A_DAY_MAX = 10
GUESSES_MAX = 5
"""So many codes may be wrong before none is right any more."""


class Offer(Value):
    """Have a code sent. The one before is void from now on."""

    person: PersonId
    code: CodeId
    mark: Mark
    at: datetime
    until: datetime


class Try(Value):
    """Show a code. Whoever asks again under the same `request` is given the same answer."""

    code: CodeId
    right: bool
    request: str
    at: datetime


Command = Offer | Try


class Code(Value):
    """The code that was sent last, and what became of it."""

    code: CodeId
    mark: Mark
    until: datetime
    mistakes: tuple[str, ...] = ()
    used_by: str | None = None

    def is_good(self, at: datetime) -> bool:
        return self.used_by is None and at < self.until and len(self.mistakes) < GUESSES_MAX


class Codes(Value):
    sent: tuple[datetime, ...] = ()
    last: Code | None = None

    def too_soon(self, at: datetime) -> bool:
        today = [sent for sent in self.sent if at - sent < timedelta(days=1)]
        return len(today) >= A_DAY_MAX or (bool(today) and at - today[-1] < APART)


State = Codes


def decide(state: State, command: Command) -> Iterator[Event]:
    match state, command:
        case Codes(last=Code(code=known)), Offer(code=code) if known == code:
            return
        case Codes(), Offer(at=at) if state.too_soon(at):
            raise Rejected("code.too_soon", "a code was sent just now; wait for it")
        case Codes(), Offer(person, code, mark, at, until):
            yield PhoneCodeOffered(person, code, mark, at, until)
        case Codes(last=Code(used_by=used_by) as last), Try(code, request=request) if last.code == code and (
            used_by == request or request in last.mistakes
        ):
            return
        case Codes(last=Code() as last), Try(code, right, request, at) if last.code == code and last.is_good(at):
            yield PhoneCodeUsed(code, request) if right else PhoneCodeRefused(request)
        case _:
            raise Rejected("code.refused", "this code is not good any more; ask for another")


def evolve(state: State, event: Event) -> State:
    match event:
        case PhoneCodeOffered(code=code, mark=mark, at=at, until=until):
            return Codes((*state.sent, at)[-A_DAY_MAX:], Code(code, mark, until))
        case PhoneCodeRefused(attempt):
            if state.last is None:
                return state
            return replace(state, last=replace(state.last, mistakes=(*state.last.mistakes, attempt)[-GUESSES_MAX:]))
        case PhoneCodeUsed(code, request):
            if state.last is None or state.last.code != code:
                return state
            return replace(state, last=replace(state.last, used_by=request))
        case _:
            assert_never(event)


PHONE_CODE = Decider[State, Command, Event]("phone-code", Codes(), decide, evolve)
"""At `phone-code:{person}`."""
