"""What every entrance shares. It is neither a command nor a question: it lets somebody in, and answers what that takes.

Who comes in is not known yet, so the tenant is found by the hostname. Where a hostname is nobody's, `Annals-Tenant`
or `?tenant=` may name it. What is answered is shown once and is never cached.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC
from typing import Any
from uuid import UUID

import msgspec
from litestar.handlers import HTTPRouteHandler
from litestar.types import ASGIApp, Receive, Scope
from prometheus_client import Counter

from adapters.argon2 import Busy
from api.http import problems
from api.http.call import Call
from api.http.commands import key_of
from api.http.gate import Gate
from api.http.hosts import Hosts
from api.http.parts import PartsReply
from api.http.problems import Refused
from api.http.queries import Reading
from api.http.rates import Rate
from api.http.reply import Reply
from api.http.routes import BodyReader, Method, Route, Said, declared, fields_of, read_body
from application.entering import Locked, Means, Visitor
from application.gateways import Gateways
from application.ledger import PLATFORM, Caller, TenantId
from application.ports import Clock
from application.standing import Principal
from domain.identity.events import SessionId
from domain.kernel import Rejected

problems.tell(Busy, "service.unavailable", "too many are logging in; ask again")

ALWAYS = (
    "host.unknown",
    "idempotency.key_reused",
    "conflict.stream_moved",
    "body.too_large",
    "body.not_json",
    "request.incomplete",
)
"""What any entrance may be refused with."""
OF_KNOWN = ("token.missing", "token.refused", "token.other_tenant", "permission.missing", "tenant.suspended")

VISITOR = "visitor"
"""Who a command is by, as long as nobody is known."""

FORM_TYPE = re.compile(rb"application/x-www-form-urlencoded\s*(?:;.*)?", re.IGNORECASE)

_encode = msgspec.json.Encoder().encode

Function = Callable[..., Awaitable[Any]]


@dataclass(frozen=True)
class Raw:
    """The exact bytes of a body, for who checks a signature over them."""

    content: bytes


@dataclass(frozen=True)
class Entrance:
    """What all entrances stand on."""

    gate: Gate
    hosts: Hosts
    means: Means
    clock: Clock
    counter: Counter
    body_bytes_max: int
    reading: Reading
    gateways: Gateways


def entrance(  # noqa: PLR0913 — a route says all of this
    path: str,
    *,
    refuses: Sequence[str],
    requires: str | None = None,
    limit: Rate = "entrance",
    method: Method = "POST",
    status: int = 200,
    begins: bool = False,
    example: Any = None,
    answer: Any = None,
    media_type: str = "application/json",
    answer_example: Any = None,
) -> Callable[[Function], Route]:
    """Declare an entrance. Without `requires` it is open to all."""

    def route(function: Function) -> Route:
        return declared(
            "Entrances",
            method,
            path,
            function,
            given_besides=(Visitor, Call, Said, Reading, Raw, Gateways),
            requires=requires,
            rate=limit,
            refuses=(
                *refuses,
                *ALWAYS,
                *(() if requires is None else OF_KNOWN),
                *(("tenant.suspended",) if begins else ()),
            ),
            answer=answer,
            media_type=media_type,
            status=status,
            begins=begins,
            body_example=example,
            answer_example=answer_example,
        )

    return route


def bound(route: Route, entrance: Entrance) -> HTTPRouteHandler:
    """An entrance, with all it needs."""
    read = BodyReader(route.body)
    is_told = Raw in route.besides
    counts = {outcome: entrance.counter.labels(route.name, outcome) for outcome in ("accepted", "refused", "failed")}

    async def endpoint(call: Call, scope: Scope, receive: Receive) -> ASGIApp:
        at = await entrance.hosts.tenant(call)
        principal = await _admitted(route, entrance, call, at)
        tenant = TenantId(principal.tenant) if principal is not None else _tenant(call, at, is_told)
        if route.begins:
            await entrance.hosts.check_open(tenant)
        given = route.given(scope)
        raw = b"" if route.method == "GET" else await read_body(call, receive, entrance.body_bytes_max)
        if route.body is not None:
            given["body"] = read(call, raw)
        given |= _besides(route, entrance, call, raw)
        visitor = _visitor(route, entrance, call, tenant, principal, raw)
        try:
            answer = await route.function(visitor=visitor, **given)
        except Locked as locked:
            counts["refused"].inc()
            raise Refused("login.locked", str(locked), headers=((b"retry-after", b"%d" % locked.wait_s),)) from None
        except (Rejected, Refused):
            counts["refused"].inc()
            raise
        except Exception:
            counts["failed"].inc()
            raise
        counts["accepted"].inc()
        return answer if isinstance(answer, Reply | PartsReply) else Reply(route.status, _encode(answer))

    return route.served(endpoint)


def _besides(route: Route, entrance: Entrance, call: Call, raw: bytes) -> dict[str, Any]:
    """What a route wants besides what is in the request's own words."""
    found: dict[str, Any] = {}
    for kind, name in route.besides.items():
        if kind is Call:
            found[name] = call
        elif kind is Said:
            found[name] = _said(call, raw)
        elif kind is Raw:
            found[name] = Raw(raw)
        elif kind is Reading:
            found[name] = entrance.reading
        elif kind is Gateways:
            found[name] = entrance.gateways
    return found


async def _admitted(route: Route, entrance: Entrance, call: Call, at: TenantId | None) -> Principal | None:
    if route.requires is None:
        await entrance.gate.open_to_all(call, route.rate)
        return None
    principal = await entrance.gate.admit(call, route.needs)
    await entrance.hosts.admit(at, principal, route)
    return principal


def _tenant(call: Call, at: TenantId | None, is_told: bool) -> TenantId:  # noqa: FBT001 — private
    if at is not None:
        return at
    if is_told and not named_tenant(call):
        # What comes word for word says itself whose it is.
        return PLATFORM
    try:
        return TenantId(UUID(named_tenant(call)))
    except ValueError:
        raise Refused("host.unknown", "nobody is reached under this hostname") from None


def named_tenant(call: Call) -> str:
    """The tenant that is named where the hostname is nobody's: in a header, or in the URL, as browsers are sent to."""
    said = call.headers.get(b"annals-tenant")
    if said is not None:
        return said.decode("latin-1")
    query = call.scope["query_string"]
    return fields_of(query, "the query of the URL").get("tenant", "") if query else ""


def _said(call: Call, raw: bytes) -> Said:
    query = call.scope["query_string"]
    words = dict(fields_of(query, "the query of the URL")) if query else {}
    if raw:
        if not FORM_TYPE.fullmatch(call.headers.get(b"content-type", b"")):
            raise Refused("body.not_form", "send Content-Type: application/x-www-form-urlencoded")
        words |= fields_of(raw, "the form")
    return Said(words)


def _visitor(  # noqa: PLR0913, PLR0917 — all that is known of them
    route: Route, entrance: Entrance, call: Call, tenant: TenantId, principal: Principal | None, raw: bytes
) -> Visitor:
    asked = hashlib.sha256(b"\0".join((route.template.encode(), call.path.encode("utf-8", "replace"), raw)))
    caller = Caller(
        tenant=tenant,
        by=VISITOR if principal is None else principal.name,
        route=route.template,
        correlation=call.correlation,
        key=key_of(call, needed=False),
        # Bodies here hold passwords. What is kept of one must not say whether a guess is right.
        digest=entrance.means.blind.blind(tenant, "request", asked.hexdigest()).encode(),
        origin=call.origin,
    )
    at = entrance.clock.now().astimezone(UTC)
    if principal is None:
        return Visitor(entrance.means, caller, at)
    session = None if principal.session is None else SessionId(principal.session)
    return Visitor(entrance.means, caller, at, principal.person, session)
