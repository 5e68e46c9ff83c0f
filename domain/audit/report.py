"""One report, from being ordered to being compiled."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from domain.audit.events import Event, ReportCompiled, ReportOrdered
from domain.kernel import Decider, Moment, Rejected, Value


class Order(Value):
    kind: str
    since: Moment
    until: Moment
    at: Moment


class Compile(Value):
    """It is made of the first `entries` of the trail, and these are the digests of what was made."""

    table: str
    paper: str
    signed: str
    entries: int
    rows: int


Command = Order | Compile


class Unordered(Value, tag=True):
    """Nobody has asked for it."""


class Ordered(Value, tag=True):
    kind: str
    since: Moment
    until: Moment


class Compiled(Value, tag=True):
    kind: str
    since: Moment
    until: Moment
    table: str
    paper: str
    signed: str
    entries: int


State = Unordered | Ordered | Compiled


def decide(state: State, command: Command) -> Iterator[Event]:
    match state, command:
        case Unordered(), Order(kind, since, until, at) if since < until <= at:
            yield ReportOrdered(kind, since, until, at)
        case Unordered(), Order(since=since, until=until) if since >= until:
            raise Rejected("report.no_period", "a period ends after it begins")
        case Unordered(), Order():
            raise Rejected("report.period_not_over", "a report is of a period that is over")
        case Ordered(), Compile(table, paper, signed, entries, rows):
            yield ReportCompiled(table, paper, signed, entries, rows)
        case (Ordered() | Compiled()) as there, Order(kind, since, until):
            if (kind, since, until) != (there.kind, there.since, there.until):
                raise Rejected("report.other", "there is another report of this name")
        case Unordered(), Compile():
            raise Rejected("report.not_found", "nobody has ordered this report")
        case _:
            return  # What was compiled is never compiled otherwise.


def evolve(state: State, event: Event) -> State:
    match event:
        case ReportOrdered(kind, since, until):
            return Ordered(kind, since, until)
        case ReportCompiled(table, paper, signed, entries):
            match state:
                case Ordered(kind, since, until):
                    return Compiled(kind, since, until, table, paper, signed, entries)
                case _:
                    return state
        case _:
            assert_never(event)


REPORT = Decider[State, Command, Event]("report", Unordered(), decide, evolve)
