"""What every command's route shares: it reads, asks who, does, and answers a receipt."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID, uuid5

import msgspec
from litestar.handlers import HTTPRouteHandler
from litestar.types import ASGIApp, Receive, Scope
from prometheus_client import Counter

from api.http import problems
from api.http.call import Call
from api.http.gate import Gate, permit_body
from api.http.hosts import Hosts
from api.http.problems import Refused, refusal
from api.http.rates import Rate
from api.http.reply import Headers, Reply
from api.http.routes import BodyReader, Route, Scoping, declared, read_body
from application.do import AnyStream, Decide, Do, command_id
from application.gateways import Gateways
from application.gateways import Refused as NoGateway
from application.ledger import (
    Caller,
    Conflict,
    KeyReused,
    Receipt,
    Repeated,
    RepeatedRefusal,
    TenantId,
    Unavailable,
)
from application.pings import Gathered, Pings, Watched
from application.ports import Blind, Clock, Vault
from application.standing import Principal
from domain.kernel import CourseId, ItemId, LearnerId, PersonId, Rejected, SecretId, Stream
from domain.progress.events import Reached
from domain.progress.progress import PROGRESS
from domain.tenancy.flags import Flag

State = TypeVar("State")
Command = TypeVar("Command")
Event = TypeVar("Event")

problems.tell(Conflict, "conflict.stream_moved", "others kept changing the same thing; look again, then ask again")
problems.tell(KeyReused, "idempotency.key_reused", "this key came before with another request")
problems.tell(Unavailable, "service.unavailable")

ALWAYS = (
    "idempotency.key_missing",
    "idempotency.key_reused",
    "token.missing",
    "token.refused",
    "token.other_tenant",
    "permission.missing",
    "host.unknown",
    "tenant.suspended",
    "address.unverified",
    "conflict.stream_moved",
    "stream.version_moved",
    "body.too_large",
    "body.not_json",
    "request.incomplete",
)
"""What any command may be refused with."""

RECEIPT = Receipt(UUID("0198c0de-da7a-7000-8000-00000000c0de"), "enrollment:celestial-navigation:ada", 1, 42)

KEY = re.compile(rb"[ -~]{1,255}")
VERSION = re.compile(rb'(?:W/)?"?(\d{1,10})"?')
VERSION_MAX = 2**31 - 1

_REPLAYED = (b"idempotency-replayed", b"true")
_encode = msgspec.json.Encoder().encode


class Doing:
    """Does commands on behalf of whoever sent this request."""

    __slots__ = ("_blind", "_caller", "_do", "_expected", "_gateways", "_pings", "_vault", "at", "principal")

    def __init__(  # noqa: PLR0913, PLR0917 — on whose behalf, by what means
        self,
        do: Do,
        blind: Blind,
        vault: Vault,
        principal: Principal,
        caller: Caller,
        at: datetime,
        expected: int | None,
        pings: Pings,
        gateways: Gateways,
    ) -> None:
        self._gateways = gateways
        self._do = do
        self._blind = blind
        self._vault = vault
        self._caller = caller
        self._expected = expected
        self._pings = pings
        self.at = at
        self.principal = principal

    @property
    def person(self) -> PersonId:
        """Who asks, where only people may."""
        if self.principal.person is None:
            raise Refused("person.needed", "this is for people, and the token is not a person's")
        return self.principal.person

    @property
    def key(self) -> str:
        """What tells this command from all others; the same, when it comes again."""
        return str(command_id(self._caller))

    @property
    def gateway(self) -> str:
        """The name of the gateway through which one pays here."""
        try:
            return self._gateways.of(self._caller.tenant).name
        except NoGateway as no:
            raise Refused(no.code, no.detail) from None

    def blind(self, kind: str, value: str) -> str:
        """A name for what must not be said itself."""
        return self._blind.blind(self._caller.tenant, kind, value.strip())

    async def look(self, stream: Stream[State, Command, Event]) -> State:
        """The state of a stream as it is now."""
        state: State = await self._do.look(self._caller.tenant, stream)
        return state

    def watched(self, course: CourseId, learner: LearnerId, item: ItemId, sitting: str) -> tuple[Watched, bool]:
        """Who is where, on the word of whoever sent this; and whether that was heard a moment ago."""
        of = Watched(self._caller.tenant, course, learner, item, sitting, self._caller.by)
        return of, self._pings.knows(of)

    def gather(self, of: Watched, reach: Reached) -> Receipt:
        """Keep it, to be written with what else is heard of them."""
        self._pings.hear(of, reach)
        return Gathered(command_id(self._caller), PROGRESS.at(of.course, of.learner).name, 0, 0)

    async def recall(self, stream: Stream[State, Command, Event]) -> State:
        """The state of a stream as it was last seen here: for what a decision checks all the same."""
        state: State = await self._do.recall(self._caller.tenant, stream)
        return state

    async def __call__(self, stream: Stream[State, Command, Event], command: Command) -> Receipt:
        return await self._do(stream, command, self._caller, expected=self._expected)

    async def together(self, *steps: tuple[Stream[Any, Any, Any], Any]) -> Receipt:
        """Several commands, each on its own stream: all of them or none."""
        return await self._do.together(*steps, caller=self._caller, expected=self._expected)

    async def across(
        self, streams: Sequence[AnyStream], decide: Decide, command: object, beside: Sequence[AnyStream] = ()
    ) -> Receipt:
        """One decision over the states of several streams, and of some beside. Answers for the first."""
        return await self._do.across(streams, decide, command, self._caller, expected=self._expected, beside=beside)

    async def keep(self, kind: str, secret: str) -> SecretId:
        """A secret of the tenant's, in the vault. The same command sent again keeps it in the same place."""
        id_ = uuid5(command_id(self._caller), kind)
        return SecretId(str(await self._vault.keep(self._caller.tenant, "", kind, secret.encode(), id=id_)))


Function = Callable[..., Awaitable[Receipt]]


def command(  # noqa: PLR0913 — a route says all of this
    path: str,
    *,
    requires: str,
    refuses: Sequence[str],
    limit: Rate,
    scope: Scoping = None,
    example: Any = None,
    needs_feature: Flag | None = None,
) -> Callable[[Function], Route]:
    """Declare the route of a command: `POST` to `path`."""

    def route(function: Function) -> Route:
        return declared(
            "Commands",
            "POST",
            path,
            function,
            given_besides=(Doing,),
            requires=requires,
            scope=scope,
            rate=limit,
            refuses=(*refuses, *ALWAYS),
            body_example=example,
            answer_example=msgspec.to_builtins(RECEIPT),
            needs_feature=needs_feature,
        )

    return route


def bound(  # noqa: PLR0913, PLR0917 — what it stands on
    route: Route,
    gate: Gate,
    hosts: Hosts,
    do: Do,
    blind: Blind,
    vault: Vault,
    clock: Clock,
    counter: Counter,
    body_bytes_max: int,
    pings: Pings,
    gateways: Gateways,
) -> HTTPRouteHandler:
    """A command's route, with all it needs."""
    read = BodyReader(route.body)
    has_body = route.body is not None
    prefix = f"{route.method} ".encode()
    template, needs, of_body = route.template, route.needs, route.needs.of_body
    counts = {outcome: counter.labels(route.name, outcome) for outcome in ("accepted", "repeated", "refused", "failed")}

    async def endpoint(call: Call, scope: Scope, receive: Receive) -> ASGIApp:
        at = await hosts.tenant(call)
        principal = gate.admit_now(call, needs) or await gate.admit(call, needs)
        await hosts.admit(at, principal, route)
        raw = await read_body(call, receive, body_bytes_max)
        given = route.given(scope)
        body = read(call, raw)
        if has_body:
            given["body"] = body
            if of_body:
                permit_body(principal, needs, call, body)
        caller = Caller(
            tenant=TenantId(principal.tenant),
            by=principal.name,
            route=template,
            correlation=call.correlation,
            key=key_of(call),
            digest=hashlib.sha256(b"\0".join((prefix, call.path.encode("utf-8", "replace"), raw))).digest(),
            origin=call.origin,
        )
        given["do"] = Doing(do, blind, vault, principal, caller, clock.now(), _expected(call), pings, gateways)
        try:
            receipt = await route.function(**given)
        except Rejected as no:
            counts["repeated" if isinstance(no, RepeatedRefusal) else "refused"].inc()
            if isinstance(no, RepeatedRefusal):
                call.out.append(_REPLAYED)
            else:
                call.code = no.code
            said = refusal(no, call.id)
            assert said is not None  # noqa: S101 — every refusal is foreseen
            return said
        except Exception:
            counts["failed"].inc()
            raise
        counts["repeated" if isinstance(receipt, Repeated) else "accepted"].inc()
        return answered(receipt)

    return route.served(endpoint)


def answered(receipt: Receipt) -> Reply:
    """The answer to a command that was done."""
    headers: Headers = (
        (b"annals-position", b"%d" % receipt.position),
        (b"etag", b'"%d"' % receipt.version),
    )
    if isinstance(receipt, Repeated):
        headers = (*headers, _REPLAYED)
    return Reply(200, _encode(receipt), headers)


def key_of(call: Call, *, needed: bool = True) -> str | None:
    """The client's key for this intent: the same key is the same command."""
    key = call.headers.get(b"idempotency-key")
    if not key:
        if not needed:
            return None
        raise Refused("idempotency.key_missing", "send an Idempotency-Key, a new one for each new intent")
    if not KEY.fullmatch(key):
        raise Refused(
            "request.invalid", "an Idempotency-Key has 1 to 255 visible ASCII characters", path="Idempotency-Key"
        )
    return key.decode()


def _expected(call: Call) -> int | None:
    said = call.headers.get(b"if-match")
    if said is None:
        return None
    version = VERSION.fullmatch(said)
    if version is None or int(version[1]) > VERSION_MAX:
        raise Refused("request.invalid", 'If-Match is the version in quotes, as ETag gave it: "3"', path="If-Match")
    return int(version[1])
