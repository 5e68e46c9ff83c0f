"""Policies: what follows from a fact. Found by place, run at least once for every fact, with an effect exactly once.

A policy is `async def when_<sentence>(fact: Recorded[SomeFact], do: Bound) -> None` in `application.<context>`. It may
take ports besides, and is given them by what they are annotated with.
Whatever it has done carries an id that is derived from the fact and the policy: done again, it is the same.
Commands are numbered in their order; where that may be another one the next time, each has a name of its own.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from itertools import count
from typing import Any, TypeVar, get_args, get_type_hints
from uuid import UUID, uuid5

import application
from application.do import AnyStream, Decide, Do
from application.jobs import Errand, Job
from application.ledger import Caller, Receipt, Recorded, TenantId
from domain.kernel import Stream, Value

State = TypeVar("State")
Command = TypeVar("Command")
Event = TypeVar("Event")


@dataclass(frozen=True)
class Policy:
    """One sentence, the fact it is about, and the context it belongs to."""

    context: str
    name: str
    about: type[Value]
    run: Callable[..., Awaitable[None]]
    wants: tuple[tuple[str, type], ...] = ()
    """The ports it takes, by their names."""

    def given(self, ports: Mapping[type, Any]) -> dict[str, Any]:
        """The ports it takes."""
        return {name: ports[port] for name, port in self.wants}


class Timer(Value):
    """A command to be done at a time. Its id is that of the command."""

    id: UUID
    tenant: TenantId
    due: datetime
    stream: str
    command: Value
    by: str
    correlation: UUID
    causation: UUID


class Ordered(Value):
    """A job to be enqueued."""

    job: str
    errand: Errand[Any]


class Bound:
    """`Do` in the hands of one policy that answers one fact."""

    def __init__(self, do: Do, policy: Policy, fact: Recorded[Any]) -> None:
        self._do = do
        self._fact = fact
        self._by = f"policy:{policy.name}"
        self._numbers = count()
        self.timers: list[Timer] = []
        self.ordered: list[Ordered] = []

    async def __call__(self, stream: Stream[State, Command, Event], command: Command) -> Receipt:
        """Do a command because of this fact."""
        return await self._do(stream, command, self._caller())

    async def across(
        self,
        streams: Sequence[AnyStream],
        decide: Decide,
        command: object,
        beside: Sequence[AnyStream] = (),
        *,
        named: str | None = None,
    ) -> Receipt:
        """Make one decision over the states of several streams, because of this fact."""
        return await self._do.across(streams, decide, command, self._caller(named), beside=beside)

    async def look(self, stream: Stream[State, Command, Event]) -> State:
        """The state of a stream as it is now: run again, it may be a later one."""
        state: State = await self._do.look(self._fact.tenant, stream)
        return state

    async def recall(self, stream: Stream[State, Command, Event]) -> State:
        """The state of a stream as it was last seen in this process: for what a decision checks all the same."""
        state: State = await self._do.recall(self._fact.tenant, stream)
        return state

    def at(self, due: datetime, stream: Stream[Any, Any, Any], command: Value) -> None:
        """Do a command when it is time, unless the policy fails."""
        fact = self._fact
        self.timers.append(
            Timer(self._next_id(), fact.tenant, due, stream.name, command, self._by, fact.correlation, fact.id)
        )

    def later(self, job: Job, order: Value) -> None:
        """Have a worker do a job."""
        fact = self._fact
        errand = Errand(self._next_id(), fact.tenant, fact.correlation, fact.id, fact.at, order)
        self.ordered.append(Ordered(job.name, errand))

    def _caller(self, named: str | None = None) -> Caller:
        fact = self._fact
        id_ = self._next_id() if named is None else uuid5(fact.id, f"{self._by}:{named}")
        return Caller(fact.tenant, self._by, "policy", fact.correlation, fact.id, command=id_)

    def _next_id(self) -> UUID:
        return uuid5(self._fact.id, f"{self._by}:{next(self._numbers)}")


@cache
def policies() -> tuple[Policy, ...]:
    """Every policy there is."""
    found: list[Policy] = []
    for module in pkgutil.iter_modules(application.__path__):
        for name, run in vars(importlib.import_module(f"application.{module.name}")).items():
            if name.startswith("when_") and inspect.iscoroutinefunction(run):
                first, _, *ports = inspect.signature(run).parameters
                hints = get_type_hints(run)
                (about,) = get_args(hints[first])
                found.append(Policy(module.name, name, about, run, tuple((port, hints[port]) for port in ports)))
    return tuple(found)
