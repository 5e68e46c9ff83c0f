"""`annals engine`: all that follows the ledger. Any number may run, and each follower works in one of them."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, NamedTuple

import psycopg
import structlog
import uvloop
from psycopg_pool import AsyncConnectionPool

from adapters.jobs import BrokerJobs, PostgresJobs, broker_of
from adapters.nats import JetStreamLog, connected
from adapters.postgres.connect import connect
from adapters.postgres.followers.follower import Follower
from adapters.postgres.followers.hearing import Ears
from adapters.postgres.followers.projector import Projector, install
from adapters.postgres.followers.reactor import Enqueues, reactors
from adapters.postgres.followers.rebuild import rebuild
from adapters.postgres.followers.relay import Relay
from adapters.postgres.followers.runner import Following
from adapters.postgres.followers.scheduler import Scheduler
from adapters.postgres.followers.tail import Tail
from adapters.postgres.followers.watch import Connect, HeadWatch
from adapters.postgres.ledger import PostgresLedger
from adapters.postgres.proofs.archivist import Archivist
from adapters.postgres.proofs.growing import Growing
from adapters.postgres.trail.clerk import Clerk
from api.clock import SystemClock
from api.collecting import collect_seldom
from api.doorbell import doorbell
from api.gateways import gateways_of
from api.logs import configure
from api.observing import Watching
from api.proving import proof_keys
from api.settings import Settings
from api.tracing import TracedLedger, tracing
from api.vault import vault_of
from application.do import Do
from application.gateways import Gateways
from application.ledger import Ledger
from application.policies import policies
from application.ports import Configurations, Keys
from application.security import Sign
from application.tenants import HEARD, Tenants
from application.trail import CLERK
from projections.model import ReadModel, models

log = structlog.get_logger()

LOOK_AGAIN_S = 0.5
VAULT_CONNECTIONS = 4


def main(settings: Settings) -> None:
    """Run until SIGTERM or SIGINT."""
    configure(settings, "engine")
    uvloop.run(_until_told(settings))


async def _until_told(settings: Settings) -> None:
    told = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, told.set)
    running = asyncio.create_task(run(settings), name="engine")
    waiting = asyncio.create_task(told.wait(), name="signals")
    await asyncio.wait((running, waiting), return_when=asyncio.FIRST_COMPLETED)
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running


async def run(settings: Settings) -> None:
    """All that follows the ledger, for as long as this is not cancelled."""

    async def as_projector() -> psycopg.AsyncConnection[Any]:
        return await connect(settings.dsn("projector"))

    async def as_app() -> psycopg.AsyncConnection[Any]:
        return await connect(settings.dsn("app"))

    logs = await _logs(as_projector)
    async with AsyncExitStack() as stack:
        bell = doorbell(settings, "engine")
        await stack.enter_async_context(bell)
        traces = tracing(settings.otel_endpoint, "engine")
        watching = Watching(settings.engine_metrics_port, traces)
        kept = await stack.enter_async_context(
            PostgresLedger(as_app, logs, after_commit=bell.ring, on_retry=watching.retried)
        )
        ledger: Ledger = kept if traces is None else TracedLedger(kept, traces)
        if traces is not None:
            stack.push_async_callback(asyncio.to_thread, traces.close)
        watch = await stack.enter_async_context(HeadWatch(as_projector, bell))
        tails = [await stack.enter_async_context(Tail(as_projector, number, watch)) for number in range(logs)]
        parts = await stack.enter_async_context(_parts())

        pool = AsyncConnectionPool[Any](
            settings.dsn("app"), min_size=1, max_size=VAULT_CONNECTIONS, kwargs={"autocommit": True}, open=False
        )
        await stack.enter_async_context(pool)
        vault = vault_of(settings, pool)
        do = Do(ledger, vault)
        ears = Ears(as_projector, watch)
        tenants = Tenants(do.look, ears.attentive)
        ears.listen(HEARD, tenants.hear)
        parts.append(_part(ears.run(), "hearing"))

        def follow(follower: Follower) -> None:
            for number, tail in enumerate(tails):
                following = Following(watching.over(follower), number, as_projector, tail)
                parts.append(_part(following.run(), follower.name))

        means = Means(logs, as_projector, do, vault, tenants, watching.seen)
        parts.extend(_compose(settings, means, follow))
        collect_seldom()
        log.info("engine.follows", logs=logs, nats=bool(settings.nats_url))
        await asyncio.Event().wait()


Parts = list[asyncio.Task[None]]
Follow = Callable[[Follower], None]


class Means(NamedTuple):
    """What followers work with."""

    logs: int
    as_projector: Connect
    do: Do
    keys: Keys
    tenants: Configurations
    seen: Callable[[Sign, int], None]


def _compose(settings: Settings, means: Means, follow: Follow) -> Iterator[asyncio.Task[None]]:
    """Everything there is, found by place."""
    for model in models():
        yield _part(_project(means, model, follow), model.name)
    ports: dict[type, Any] = {Gateways: gateways_of(settings, SystemClock()), Configurations: means.tenants}
    for reactor in reactors(policies(), means.do, _jobs(settings), means.keys, ports):
        follow(reactor)
    follow(Archivist(settings.proof_name, *proof_keys(settings)))
    for number in range(means.logs):
        trails = Growing("trail", settings.proof_name, *proof_keys(settings))
        yield _part(Clerk(number, means.as_projector, trails, means.seen).run(), CLERK)
        yield _part(Scheduler(number, means.as_projector, means.do, SystemClock()).run(), Scheduler.name)
    if settings.nats_url:
        yield _part(_relay(settings.nats_url, means.logs, follow), Relay.name)


async def _logs(as_projector: Connect) -> int:
    """How many logs there are; waits for the database, and for it to be migrated."""
    while True:
        try:
            async with await as_projector() as connection:
                cursor = await connection.execute(
                    "select count(*) from ledger.log_head where to_regclass('followers.lag') is not null"
                )
                found = await cursor.fetchone()
                if found is not None and found[0]:
                    return int(found[0])
        except (psycopg.OperationalError, psycopg.ProgrammingError, OSError) as error:
            log.warning("engine.waits_for_database", error=str(error).strip())
        await asyncio.sleep(LOOK_AGAIN_S)


async def _project(means: Means, model: ReadModel, follow: Follow) -> None:
    if await _shown(means, model):
        follow(Projector(model, keys=means.keys))


async def _shown(means: Means, model: ReadModel) -> bool:
    """See that this version of the model is shown; build it beside the one that is, if that is older."""
    while True:
        try:
            async with await means.as_projector() as connection:
                version = await install(connection, model)
            if version > model.version:
                log.warning("model.newer_is_shown", model=model.name, shown=version, ours=model.version)
                return False
            if version == model.version:
                return True
            log.info("model.rebuilds", model=model.name, shown=version, ours=model.version)
            await rebuild(means.as_projector, model, means.keys)
        except (psycopg.OperationalError, psycopg.InterfaceError, OSError) as error:
            log.warning("engine.waits_for_database", error=str(error).strip())
            await asyncio.sleep(LOOK_AGAIN_S)


async def _relay(url: str, logs: int, follow: Follow) -> None:
    client = await connected(url, "relay")
    streams = {number: JetStreamLog(client, number) for number in range(logs)}
    follow(Relay(streams.__getitem__))
    try:
        await asyncio.Event().wait()
    finally:
        await client.close()


def _jobs(settings: Settings) -> Enqueues:
    if not settings.broker_url or settings.broker_url.startswith("postgres"):
        return PostgresJobs()
    return BrokerJobs(broker_of(settings.broker_url, "", 1))


def _part(work: Coroutine[Any, Any, None], name: str) -> asyncio.Task[None]:
    task = asyncio.create_task(work, name=name)
    task.add_done_callback(_say_why)
    return task


def _say_why(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and task.exception() is not None:
        log.error("engine.part_failed", part=task.get_name(), error=repr(task.exception()))


@asynccontextmanager
async def _parts() -> AsyncGenerator[Parts]:
    """Parts that are ended, and waited for, in the end."""
    parts: Parts = []
    try:
        yield parts
    finally:
        for part in parts:
            part.cancel()
        await asyncio.gather(*parts, return_exceptions=True)
