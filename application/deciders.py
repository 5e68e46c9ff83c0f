"""Streams and commands by their names, for those that were written down to be done later. Found by place."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from functools import cache
from types import ModuleType
from typing import Any, get_args

from application.catalogue import context_of, contexts
from domain.kernel import Decider, Stream, Value


def stream_named(name: str) -> Stream[Any, Any, Any]:
    """The stream of a name, with the decider of its kind."""
    kind, *key = name.split(":")
    return _deciders()[kind].at(*key)


def command_named(name: str) -> type[Value]:
    """The type of a command from its name."""
    return _commands()[name]


def command_name(type_: type) -> str:
    """What a type of command is called: `enrollments.Expire`."""
    return f"{context_of(type_)}.{type_.__name__}"


def _aggregates() -> Iterator[ModuleType]:
    for context in contexts():
        package = importlib.import_module(f"domain.{context}")
        for module in pkgutil.iter_modules(package.__path__):
            yield importlib.import_module(f"domain.{context}.{module.name}")


@cache
def _deciders() -> dict[str, Decider[Any, Any, Any]]:
    found = (thing for module in _aggregates() for thing in vars(module).values())
    return {thing.name: thing for thing in found if isinstance(thing, Decider)}


@cache
def _commands() -> dict[str, type[Value]]:
    unions = (vars(module)["Command"] for module in _aggregates() if "Command" in vars(module))
    return {command_name(type_): type_ for union in unions for type_ in get_args(union) or (union,)}
