"""The front door: one layer around every request, for what all of them need."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import structlog
from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from api.http import browser
from api.http.call import Call, current, networks
from api.http.metrics import Requests
from api.http.noting import Noting
from api.http.problems import code_of, refusal, reply
from api.http.reply import Reply
from api.http.sockets import over_socket
from api.settings import Settings

if TYPE_CHECKING:
    from api.spans import Tracing

log = structlog.get_logger()

SECURITY = (
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
    (b"referrer-policy", b"no-referrer"),
    (b"strict-transport-security", b"max-age=31536000; includeSubDomains"),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
)
_SECURED = frozenset(name for name, _ in SECURITY)
NOT_STORED = (b"cache-control", b"no-store")

_ALLOWED_METHODS = b"GET, POST, PUT, PATCH, DELETE"
_ALLOWED_HEADERS = (
    b"Annals-Tenant, Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, Last-Event-ID, X-Request-Id"
)
_EXPOSED_HEADERS = (
    b"Annals-Position, ETag, Idempotency-Replayed, RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset, "
    b"Retry-After, X-Request-Id"
)


class Front:
    """Ids, security headers, CORS, metrics, log lines, and an answer to everything that nobody foresaw."""

    def __init__(
        self, app: ASGIApp, settings: Settings, requests: Requests, tracing: Tracing | None, noting: Noting
    ) -> None:
        self._app = app
        self._requests = requests
        self._tracing = tracing
        self._noting = noting
        self._origins = frozenset(origin.encode() for origin in settings.cors_origins)
        self._proxies = networks(settings.trusted_proxies)
        self._slow_s = settings.slow_request_ms / 1000
        self._access = settings.access_log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == ScopeType.WEBSOCKET:
            await over_socket(self, scope, receive, send)
            return
        if scope["type"] != ScopeType.HTTP:
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        call = Call(scope, self._proxies)
        scope["annals"] = call  # type: ignore[typeddict-unknown-key]
        token = current.set(call)
        origin = call.headers.get(b"origin")

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                call.status = message["status"]
                message["headers"] = self._headers(call, origin, list(message["headers"]))
            await send(message)

        try:
            if self._tracing is None:
                await self._serve(call, origin, scope, receive, answer)
            else:
                with self._tracing.request(call):
                    await self._serve(call, origin, scope, receive, answer)
        finally:
            self._note(call, time.perf_counter() - started)
            current.reset(token)
            # The two hold each other: parted, they go at once, and the collector finds nothing to do.
            del scope["annals"]  # type: ignore[typeddict-item]

    async def _serve(self, call: Call, origin: bytes | None, scope: Scope, receive: Receive, answer: Send) -> None:
        if origin is not None and b"access-control-request-method" in call.headers and call.method == "OPTIONS":
            await self._preflight(call, origin)(scope, receive, answer)
            return
        try:
            await self._app(scope, receive, answer)
        except Exception:
            log.exception("http.broken_off", path=call.template)
            if not call.status:
                await reply("unexpected", "the request id tells us where to look", call.id)(scope, receive, answer)

    def _preflight(self, call: Call, origin: bytes) -> Reply:
        if origin not in self._origins:
            return reply("origin.refused", "this origin is not among those allowed", call.id)
        headers = (
            (b"access-control-allow-methods", _ALLOWED_METHODS),
            (b"access-control-allow-headers", _ALLOWED_HEADERS),
            (b"access-control-max-age", b"600"),
        )
        return Reply(204, b"", headers)

    def _headers(self, call: Call, origin: bytes | None, said: list[Any]) -> list[Any]:
        names = {name for name, _ in said}
        said += SECURITY if names.isdisjoint(_SECURED) else [header for header in SECURITY if header[0] not in names]
        if b"cache-control" not in names:
            said.append(NOT_STORED)
        said.append((b"x-request-id", call.id.encode()))
        said += call.out
        if self._origins:
            said.append((b"vary", b"Origin"))
            if origin is not None and origin in self._origins:
                said.append((b"access-control-allow-origin", origin))
                said.append((b"access-control-expose-headers", _EXPOSED_HEADERS))
        return said

    def _note(self, call: Call, took_s: float) -> None:
        template = call.template
        if call.after is not None:
            call.after(call)
        if call.code is not None:
            self._noting.refused(call)
        self._requests.note(call.method, template, call.status, took_s)
        slow = took_s >= self._slow_s and not template.endswith("/live")
        if self._access or slow or call.status >= 500:  # noqa: PLR2004 — as HTTP counts them
            log.log(
                30 if slow or call.status >= 500 else 20,  # noqa: PLR2004
                "http.slow" if slow else "http.request",
                method=call.method,
                route=template,
                status=call.status,
                took_ms=round(took_s * 1000, 1),
                by=call.who,
                address=call.address,
            )


def failure(call: Call, error: Exception) -> Reply:
    """The answer to an exception; what nobody foresaw is logged here and not told there."""
    said = refusal(error, call.id)
    if said is not None:
        call.code = code_of(error)
        return browser.refused(call, said, call.code or "request.malformed", str(error))
    call.code = "unexpected"
    log.error("http.unexpected", route=call.template, exc_info=error)
    return reply("unexpected", "the request id tells us where to look", call.id)
