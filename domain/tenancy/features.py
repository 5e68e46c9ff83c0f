"""Which features a school has on. There is one of these a tenant."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from domain.kernel import Decider, Value
from domain.tenancy.events import FeatureEvent as Event
from domain.tenancy.events import FeatureSwitchedOff, FeatureSwitchedOn
from domain.tenancy.flags import FEATURES, Flag


class SwitchOn(Value):
    flag: Flag


class SwitchOff(Value):
    flag: Flag


Command = SwitchOn | SwitchOff


class Switched(Value):
    """What was switched, by whatever name it had then. The rest is as the registry says."""

    on: frozenset[str] = frozenset()
    off: frozenset[str] = frozenset()

    def has(self, flag: Flag) -> bool:
        """Whether a feature is on."""
        return flag in self.on or (FEATURES[flag].default and flag not in self.off)


State = Switched


def decide(state: State, command: Command) -> Iterator[Event]:
    match state, command:
        case Switched(), SwitchOn(flag) if not state.has(flag):
            yield FeatureSwitchedOn(flag)
        case Switched(), SwitchOff(flag) if state.has(flag):
            yield FeatureSwitchedOff(flag)
        case _:
            return  # Already so. Saying it twice changes nothing.


def evolve(state: State, event: Event) -> State:
    match event:
        case FeatureSwitchedOn(flag):
            return Switched(state.on | {flag}, state.off - {flag})
        case FeatureSwitchedOff(flag):
            return Switched(state.on - {flag}, state.off | {flag})
        case _:
            assert_never(event)


FEATURES_OF_TENANT = Decider[State, Command, Event]("features", Switched(), decide, evolve)
