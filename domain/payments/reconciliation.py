"""Comparing, again and again, what a gateway has with what we have. There is one of these a tenant and gateway."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from domain.kernel import Decider, Moment, PaymentId, Value
from domain.payments.events import ReconciliationDone, ReconciliationDue, ReconciliationFailed
from domain.payments.events import ReconciliationEvent as Event


class Begin(Value):
    """Compare from now on: whatever is from `since` on."""

    since: Moment


class FallDue(Value):
    """It is time to compare again; `since` says which time this is."""

    since: Moment


class Finish(Value):
    since: Moment
    until: Moment
    compared: int
    found: tuple[PaymentId, ...]


class GiveUp(Value):
    """The gateway did not answer."""

    since: Moment


Command = Begin | FallDue | Finish | GiveUp


class Unbegun(Value, tag=True):
    """Nothing was ever paid through this gateway."""


class Waiting(Value, tag=True):
    """It is compared again when it is time, from then on."""

    since: Moment


class Comparing(Value, tag=True):
    since: Moment


State = Unbegun | Waiting | Comparing


def decide(state: State, command: Command) -> Iterator[Event]:
    match state, command:
        case Unbegun(), Begin(since):
            yield ReconciliationDue(since)
        case Waiting(waiting), FallDue(since) if waiting == since:
            yield ReconciliationDue(since)
        case Comparing(comparing), Finish(since, until, compared, found) if comparing == since:
            yield ReconciliationDone(since, until, compared, found)
        case Comparing(comparing), GiveUp(since) if comparing == since:
            yield ReconciliationFailed(since)
        case _:
            return  # It was done before.


def evolve(state: State, event: Event) -> State:  # noqa: ARG001 — what it waited for before
    match event:
        case ReconciliationDue(since):
            return Comparing(since)
        case ReconciliationDone(until=until):
            return Waiting(until)
        case ReconciliationFailed(since):
            return Waiting(since)
        case _:
            assert_never(event)


RECONCILIATION = Decider[State, Command, Event]("reconciliation", Unbegun(), decide, evolve)
