"""What the house holds, found by place: nothing is registered by hand. `python -m tests.house.plan` prints it."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from dataclasses import dataclass
from inspect import cleandoc
from types import ModuleType
from typing import Any, TypeGuard, get_args

from api.app import routes as every_route
from api.http.routes import Route
from application.catalogue import Word, contexts, words
from application.jobs import jobs as every_job
from application.policies import Policy
from application.policies import policies as every_policy
from domain.kernel import Decider
from projections.model import ReadModel, models


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


def aggregates() -> tuple[Aggregate, ...]:
    """Every aggregate of every context."""
    return tuple(
        Aggregate(context, module, decider)
        for context in contexts()
        for module in _modules(f"domain.{context}")
        for decider in filter(_is_decider, vars(module).values())
    )


def _modules(package: str) -> Iterator[ModuleType]:
    found = pkgutil.iter_modules(importlib.import_module(package).__path__)
    return (importlib.import_module(f"{package}.{module.name}") for module in found)


def _is_decider(thing: object) -> TypeGuard[Decider[Any, Any, Any]]:
    return isinstance(thing, Decider)


def facts(context: str) -> tuple[Word, ...]:
    """A context's published words, the retired ones too."""
    return tuple(word for word in words().values() if word.context == context)


def policies(context: str) -> tuple[Policy, ...]:
    """The sentences of `application/<context>.py`."""
    return tuple(policy for policy in every_policy() if policy.context == context)


def jobs(context: str) -> tuple[str, ...]:
    """What workers do for a context."""
    return tuple(name for name in every_job() if name.startswith(f"{context}."))


def read_models(context: str) -> tuple[tuple[ReadModel, str], ...]:
    """Each read model of a context and the question it answers."""
    found = (model for model in models() if model.name.startswith(f"{context}."))
    return tuple((model, summary(importlib.import_module(f"projections.{model.name}"))) for model in found)


def routes(context: str) -> tuple[Route, ...]:
    """The ways to reach a context."""
    return tuple(route for route in every_route() if route.function.__module__.rpartition(".")[2] == context)


def charter(context: str) -> str:
    """What a context says of itself: its words, its rules, its neighbours."""
    return cleandoc(importlib.import_module(f"domain.{context}").__doc__ or "")


def summary(thing: object) -> str:
    """The first line of what a thing says of itself."""
    return cleandoc(thing.__doc__ or "").partition("\n")[0]


def members(union: Any) -> tuple[type[Any], ...]:
    """The types in a union, in order."""
    return get_args(union) or (union,)


def names(union: Any) -> str:
    """The names of the types in a union, as a list."""
    return ", ".join(one.__name__ for one in members(union))


def plan() -> str:
    """The map of the house, to be read."""
    lines: list[str] = []
    for context in contexts():
        lines.append(charter(context).partition("\n")[0])
        lines += [f"  aggregate   {one.name}: {names(one.commands)}" for one in aggregates() if one.context == context]
        lines += [f"  fact        {word.name}" for word in facts(context)]
        lines += [f"  policy      {policy.name}" for policy in policies(context)]
        lines += [f"  job         {name}" for name in jobs(context)]
        lines += [f"  read model  {model.name}: {question}" for model, question in read_models(context)]
        lines += [f"  route       {route.template}: {route.summary}" for route in routes(context)]
    return "\n".join(lines)


if __name__ == "__main__":
    print(plan())  # noqa: T201 — a command says what it found
