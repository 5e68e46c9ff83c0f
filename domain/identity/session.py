"""The sessions of one person: devices that are logged in. One stream, so that all can be ended at once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import assert_never

from msgspec.structs import replace

from domain.identity.events import End, Mark, RefreshReplayed, RefreshRotated, SessionEnded, SessionId, SessionOpened
from domain.identity.events import SessionEvent as Event
from domain.kernel import Decider, PersonId, Rejected, Value

OPEN_MAX = 50
"""The one that was opened first is ended for another beyond these."""
ENDED_REMEMBERED = 100
DEVICES_REMEMBERED = 100


class OpenSession(Value):
    person: PersonId
    session: SessionId
    method: str
    at: datetime
    until: datetime
    address: str | None = None
    agent: str | None = None
    device: Mark | None = None


class Rotate(Value):
    """Use the refresh token of a generation. Whoever asks again under the same `request` is given the same answer."""

    person: PersonId
    session: SessionId
    generation: int
    request: str
    at: datetime
    until: datetime
    address: str | None = None
    agent: str | None = None


class EndSession(Value):
    person: PersonId
    session: SessionId
    reason: End


class EndEvery(Value):
    """End all there are, but perhaps the one in use."""

    person: PersonId
    reason: End
    but: SessionId | None = None


Command = OpenSession | Rotate | EndSession | EndEvery


class Opened(Value):
    """A session that is open. `request` is the one that rotated it last."""

    session: SessionId
    until: datetime
    generation: int = 0
    request: str | None = None


class Over(Value):
    """A session that is no more. `request` is the one that gave the theft of its token away, if it was stolen."""

    session: SessionId
    request: str | None = None


class Sessions(Value):
    open: tuple[Opened, ...] = ()
    over: tuple[Over, ...] = ()
    devices: tuple[Mark, ...] = ()

    def is_new(self, device: Mark | None) -> bool:
        return device is not None and bool(self.devices) and device not in self.devices

    def opened(self, session: SessionId) -> Opened | None:
        return next((one for one in self.open if one.session == session), None)


State = Sessions


def decide(state: State, command: Command) -> Iterator[Event]:
    match state, command:
        case Sessions(), OpenSession(session=session) if _is_known(state, session):
            return
        case Sessions(), OpenSession(person, session, method, at, until, address, agent, device):
            yield from (SessionEnded(person, one.session, "expired") for one in state.open if one.until <= at)
            yield from (SessionEnded(person, one.session, "too_many") for one in _beyond(state, at))
            yield SessionOpened(person, session, method, until, address, agent, device, state.is_new(device))
        case Sessions(), Rotate(session=session, request=request) if _answered(state, session, request):
            return  # The same request once more.
        case Sessions(), Rotate(person, session, generation, request, at, until) if _is_good(
            state.opened(session), generation, at
        ):
            yield RefreshRotated(person, session, generation + 1, request, until, command.address, command.agent)
        case Sessions(), Rotate(person, session, generation, request, at) if _is_used(
            state.opened(session), generation, at
        ):
            yield RefreshReplayed(session, generation, request)
            yield SessionEnded(person, session, "replayed")
        case Sessions(), EndSession(person, session, reason) if state.opened(session):
            yield SessionEnded(person, session, reason)
        case Sessions(), EndEvery(person, reason, but):
            yield from (SessionEnded(person, one.session, reason) for one in state.open if one.session != but)
        case Sessions(), EndSession(session=session) if _is_known(state, session):
            return
        case Sessions(), EndSession():
            raise Rejected("not_found", "there is no such thing")
        case _:
            raise Rejected("refresh.refused", "the session is over; log in again")


def _is_known(state: Sessions, session: SessionId) -> bool:
    return state.opened(session) is not None or any(one.session == session for one in state.over)


def _beyond(state: Sessions, at: datetime) -> tuple[Opened, ...]:
    """The oldest ones, where there would be too many with one more."""
    lasting = tuple(one for one in state.open if one.until > at)
    return lasting[: max(0, len(lasting) + 1 - OPEN_MAX)]


def _answered(state: Sessions, session: SessionId, request: str) -> bool:
    opened = state.opened(session)
    return Over(session, request) in state.over or (opened is not None and opened.request == request)


def _is_good(opened: Opened | None, generation: int, at: datetime) -> bool:
    return opened is not None and opened.generation == generation and at < opened.until


def _is_used(opened: Opened | None, generation: int, at: datetime) -> bool:
    return opened is not None and opened.generation != generation and at < opened.until


def evolve(state: State, event: Event) -> State:
    match event:
        case SessionOpened(session=session, until=until, device=device):
            devices = state.devices if device is None or device in state.devices else (*state.devices, device)
            open_ = (*_without(state.open, session), Opened(session, until))
            return replace(state, open=open_, devices=devices[-DEVICES_REMEMBERED:])
        case RefreshRotated(session=session, generation=generation, request=request, until=until):
            opened = Opened(session, until, generation, request)
            return replace(state, open=tuple(opened if one.session == session else one for one in state.open))
        case RefreshReplayed(session=session, request=request):
            return replace(state, over=(*state.over, Over(session, request))[-ENDED_REMEMBERED:])
        case SessionEnded(session=session):
            over = state.over if any(one.session == session for one in state.over) else (*state.over, Over(session))
            return replace(state, open=_without(state.open, session), over=over[-ENDED_REMEMBERED:])
        case _:
            assert_never(event)


def _without(sessions: tuple[Opened, ...], session: SessionId) -> tuple[Opened, ...]:
    return tuple(one for one in sessions if one.session != session)


SESSIONS = Decider[State, Command, Event]("sessions", Sessions(), decide, evolve, state=Sessions, snapshot_every=200)
