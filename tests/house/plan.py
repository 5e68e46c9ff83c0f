"""What the house holds, found by place: nothing here is registered by hand."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from dataclasses import dataclass
from inspect import cleandoc, getmembers, iscoroutinefunction
from types import ModuleType
from typing import Any, TypeGuard

from application.catalogue import contexts, words
from domain.kernel import Decider


@dataclass(frozen=True)
class Aggregate:
    """One decider, and the words of the module it stands in."""

    context: str
    module: ModuleType
    decider: Decider[Any, Any, Any]

    @property
    def name(self) -> str:
        return self.decider.name

    @property
    def commands(self) -> Any:
        return self.module.Command

    @property
    def states(self) -> Any:
        return self.module.State

    @property
    def facts(self) -> Any:
        return self.module.Event


def modules(package: str) -> Iterator[ModuleType]:
    """The modules of a package, in order, without those below its sub-packages; none where there is no such package."""
    try:
        place = importlib.import_module(package)
    except ModuleNotFoundError:
        return
    for found in sorted(pkgutil.iter_modules(place.__path__), key=lambda module: module.name):
        if not found.name.startswith("_"):
            yield importlib.import_module(f"{package}.{found.name}")


def aggregates() -> tuple[Aggregate, ...]:
    """Every aggregate of every context."""
    return tuple(
        Aggregate(context, module, decider)
        for context in contexts()
        for module in modules(f"domain.{context}")
        for decider in _deciders(module)
    )


def _deciders(module: ModuleType) -> Iterator[Decider[Any, Any, Any]]:
    return filter(_is_decider, vars(module).values())


def _is_decider(thing: object) -> TypeGuard[Decider[Any, Any, Any]]:
    return isinstance(thing, Decider)


def policies(context: str) -> tuple[str, ...]:
    """The sentences of `application/<context>.py`."""
    for module in modules("application"):
        if module.__name__ == f"application.{context}":
            found = getmembers(module, iscoroutinefunction)
            return tuple(name for name, function in found if function.__module__ == module.__name__ and name[0] != "_")
    return ()


def read_models(context: str) -> tuple[tuple[str, str], ...]:
    """Each read model of a context and the question it answers."""
    found = modules(f"projections.{context}")
    return tuple((module.__name__.rsplit(".", 1)[1], _first_line(module)) for module in found)


def _first_line(module: ModuleType) -> str:
    return cleandoc(module.__doc__ or "").partition("\n")[0]


def charter(context: str) -> str:
    """What a context says of itself: its words, its rules, its neighbours."""
    return cleandoc(importlib.import_module(f"domain.{context}").__doc__ or "")


def facts(context: str) -> tuple[str, ...]:
    """A context's published words, the retired ones too."""
    return tuple(word.name.partition(".")[2] for word in words().values() if word.context == context)


def members(union: Any) -> tuple[str, ...]:
    """The names of the types in a union, in order."""
    return tuple(one.__name__ for one in getattr(union, "__args__", (union,)))
