"""Stories about one aggregate: `given(facts).when(command).then(facts)`, or `.refused(code)`.

A test module binds its decider once, `given = about(ENROLLMENT)`, and every story in it is typed by that decider's
own facts and commands.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

import pytest

from domain.kernel import Decider, Rejected

State = TypeVar("State")
Command = TypeVar("Command")
Event = TypeVar("Event")


@dataclass(frozen=True)
class about(Generic[State, Command, Event]):  # noqa: N801 — reads as a word of the story
    """Stories about the aggregates of one decider."""

    decider: Decider[State, Command, Event]

    def __call__(self, *history: Event) -> Given[State, Command, Event]:
        """What has happened so far."""
        return Given(self.decider, history)


@dataclass(frozen=True)
class Given(Generic[State, Command, Event]):
    decider: Decider[State, Command, Event]
    history: tuple[Event, ...]

    def when(self, command: Command) -> When[State, Command, Event]:
        """What is asked now."""
        return When(self, command)

    @property
    def state(self) -> State:
        """What the history adds up to."""
        return self.decider.fold(self.history)


@dataclass(frozen=True)
class When(Generic[State, Command, Event]):
    given: Given[State, Command, Event]
    command: Command

    def then(self, *expected: Event) -> None:
        """Exactly these facts follow; none, where it is already so."""
        happened = tuple(self.given.decider.decide(self.given.state, self.command))
        assert happened == expected, f"{self.command} on {self.given.state}: {happened}, not {expected}"

    def refused(self, code: str) -> None:
        """It is refused, for this reason."""
        with pytest.raises(Rejected) as no:
            tuple(self.given.decider.decide(self.given.state, self.command))
        assert no.value.code == code
