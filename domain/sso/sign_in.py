"""One person's way to a provider and back again: once, and in time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import assert_never

from domain.kernel import Decider, PersonId, Rejected, Value, name
from domain.sso.events import Login, ProviderId, SignInFinished, SignInProved, SignInStarted
from domain.sso.events import SignInEvent as Event


class Begin(Value):
    provider: ProviderId
    until: datetime
    return_to: str | None = None
    person: PersonId | None = None


class Prove(Value):
    """The provider has said who came back: this person, or somebody whom this person may yet link to themselves.

    Whoever asks again under the same `request` is given the same answer, here as below.
    """

    request: str
    at: datetime
    login: Login
    person: PersonId
    until: datetime
    links: bool = False


class Finish(Value):
    request: str
    at: datetime
    person: PersonId
    links: bool = False


Command = Begin | Prove | Finish


class Never(Value, tag=True):
    """It was not begun."""


class Underway(Value, tag=True):
    provider: ProviderId
    until: datetime
    return_to: str | None = None
    person: PersonId | None = None


class Proven(Value, tag=True):
    provider: ProviderId
    request: str
    login: Login
    person: PersonId
    until: datetime
    links: bool = False


class Over(Value, tag=True):
    request: str
    person: PersonId
    proven: str = ""
    """The request that proved it."""


State = Never | Underway | Proven | Over


def decide(state: State, command: Command) -> Iterator[Event]:
    match state, command:
        case Never(), Begin(provider, until, return_to, person):
            yield SignInStarted(provider, until, return_to, person)
        case Proven(request=before) | Over(proven=before), Prove(request) if before == request:
            return  # The same request once more.
        case Over(before), Finish(request) if before == request:
            return
        case (Underway(until=until), Prove(at=at)) | (Proven(until=until), Finish(at=at)) if until <= at:
            raise Rejected("sign_in.expired", "this took too long; begin again")
        case Underway(person=linking), Prove(person=person, links=links) if linking is None or (linking, True) == (
            person,
            links,
        ):
            yield SignInProved(command.request, command.login, person, command.until, links)
        case Proven(person=proven, links=links), Finish(request, _, person, wanted) if (proven, links) == (
            person,
            wanted,
        ):
            yield SignInFinished(request, person)
        case ((Underway() | Proven() | Over()), Begin()):
            return  # Already so. Saying it twice changes nothing.
        case (Proven() | Over(), Prove()) | (Over(), Finish()):
            raise Rejected("sign_in.used", "whoever came back this way has come before")
        case _:
            raise Rejected("sign_in.refused", f"cannot {name(command)} when {name(state)}")


def evolve(state: State, event: Event) -> State:
    match event:
        case SignInStarted(provider, until, return_to, person):
            return Underway(provider, until, return_to, person) if isinstance(state, Never) else state
        case SignInProved(request, login, person, until, links):
            if not isinstance(state, Underway):
                return state
            return Proven(state.provider, request, login, person, until, links)
        case SignInFinished(request, person):
            return Over(request, person, state.request if isinstance(state, Proven) else "")
        case _:
            assert_never(event)


SIGN_IN = Decider[State, Command, Event]("sign-in", Never(), decide, evolve)
