"""Watches followers and jobs at work: what they do is counted, and traced where there are traces."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import AbstractContextManager, ExitStack
from typing import TYPE_CHECKING, Any
from uuid import UUID

import dramatiq
import msgspec
import psycopg
from prometheus_client import CollectorRegistry, Counter, Histogram, start_http_server

from adapters.postgres.followers.follower import Follower
from adapters.postgres.followers.rows import Row
from adapters.postgres.followers.sending import Change
from application.security import Sign

if TYPE_CHECKING:
    from api.spans import Tracing


class Watching:
    """What the engine counts."""

    def __init__(self, port: int, tracing: Tracing | None) -> None:
        registry = CollectorRegistry()
        self.tracing = tracing
        self.facts = Counter("annals_followed_facts", "Facts handled by a follower.", ["follower"], registry=registry)
        self.took = Histogram(
            "annals_followed_seconds", "How long a follower took for what it read.", ["follower"], registry=registry
        )
        self._retries = Counter(
            "annals_ledger_retries", "Batches of the ledger done again, by why.", ["why"], registry=registry
        )
        self._security = Counter(
            "annals_security_events",
            "What those who watch over security are told of: logins, roles, keys, lockouts, exports, deletions.",
            ["event", "severity"],
            registry=registry,
        )
        if port:
            start_http_server(port, registry=registry)

    def seen(self, sign: Sign, times: int) -> None:
        """Something that security is watched by was taken into the trail."""
        self._security.labels(sign.event, sign.severity).inc(times)

    def retried(self, why: str) -> None:
        """The ledger does a batch again."""
        self._retries.labels(why).inc()

    def over(self, follower: Follower) -> Follower:
        """The same follower, watched."""
        return _Watched(follower, self)


class _Watched(Follower):
    def __init__(self, follower: Follower, watching: Watching) -> None:
        self.name = follower.name
        self.types = follower.types
        self.window = follower.window
        self.pause_s = follower.pause_s
        self.search_path = follower.search_path
        self.parks = follower.parks
        self._follower = follower
        self._tracing = watching.tracing
        self._facts = watching.facts.labels(follower.name)
        self._took = watching.took.labels(follower.name)

    async def handle(self, number: int, rows: Sequence[Row]) -> Sequence[Change]:
        began = time.perf_counter()
        with ExitStack() as spans:
            if self._tracing is not None:
                for row in rows:
                    spans.enter_context(self._tracing.following(self.name, row.correlation, row.id))
            changes = await self._follower.handle(number, rows)
        self._facts.inc(len(rows))
        self._took.observe(time.perf_counter() - began)
        return changes

    async def begin(self, connection: psycopg.AsyncConnection[Any], number: int, checkpoint: int) -> int:
        return await self._follower.begin(connection, number, checkpoint)

    async def steady(self, number: int, position: int) -> bool:
        return await self._follower.steady(number, position)


class _Errand(msgspec.Struct):
    """What is read of an errand here."""

    correlation: UUID
    causation: UUID


class WatchedJobs(dramatiq.Middleware):
    """What the worker counts and traces."""

    def __init__(self, port: int, tracing: Tracing | None) -> None:
        registry = CollectorRegistry()
        self._tracing = tracing
        self._jobs = Counter("annals_jobs", "Jobs by how they ended.", ["job", "outcome"], registry=registry)
        self._took = Histogram("annals_job_seconds", "How long a job took.", ["job"], registry=registry)
        self._under_way: dict[str, tuple[float, AbstractContextManager[Any] | None]] = {}
        if port:
            start_http_server(port, registry=registry)

    def before_process_message(self, broker: dramatiq.Broker, message: dramatiq.MessageProxy) -> None:
        del broker
        span: AbstractContextManager[Any] | None = None
        if self._tracing is not None:
            errand = msgspec.json.decode(str(message.args[0]), type=_Errand)
            span = self._tracing.following(f"job {message.actor_name}", errand.correlation, errand.causation)
            span.__enter__()
        self._under_way[message.message_id] = (time.perf_counter(), span)

    def after_process_message(
        self,
        broker: dramatiq.Broker,
        message: dramatiq.MessageProxy,
        *,
        result: Any = None,
        exception: BaseException | None = None,
    ) -> None:
        del broker, result
        began, span = self._under_way.pop(message.message_id, (time.perf_counter(), None))
        if span is not None:
            span.__exit__(None, None, None)
        self._jobs.labels(message.actor_name, "done" if exception is None else "failed").inc()
        self._took.labels(message.actor_name).observe(time.perf_counter() - began)
