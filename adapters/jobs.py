"""dramatiq: jobs, tried again with backoff, and given up into the dead letters. The broker is Postgres unless
BROKER_URL names another.
"""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

import dramatiq
import msgspec
import psycopg
import structlog
from dramatiq.middleware import CurrentMessage, Retries, ShutdownNotifications, TimeLimit
from psycopg_pool import ConnectionPool

from adapters.job_queue import JobQueue
from adapters.postgres.followers.sending import Change
from application.jobs import Errand, Job, Permanent, jobs
from application.policies import Ordered
from projections.model import Many

log = structlog.get_logger()

SCHEMA = "jobs"
QUEUE = "default"
BACKOFF_MS_MIN = 1_000
BACKOFF_MS_MAX = 15 * 60 * 1_000
TIME_LIMIT_MS = 10 * 60 * 1_000
HEARTBEAT_S = 2.0
HEARTBEAT_S_MAX = 10.0
"""A worker that has not been heard of for so long is dead, and its jobs are given to others."""
MAINTENANCE_S = 3.0
DEAD_LETTERS_KEPT = "365 days"

_ENQUEUE = Many(
    "queue text, id text, message text",
    """
    insert into jobs.queue (queue_name, message_id, state, message, available_at)
    select queue, id::uuid, 'queued', message::jsonb, now() from fact on conflict (message_id) do nothing
    """,
)
_WAKE = "select pg_notify('dramatiq.default.enqueue', '')"


class _Correlated(dramatiq.Middleware):
    """What a job logs carries the correlation of the command that led to it."""

    def before_process_message(self, broker: dramatiq.Broker, message: dramatiq.MessageProxy) -> None:
        del broker
        structlog.contextvars.bind_contextvars(
            job=message.actor_name, message=message.message_id, correlation=message.options.get("correlation")
        )

    def after_process_message(
        self,
        broker: dramatiq.Broker,
        message: dramatiq.MessageProxy,
        *,
        result: Any = None,
        exception: BaseException | None = None,
    ) -> None:
        del broker, result
        if exception is not None:
            log.warning("job.failed", error=type(exception).__name__, tries=message.options.get("retries", 0) + 1)
        structlog.contextvars.unbind_contextvars("job", "message", "correlation")


def message_of(ordered: Ordered) -> dramatiq.Message[Any]:
    """The message of a job. Its id is that of the errand, and so derived from the fact."""
    errand: Errand[Any] = ordered.errand
    return dramatiq.Message(
        queue_name=QUEUE,
        actor_name=ordered.job,
        args=(msgspec.json.encode(errand).decode(),),
        kwargs={},
        options={"correlation": str(errand.correlation), "causation": str(errand.causation)},
        message_id=str(errand.id),
        message_timestamp=int(errand.at.timestamp() * 1000),
    )


class PostgresJobs:
    """Jobs are enqueued in the very transaction of the follower that orders them: exactly once."""

    async def enqueue(self, ordered: Sequence[Ordered]) -> Sequence[Change]:
        changes: list[Change] = []
        for one in ordered:
            message = message_of(one)
            values = (QUEUE, message.message_id, message.encode().decode())
            changes.append(Change(_ENQUEUE, values, of=message.message_id))
        return [*changes, Change(_WAKE, ())]


class BrokerJobs:
    """Jobs go to another broker before the checkpoint is written: at least once, each time under the same id."""

    def __init__(self, broker: dramatiq.Broker) -> None:
        self._broker = broker

    async def enqueue(self, ordered: Sequence[Ordered]) -> Sequence[Change]:
        for one in ordered:
            await asyncio.to_thread(self._enqueue, message_of(one))
        return ()

    def _enqueue(self, message: dramatiq.Message[Any]) -> None:
        self._broker.enqueue(message)


def broker_of(url: str, dsn: str, threads: int) -> dramatiq.Broker:
    """The broker that `url` names, or Postgres when it names none."""
    middleware = [TimeLimit(), ShutdownNotifications(), CurrentMessage(), _Correlated(), Retries()]
    scheme = url.partition("://")[0]
    if scheme in {"redis", "rediss"}:
        return _other("dramatiq.brokers.redis", "RedisBroker", url, middleware)
    if scheme in {"amqp", "amqps"}:
        return _other("dramatiq.brokers.rabbitmq", "RabbitmqBroker", url, middleware)
    pool = ConnectionPool[Any](
        url or dsn,
        min_size=0,
        max_size=threads + 4,
        max_idle=60,
        configure=_unhurried,
        check=ConnectionPool.check_connection,
        open=True,
    )
    return cast(
        "dramatiq.Broker",
        JobQueue(
            pool=pool,
            results=False,
            schema=SCHEMA,
            middleware=middleware,
            heartbeat_interval=HEARTBEAT_S,
            heartbeat_ttl=HEARTBEAT_S_MAX,
            maintenance_interval=MAINTENANCE_S,
            purge_maxage=DEAD_LETTERS_KEPT,
        ),
    )


def _unhurried(connection: psycopg.Connection[Any]) -> None:
    """What becomes of jobs need not be on disk at once: after a power cut, those of the last moment are done again."""
    connection.execute("set synchronous_commit = off")
    connection.commit()


def _other(module: str, name: str, url: str, middleware: list[Any]) -> dramatiq.Broker:
    """A broker whose client library is installed only where it is used."""
    return cast("dramatiq.Broker", getattr(importlib.import_module(module), name)(url=url, middleware=middleware))


def declare(broker: dramatiq.Broker, ports: Mapping[type, Any], kinds: Mapping[str, Job] | None = None) -> None:
    """Make an actor of every kind of job, found by place."""
    for name, kind in (jobs() if kinds is None else kinds).items():
        actor = dramatiq.actor(
            actor_name=name,
            queue_name=QUEUE,
            broker=broker,
            retry_when=_worth_it(kind),
            min_backoff=BACKOFF_MS_MIN,
            max_backoff=BACKOFF_MS_MAX,
            time_limit=TIME_LIMIT_MS,
        )
        actor(_doing(kind, ports))


def _worth_it(kind: Job) -> Callable[[int, BaseException], bool]:
    """Whether a job is tried again, after so many times and such a failure."""
    return lambda tried_again, failure: tried_again < kind.retries and not isinstance(failure, Permanent)


def _doing(kind: Job, ports: Mapping[type, Any]) -> Callable[[str], None]:
    return lambda errand: kind.do(errand.encode(), ports)
