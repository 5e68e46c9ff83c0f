"""What would be, had a rule been another: facts told again, as the same people would have been answered under it.

A rule is a module of this package that declares `RULE`. It answers each fact with those that would be in its place.
Whatever is not of its kind of stream stays as it was told, and so do the deeds of people: only what was decided on
them is decided again.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, get_args

from domain.kernel import Decider, Rejected

Retell = Callable[[Any, Any], Iterator[Any]]
"""What would be in the place of a fact, in the state that its stream would be in."""


@dataclass(frozen=True)
class Rule:
    """A rule that can be another, in words: `passing-mark=60`."""

    name: str
    help: str
    decider: Decider[Any, Any, Any]
    facts: Any
    """Those of its streams, as a union or one alone."""
    under: Callable[[str], Retell]
    """The rule with another value. Raises `Rejected` where that is none."""


@cache
def rules() -> Mapping[str, Rule]:
    """Every rule by its name, found by place."""
    modules = (importlib.import_module(f"{__name__}.{found.name}") for found in pkgutil.iter_modules(__path__))
    return {module.RULE.name: module.RULE for module in modules}


class Retelling:
    """Tells the facts of some streams again, one by one in their order."""

    def __init__(self, rule: Rule, value: str, streams: str) -> None:
        kind = streams.partition(":")[0]
        if kind != rule.decider.name:
            raise Rejected("what_if.other_streams", f"this rule is about streams of {rule.decider.name}, not of {kind}")
        self._decider = rule.decider
        self.facts: tuple[type, ...] = get_args(rule.facts) or (rule.facts,)
        self._retell = rule.under(value)
        self._streams = streams
        self._states: dict[str, Any] = {}
        self.told = 0
        self.other = 0
        """Of so many facts there would be others in their place, or none."""

    def about(self, stream: str) -> bool:
        """Whether a stream is among those that are told again."""
        return stream.startswith(self._streams[:-1]) if self._streams.endswith("*") else stream == self._streams

    def retold(self, stream: str, event: Any) -> tuple[Any, ...]:
        """What would be in the place of this fact."""
        state = self._states.get(stream, self._decider.initial)
        try:
            events = tuple(self._retell(state, event))
        except Rejected:
            events = ()
        self._states[stream] = self._decider.fold(events, state)
        self.told += 1
        self.other += events != (event,)
        return events
