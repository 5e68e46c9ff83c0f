"""What a school has adjusted of how it is set up. There is one of these a tenant."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from domain.kernel import Decider, Rejected, Value
from domain.tenancy.configuration import Configuration, SettingName, settings, wrong
from domain.tenancy.events import Setting
from domain.tenancy.events import SettingAdjusted as Event


class Choice(Value):
    """What one setting is to be."""

    setting: SettingName
    value: Setting


class Adjust(Value):
    """Have some settings so, and leave the others as they are."""

    choices: tuple[Choice, ...]


Command = Adjust


class Adjusted(Value):
    """What was adjusted, by whatever name it had then. The rest has its default."""

    values: tuple[tuple[str, Setting], ...] = ()

    @property
    def configuration(self) -> Configuration:
        """All settings. One that was adjusted to what it can no longer be has its default again."""
        known = {name: value for name, value in self.values if name in settings() and wrong(name, value) is None}
        return Configuration(**known)  # type: ignore[arg-type]


State = Adjusted


def decide(state: State, command: Command) -> Iterator[Event]:
    match state, command:
        case Adjusted(), Adjust(choices) if said := _complaints(choices):
            raise Rejected("setting.malformed", said)
        case Adjusted(), Adjust(choices):
            wanted = {choice.setting: choice.value for choice in choices}
            for setting, value in wanted.items():
                old: Setting = getattr(state.configuration, setting)
                if value != old:
                    yield Event(setting, old, value)


def _complaints(choices: tuple[Choice, ...]) -> str:
    found = ((choice.setting, wrong(choice.setting, choice.value)) for choice in choices)
    return "; ".join(f"{setting}: {why}" for setting, why in found if why is not None)


def evolve(state: State, event: Event) -> State:
    match event:
        case Event(setting, _, new):
            others = (pair for pair in state.values if pair[0] != setting)
            return Adjusted(tuple(sorted((*others, (setting, new)), key=lambda pair: pair[0])))
        case _:
            assert_never(event)


SETTINGS = Decider[State, Command, Event]("settings", Adjusted(), decide, evolve)
