"""Work that is done later, by a worker: what a job is, and how its function is found.

A job is a function of `application.<context>` that is marked `@job`. Its first parameter is the errand; the others are
ports, and are given by what they are annotated with.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cache, cached_property
from types import MappingProxyType
from typing import Any, Generic, Protocol, TypeVar, get_type_hints
from uuid import UUID

import msgspec

import application
from application.ledger import Receipt, TenantId
from domain.kernel import Stream, Value

Order = TypeVar("Order", bound=Value)

RETRIES = 8
"""How often a job is tried again before it is a dead letter, unless it says otherwise."""


class Permanent(Exception):  # noqa: N818 — said of a failure
    """Trying again is of no use: the job is a dead letter at once. An operator may try it when things have changed."""


class Errand(Value, Generic[Order]):
    """One job to be done. The id is derived from the fact that called for it, so it is known when it comes twice."""

    id: UUID
    tenant: TenantId
    correlation: UUID
    causation: UUID
    at: datetime
    order: Order


class Doer(Protocol):
    """Does commands for jobs. A job that is done again does the same command again, which changes nothing."""

    def do(self, errand: Errand[Any], stream: Stream[Any, Any, Any], command: Value) -> Receipt: ...


class Job:
    """A kind of job: its name, its function, and how it is tried again."""

    def __init__(self, run: Callable[..., None], retries: int) -> None:
        self.run = run
        self.retries = retries
        self.name = f"{run.__module__.rpartition('.')[2]}.{run.__name__}"

    @property
    def errand(self) -> Any:
        """The type of the errand."""
        return next(iter(self._parameters.values()))

    @cached_property
    def _parameters(self) -> Mapping[str, Any]:
        """What it asks for, by name and in order: first the errand."""
        hints = get_type_hints(self.run)
        return {name: hints[name] for name in inspect.signature(self.run).parameters}

    @cached_property
    def _errands(self) -> msgspec.json.Decoder[Any]:
        return msgspec.json.Decoder(self.errand)

    def do(self, errand: bytes, ports: Mapping[type, Any]) -> None:
        """Do it: with the errand as it was sent, and whatever ports it asks for."""
        _, *wanted = self._parameters.items()
        self.run(self._errands.decode(errand), **{name: ports[port] for name, port in wanted})


def job(*, retries: int = RETRIES) -> Callable[[Callable[..., None]], Job]:
    """Mark a function as a job."""
    return lambda run: Job(run, retries)


@cache
def jobs() -> Mapping[str, Job]:
    """Every kind of job by its name, found by place."""
    found: dict[str, Job] = {}
    for module in pkgutil.iter_modules(application.__path__):
        for thing in vars(importlib.import_module(f"application.{module.name}")).values():
            if isinstance(thing, Job):
                found[thing.name] = thing
    return MappingProxyType(found)
