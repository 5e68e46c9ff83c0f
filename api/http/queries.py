"""What every question's route shares: it asks who, asks a read model, and answers with the position it shows."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar.handlers import HTTPRouteHandler
from litestar.types import ASGIApp, Receive, Scope
from msgspec.structs import replace

from adapters.postgres.causes import Causes
from adapters.postgres.exporting import Exporter
from adapters.postgres.replay import Replay
from api.http import problems
from api.http.asides import Asides
from api.http.call import Call
from api.http.feed import Feed
from api.http.gate import Gate
from api.http.hosts import Hosts
from api.http.noting import Noting
from api.http.problems import Refused
from api.http.rates import Rate
from api.http.reply import Headers, Reply
from api.http.routes import Route, Scoping, declared
from api.http.whole import JSON, VARY, Whole, accepted, columns_of
from api.status_lists import StatusLists
from application.ledger import TenantId
from application.ports import Blind, File, Files, Keys, LargeFiles, Mastery, TenantSettings, Vault
from application.receipts import Receipt, Receipts
from application.sealing import unwrapped
from application.security import WHOLE
from application.standing import Principal
from application.tax_reports import TaxReport
from application.trail import watched
from domain.kernel import PersonId
from domain.tenancy.flags import Flag
from projections.model import LIMIT_MAX, Ask, TooEarly

problems.tell(TooEarly, "position.not_reached", "what was asked for is not shown yet; ask again")

ALWAYS = (
    "token.missing",
    "token.refused",
    "token.other_tenant",
    "permission.missing",
    "host.unknown",
    "tenant.suspended",
)
"""What any question may be refused with."""

Position = Annotated[
    int, msgspec.Meta(ge=0, le=2**63 - 1, description="A position in the ledger, as receipts have it.")
]
Limit = Annotated[int, msgspec.Meta(ge=1, le=LIMIT_MAX, description="At most so many.")]
Cursor = Annotated[
    str, msgspec.Meta(min_length=1, max_length=600, description="Where the last page ended: its `cursor`.")
]

_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True)
class Reading:
    """What questions are answered from."""

    ask: Ask
    replay: Replay
    exporter: Exporter
    asides: Asides
    causes: Causes
    feed: Feed
    head: Callable[[UUID], int]
    """How far the log of a tenant is, at least."""
    settings: TenantSettings
    vault: Vault
    files: Files
    lists: StatusLists
    receipts: Receipts
    school: Callable[[TenantId], Awaitable[str | None]]
    """What a tenant is called."""
    mastery: Mastery
    large_files: LargeFiles
    blind: Blind
    keys: Keys
    noting: Noting

    async def opened(self, tenant: TenantId, person: PersonId, name: str, place: str) -> bytes | None:
        """A file that is sealed for somebody; nothing, where it is gone or they are erased."""
        key = (await self.keys.keys(tenant, (person,), make=False)).get(person)
        kept = await asyncio.to_thread(self.files.read, tenant, name)
        return None if key is None or kept is None else await asyncio.to_thread(unwrapped, key, kept.content, place)


class Asking:
    """Asks on behalf of whoever sent this request: only ever for their tenant."""

    __slots__ = ("_reading", "call", "principal")

    def __init__(self, reading: Reading, principal: Principal, call: Call) -> None:
        self._reading = reading
        self.principal = principal
        self.call = call

    @property
    def tenant(self) -> UUID:
        return self.principal.tenant

    @property
    def ask(self) -> Ask:
        return self._reading.ask

    @property
    def replay(self) -> Replay:
        return self._reading.replay

    @property
    def exporter(self) -> Exporter:
        return self._reading.exporter

    @property
    def asides(self) -> Asides:
        return self._reading.asides

    @property
    def causes(self) -> Causes:
        return self._reading.causes

    @property
    def keys(self) -> Keys:
        return self._reading.keys

    @property
    def feed(self) -> Feed:
        return self._reading.feed

    @property
    def mastery(self) -> Mastery:
        return self._reading.mastery

    async def kept(self, secret: str) -> bytes | None:
        """What the vault keeps under an id; nothing where it is not there any more."""
        return await self._reading.vault.look(TenantId(self.tenant), UUID(secret))

    async def file(self, name: str) -> File | None:
        """A file of the tenant's."""
        return await asyncio.to_thread(self._reading.files.read, TenantId(self.tenant), name)

    async def opened(self, person: PersonId, name: str, place: str) -> bytes | None:
        """A file that is sealed for somebody; nothing, where it is gone or they are erased."""
        return await self._reading.opened(TenantId(self.tenant), person, name, place)

    async def receipt(self, receipt: Receipt) -> bytes:
        """A receipt on paper, with the name of the school."""
        school = await self._reading.school(TenantId(self.tenant)) or ""
        return await asyncio.to_thread(self._reading.receipts.receipt, replace(receipt, school=school))

    async def tax_paper(self, report: TaxReport) -> bytes:
        """What creators earned in a year on paper, with the name of the school."""
        school = await self._reading.school(TenantId(self.tenant)) or ""
        return await asyncio.to_thread(self._reading.receipts.tax_report, replace(report, school=school))

    @property
    def time_zone(self) -> str:
        """Where the school is."""
        return self._reading.settings.of(TenantId(self.tenant)).time_zone

    async def parts(self, name: str, first: int, end: int) -> AsyncIterator[bytes] | None:
        """A large file of the tenant's, from a byte to before another."""
        return await self._reading.large_files.parts(TenantId(self.tenant), name, first, end)

    def seal_token(self, purpose: str, *parts: str) -> str:
        """A text that nobody else can write."""
        return self._reading.blind.seal_token(purpose, *parts)

    def rows(self, limit: int | None) -> int:
        """How many rows to show: as many as were asked for, or as the tenant has set."""
        return self._reading.settings.of(TenantId(self.tenant)).page_size if limit is None else limit


Function = Callable[..., Awaitable[Any]]


def query(  # noqa: PLR0913 — a route says all of this
    path: str,
    *,
    requires: str,
    refuses: Sequence[str],
    limit: Rate,
    scope: Scoping = None,
    example: Any = None,
    answer: Any = None,
    media_type: str = "application/json",
    needs_feature: Flag | None = None,
) -> Callable[[Function], Route]:
    """Declare the route of a question: `GET` of `path`."""

    def route(function: Function) -> Route:
        return declared(
            "Queries",
            "GET",
            path,
            function,
            given_besides=(Asking,),
            requires=requires,
            scope=scope,
            rate=limit,
            refuses=(*refuses, *ALWAYS, *(("answer.not_acceptable",) if media_type == JSON else ())),
            answer=answer,
            media_type=media_type,
            answer_example=example,
            needs_feature=needs_feature,
        )

    return route


def bound(route: Route, gate: Gate, hosts: Hosts, reading: Reading) -> HTTPRouteHandler:
    """A question's route, with all it needs."""
    needs, function = route.needs, route.function
    columns = columns_of(route.answer) if route.media_type == JSON else ()
    whole = Whole(route.name, function, columns)
    needs_whole = needs._replace(rate="analytics")
    of = next((place.name for place in needs.places if place.kind == "person:"), None)

    async def endpoint(call: Call, scope: Scope, receive: Receive) -> ASGIApp:  # noqa: ARG001 — a question has no body
        at = await hosts.tenant(call)
        form = accepted(call.headers.get(b"accept")) if route.media_type == JSON else JSON
        if form != JSON:
            call.action += WHOLE
        needed = needs if form == JSON else needs_whole
        principal = gate.admit_now(call, needed) or await gate.admit(call, needed)
        await hosts.admit(at, principal, route)
        given = route.given(scope)
        about = None if of is None else scope["path_params"].get(of)
        asking = Asking(reading, principal, call)
        try:
            answer = await (function(asking=asking, **given) if form == JSON else whole(asking, form, given))
        except TooEarly:
            head = reading.head(principal.tenant)
            if given["min_position"] > head:
                detail = f"the ledger is at {head}: no receipt has ever said so"
                raise Refused("position.unknown", detail, path="min_position") from None
            raise
        if form != JSON or watched(principal, needs.permission, about):
            await reading.noting.read(call, principal)
        return answer if form != JSON or route.media_type != JSON or isinstance(answer, Reply) else told(call, answer)

    return route.served(endpoint)


def told(call: Call, answer: Any) -> Reply:
    """The answer to a question; nothing but its mark when the client has it already."""
    body = _encode(answer)
    mark = b'W/"%s"' % hashlib.blake2b(body, digest_size=12).hexdigest().encode()
    headers: Headers = ((b"etag", mark), (b"cache-control", b"private, no-cache"), *VARY)
    position = getattr(answer, "position", None)
    if position is not None:
        headers = (*headers, (b"annals-position", b"%d" % position))
    known = call.headers.get(b"if-none-match")
    if known is not None and (known.strip() == b"*" or mark in [one.strip() for one in known.split(b",")]):
        return Reply(304, b"", headers)
    return Reply(200, body, headers)
