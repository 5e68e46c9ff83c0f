"""What a network pays for advertising beside what creators made: one statement of it, for a span of days."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from domain.creators.events import Advertised, AdvertisingPosted, AdvertisingReversed
from domain.creators.events import AdvertisingEvent as Event
from domain.kernel import Decider, Rejected, Value


class Post(Value):
    """The network has paid this, or owes it: for whom how much."""

    network: str
    since: str
    until: str
    lines: tuple[Advertised, ...]


class Reverse(Value):
    """It was wrong: it is to count no more. What is right is another statement."""

    reason: str


Command = Post | Reverse


class Unposted(Value, tag=True):
    """Nobody has heard of it."""


class Posted(Value, tag=True):
    about: AdvertisingPosted


class Reversed(Value, tag=True):
    about: AdvertisingPosted


State = Unposted | Posted | Reversed


def decide(state: State, command: Command) -> Iterator[Event]:
    match state, command:
        case Unposted(), Post(network, since, until, lines):
            _check(command)
            yield AdvertisingPosted(network, since, until, lines)
        case Unposted(), Reverse():
            raise Rejected("advertising.not_found", "there is no such statement")
        case ((Posted(about) | Reversed(about)), Post(network, since, until, lines)) if about != AdvertisingPosted(
            network, since, until, lines
        ):
            raise Rejected("advertising.posted_already", "a statement is never changed: reverse it, and post another")
        case Posted(), Reverse(reason):
            yield AdvertisingReversed(reason)
        case _:
            return  # It is so already.


def _check(post: Post) -> None:
    if not post.lines or any(line.gross.amount <= 0 for line in post.lines):
        raise Rejected("advertising.of_nothing", "a statement has lines, each of more than nothing")
    if post.until < post.since:
        raise Rejected("advertising.backwards", "it ends before it begins")


def evolve(state: State, event: Event) -> State:
    match event:
        case AdvertisingPosted():
            return Posted(event)
        case AdvertisingReversed():
            return Reversed(state.about) if isinstance(state, Posted) else state
        case _:
            assert_never(event)


ADVERTISING = Decider[State, Command, Event]("advertising", Unposted(), decide, evolve)
