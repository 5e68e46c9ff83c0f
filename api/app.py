"""The HTTP process, composed: the ledger, the read models, the routes, and the front around them."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import psycopg
from litestar import Litestar, Request, Response
from litestar.handlers import HTTPRouteHandler
from psycopg_pool import AsyncConnectionPool, PoolTimeout, TooManyRequests

import api.commands
import api.entrances
import api.pages
import api.queries
import api.service
from adapters.argon2 import Argon2
from adapters.authenticator_apps import AuthenticatorApps
from adapters.identity_providers import IdentityProviders
from adapters.nats import NatsDoorbell
from adapters.object_store import ObjectStoreFiles, files_in
from adapters.open_badges import OpenBadges
from adapters.postgres.causes import Causes
from adapters.postgres.connect import connect
from adapters.postgres.doorbell import PostgresDoorbell
from adapters.postgres.exporting import Exporter
from adapters.postgres.followers.hearing import Ears
from adapters.postgres.followers.watch import HeadWatch
from adapters.postgres.ledger import PostgresLedger
from adapters.postgres.limits import Limits
from adapters.postgres.questions import Questions
from adapters.postgres.replay import Replay
from adapters.postgres.revocations import Revocations
from adapters.postgres.trail.noting import Noter
from adapters.postgres.vault import PostgresVault
from adapters.tokens import PersonTokens, Tokens
from adapters.typst import TypstReceipts
from adapters.webauthn import WebAuthn
from api.clock import SystemClock
from api.collecting import collect_seldom
from api.doorbell import doorbell
from api.gateways import gateways_of
from api.http import commands, entrances, problems, queries, uploads
from api.http.asides import Asides
from api.http.call import call_of, current
from api.http.entrances import Entrance
from api.http.feed import Feed
from api.http.front import Front, failure
from api.http.gate import Gate
from api.http.health import Readiness
from api.http.hosts import Hosts
from api.http.keys import ApiKeys
from api.http.metrics import Requests
from api.http.noting import Noting, kept
from api.http.queries import Reading
from api.http.rates import Rates
from api.http.routes import Route, found
from api.http.uploads import Uploads
from api.logs import configure
from api.mastery import ShownMastery
from api.service import about
from api.service.about import Service
from api.settings import Settings, load
from api.status_lists import StatusLists
from api.tracing import TracedLedger, tracing
from api.vault import vault_of
from application.do import Do
from application.entering import Means
from application.ledger import Ledger, TenantId
from application.password_rules import Adopted
from application.pings import Pings
from application.ports import Clock
from application.providers import Abroad
from application.standing.memory import Standings
from application.tally import Tally
from application.tenants import HEARD, Tenants
from domain.kernel import PersonId
from projections.factors.passkeys import passkeys_of
from projections.model import Ask, TooEarly

if TYPE_CHECKING:
    from api.spans import Tracing

CONNECTIONS = 8
POOL_WAIT_S_MAX = 2.0
POOL_WAITING_MAX = 2_000

for away in (psycopg.OperationalError, psycopg.InterfaceError, PoolTimeout, TooManyRequests):
    problems.tell(away, "service.unavailable", "the database cannot be reached in time; ask again")


@dataclass(frozen=True)
class Parts:
    """What lives as long as the process does."""

    pool: AsyncConnectionPool[Any]
    bell: NatsDoorbell | PostgresDoorbell
    ledger: PostgresLedger
    watch: HeadWatch
    ears: Ears
    revocations: Revocations
    passwords: Argon2
    providers: IdentityProviders
    vault: PostgresVault
    tally: Tally
    pings: Pings
    noting: Noting
    tracing: Tracing | None


def routes() -> tuple[Route, ...]:
    """Every route there is."""
    return (*found(api.commands), *found(api.queries), *found(api.entrances), *found(api.service), *found(api.pages))


def create_app(settings: Settings | None = None, clock: Clock | None = None) -> Litestar:
    """The application, not yet connected to anything."""
    settings = settings or load()
    configure(settings, "api", _ids)
    url = settings.dsn("app")
    pool = AsyncConnectionPool[Any](
        url,
        min_size=CONNECTIONS,
        max_size=CONNECTIONS,
        timeout=POOL_WAIT_S_MAX,
        max_waiting=POOL_WAITING_MAX,
        reconnect_timeout=5,
        kwargs={"autocommit": True},
        open=False,
    )
    requests = Requests()
    clock = clock or SystemClock()
    keys = (settings.token_key, settings.token_key_before) if settings.token_key_before else (settings.token_key,)
    tokens = Tokens(*keys, clock=lambda: clock.now().timestamp())
    tracer = tracing(settings.otel_endpoint, "api")
    bell = doorbell(settings, "api")
    ledger = PostgresLedger(
        lambda: _ledger_connection(url, settings.logs),
        settings.logs,
        after_commit=bell.ring,
        on_retry=requests.retried,
    )
    watch = HeadWatch(lambda: connect(url), bell)
    vault = vault_of(settings, pool)
    parts = Parts(
        pool=pool,
        bell=bell,
        ledger=ledger,
        watch=watch,
        ears=Ears(lambda: connect(url), watch, vault),
        revocations=Revocations(pool, tokens.revoked),
        passwords=Argon2(),
        providers=IdentityProviders(settings.provider_hosts),
        vault=vault,
        tally=Tally(Do(ledger, vault)),
        pings=Pings(Do(ledger, vault)),
        noting=Noting(Noter(lambda: connect(url)), clock),
        tracing=tracer,
    )
    app = Litestar(
        route_handlers=_handlers(settings, parts, tokens, requests, clock),
        lifespan=[lambda _: _running(parts)],
        exception_handlers={Exception: _not_routed},
        openapi_config=None,
        logging_config=None,
    )
    app.asgi_handler = Front(app.asgi_handler, settings, requests, tracer, parts.noting)
    return app


def _handlers(
    settings: Settings, parts: Parts, tokens: Tokens, requests: Requests, clock: Clock
) -> Sequence[HTTPRouteHandler]:
    ledger: Ledger = parts.ledger if parts.tracing is None else TracedLedger(parts.ledger, parts.tracing)
    do = Do(ledger, parts.vault)
    standings = Standings(do.look, parts.ears.attentive)
    tenants = Tenants(do.look, parts.ears.attentive)
    api_keys = ApiKeys(do.look, parts.vault, parts.tally, parts.ears.attentive)
    do.on_kept(standings.kept, tenants.kept, api_keys.kept, kept)
    parts.ears.listen(standings.types, standings.hear)
    parts.ears.listen(HEARD, tenants.hear)
    parts.ears.listen(api_keys.types, api_keys.hear)
    hosts = Hosts(tenants, settings.hosts)
    gate = Gate(tokens, api_keys, Rates(Limits(parts.pool), settings, requests), standings)
    feed = Feed(Replay(parts.pool), parts.watch, tokens.holds, standings.ended, requests.listening)
    files = files_in(settings.files_folder, settings.files_url, settings.file_bytes_max)
    reading = _reading(settings, parts, tenants, feed, files)
    means = Means(
        do=do,
        vault=parts.vault,
        blind=parts.vault,
        passwords=parts.passwords,
        rules=Adopted(tenants),
        tokens=PersonTokens(settings.token_key),
        code_apps=AuthenticatorApps(),
        authenticators=WebAuthn(settings.passkey_domain, settings.passkey_origins),
        known_keys=partial(_known_keys, reading.ask),
        abroad=Abroad(parts.providers, settings.public_url.startswith("https:"), settings.cors_origins),
    )
    gateways = gateways_of(settings, clock, tenants)
    entrance = Entrance(gate, hosts, means, clock, requests.commands, settings.max_body_bytes, reading, gateways)
    service = Service(Readiness(parts.pool, settings.nats_url, requests, gateways.all()), requests, routes())

    uploading = Uploads(
        *(gate, hosts, do, parts.vault, parts.vault, clock, requests.commands, parts.pings, gateways),
        files,
        settings.file_bytes_max,
        files,
        parts.vault,
    )

    def bound(route: Route) -> HTTPRouteHandler:
        match route.section:
            case "Commands" if route.takes is not None:
                return uploads.bound(route, uploading)
            case "Commands":
                return commands.bound(
                    *(route, gate, hosts, do, parts.vault, parts.vault, clock, requests.commands),
                    settings.max_body_bytes,
                    *(parts.pings, gateways),
                )
            case "Queries":
                return queries.bound(route, gate, hosts, reading)
            case "Entrances":
                return entrances.bound(route, entrance)
            case "Service":
                return about.bound(route, gate, service)

    return [bound(route) for route in routes()]


def _reading(settings: Settings, parts: Parts, tenants: Tenants, feed: Feed, files: ObjectStoreFiles) -> Reading:
    questions = Questions(parts.pool)
    exporter = Exporter(parts.pool.connection)
    projector = settings.dsn("projector")
    return Reading(
        questions,
        Replay(parts.pool),
        exporter,
        Asides(lambda: connect(projector), exporter, parts.vault),
        Causes(parts.pool.connection),
        feed,
        lambda tenant: parts.watch.head(parts.ledger.log_of(TenantId(tenant))),
        tenants,
        parts.vault,
        files,
        StatusLists(tenants, OpenBadges(settings.vault_key, settings.vault_key_before), settings.public_url),
        TypstReceipts(),
        tenants.name,
        ShownMastery(questions),
        files,
        parts.vault,
        parts.vault,
        parts.noting,
    )


@asynccontextmanager
async def _running(parts: Parts) -> AsyncGenerator[None]:
    """Open what is opened once. Postgres may be away: then we start all the same, and say so when asked."""
    async with AsyncExitStack() as stack:
        if parts.tracing is not None:
            stack.push_async_callback(asyncio.to_thread, parts.tracing.close)
        stack.callback(parts.passwords.close)
        stack.push_async_callback(parts.providers.close)
        await parts.pool.open()
        stack.push_async_callback(parts.pool.close)
        with contextlib.suppress(psycopg.Error, PoolTimeout):
            await parts.revocations.look()
        await stack.enter_async_context(parts.bell)
        await stack.enter_async_context(parts.ledger)
        await stack.enter_async_context(parts.watch)
        await stack.enter_async_context(parts.noting)
        collect_seldom()
        for work, name in (
            (parts.revocations.watch(), "revocations"),
            (parts.ears.run(), "ears"),
            (parts.tally.run(), "tally"),
            (parts.pings.run(), "pings"),
            (parts.noting.run(), "noting"),
        ):
            stack.push_async_callback(_cancelled, asyncio.create_task(work, name=name))
        yield


async def _known_keys(ask: Ask, tenant: TenantId, person: PersonId) -> Sequence[str]:
    """The passkeys that a person has, as far as that is known by now."""
    try:
        return [row.credential for row in (await passkeys_of(ask, tenant, person)).rows]
    except TooEarly:
        return ()


async def _cancelled(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def _ledger_connection(url: str, logs: int) -> psycopg.AsyncConnection[Any]:
    """A connection for the ledger, unless it was made with another number of logs: then nothing may be appended."""
    connection = await connect(url)
    cursor = await connection.execute("select count(*) from ledger.log_head")
    made_with = (await cursor.fetchone() or (0,))[0]
    if made_with != logs:
        await connection.close()
        raise psycopg.OperationalError(f"this ledger was made with {made_with} log(s), and ANNALS_LOGS says {logs}")
    return connection


def _not_routed(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """What Litestar itself refuses: unknown paths, wrong methods."""
    said = failure(call_of(request.scope), error)
    headers = {name.decode(): value.decode() for name, value in said.headers}
    return Response(said.body, status_code=said.status, headers=headers, media_type=said.media_type.decode())


def _ids() -> Mapping[str, str]:
    """The ids of the request that a line is logged in."""
    call = current.get()
    return {} if call is None else {"request": call.id, "correlation": str(call.correlation)}
