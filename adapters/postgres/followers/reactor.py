"""Carries out the policies of a context: what follows from each fact."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Protocol

import msgspec
import structlog

from adapters.postgres.followers.follower import Follower
from adapters.postgres.followers.rows import Row, keyring_of, names_of
from adapters.postgres.followers.sending import Change
from application.deciders import command_name
from application.do import Do
from application.ledger import Recorded
from application.policies import Bound, Ordered, Policy, Timer
from application.ports import Keys
from application.sealing import NO_KEYS
from domain.kernel import Rejected

log = structlog.get_logger()

NO_PORTS: Mapping[type, Any] = MappingProxyType({})
AT_ONCE = 64
"""Streams whose facts are answered at the same time; their commands are then committed together."""

_TIMER = """
insert into followers.timers (log, tenant, id, due, stream, command, data, by, correlation, causation)
values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s) on conflict do nothing
"""


class Enqueues(Protocol):
    """Where jobs go: it answers what is to be written with the checkpoint, or enqueues them itself, perhaps again."""

    async def enqueue(self, ordered: Sequence[Ordered]) -> Sequence[Change]: ...


class Reactor(Follower):
    """The policies of one context.

    Commands are done at once, under ids derived from the fact; timers and jobs are written with the checkpoint.
    """

    window = 500

    def __init__(  # noqa: PLR0913, PLR0917 — what policies work with
        self,
        context: str,
        policies: Sequence[Policy],
        do: Do,
        jobs: Enqueues,
        keys: Keys = NO_KEYS,
        ports: Mapping[type, Any] = NO_PORTS,
    ) -> None:
        self.name = f"policies.{context}"
        self.types = names_of([policy.about for policy in policies])
        self._policies = policies
        self._do = do
        self._jobs = jobs
        self._keys = keys
        self._given = {policy.name: policy.given(ports) for policy in policies}

    async def handle(self, number: int, rows: Sequence[Row]) -> Sequence[Change]:
        ring = await keyring_of(self._keys, rows)
        streams: dict[tuple[Any, str], list[Recorded[Any]]] = {}
        for row in rows:
            streams.setdefault((row.tenant, row.stream), []).append(row.recorded(number, ring))
        room = asyncio.Semaphore(AT_ONCE)

        async def answer(facts: Sequence[Recorded[Any]]) -> list[Bound]:
            async with room:
                return [bound for fact in facts for bound in await self._answer(fact)]

        answers = await asyncio.gather(*map(answer, streams.values()))
        bounds = [bound for some in answers for bound in some]
        timers = [timer for bound in bounds for timer in bound.timers]
        ordered = [one for bound in bounds for one in bound.ordered]
        changes = [Change(_TIMER, (number, *_columns(timer))) for timer in timers]
        return [*changes, *(await self._jobs.enqueue(ordered) if ordered else ())]

    async def _answer(self, fact: Recorded[Any]) -> list[Bound]:
        bounds: list[Bound] = []
        for policy in self._policies:
            if isinstance(fact.event, policy.about):
                bound = Bound(self._do, policy, fact)
                try:
                    await policy.run(fact, bound, **self._given[policy.name])
                except Rejected as no:
                    # An answer, not an error: it is kept with the command, and would be the same again.
                    log.info("policy.refused", policy=policy.name, code=no.code, correlation=str(fact.correlation))
                bounds.append(bound)
        return bounds


def reactors(
    policies: Sequence[Policy], do: Do, jobs: Enqueues, keys: Keys = NO_KEYS, ports: Mapping[type, Any] = NO_PORTS
) -> list[Reactor]:
    """One for each context that has policies."""
    contexts = sorted({policy.context for policy in policies})
    return [Reactor(name, [one for one in policies if one.context == name], do, jobs, keys, ports) for name in contexts]


def _columns(timer: Timer) -> tuple[Any, ...]:
    command = msgspec.json.encode(timer.command).decode()
    about = (timer.tenant, timer.id, timer.due, timer.stream, command_name(type(timer.command)), command)
    return (*about, timer.by, timer.correlation, timer.causation)
