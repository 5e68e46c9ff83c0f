"""What is asked about the service itself: whether it is well, what it counts, what it can do."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
from litestar.handlers import HTTPRouteHandler
from litestar.types import ASGIApp, Receive, Scope

from api.http import openapi
from api.http.call import Call
from api.http.gate import Gate
from api.http.health import Health, Readiness
from api.http.metrics import CONTENT_TYPE, Requests
from api.http.reply import Reply
from api.http.routes import Route, declared
from application import schemas
from domain.kernel import Value

STATIC = Path(__file__).parent.parent / "static"

PAGE_POLICY = (
    b"content-security-policy",
    b"default-src 'none'; connect-src 'self'; script-src 'self'; style-src 'self'; frame-ancestors 'none'",
)

_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True)
class Service:
    """What is known about the service itself."""

    readiness: Readiness
    requests: Requests
    routes: Sequence[Route]


class Alive(Value):
    """This process answers."""

    status: str = "alive"


def _route(
    path: str, answer: Any = None, media_type: str = "application/json", example: Any = None
) -> Callable[[Callable[..., Awaitable[Reply]]], Route]:
    def route(function: Callable[..., Awaitable[Reply]]) -> Route:
        return declared(
            "Service",
            "GET",
            path,
            function,
            given_besides=(Service,),
            requires=None,
            rate="probe",
            refuses=("service.unavailable",),
            answer=answer,
            media_type=media_type,
            answer_example=example,
        )

    return route


@_route("/health", Alive, example={"status": "alive"})
async def alive(service: Service) -> Reply:
    """Does this process answer?

    It does not ask Postgres or NATS: a process is not to be restarted because they are away.
    """
    del service
    return Reply(200, _encode(Alive()))


@_route(
    "/health/ready",
    Health,
    example={"ready": True, "parts": {"postgres": {"state": "up"}, "nats": {"state": "up"}}},
)
async def ready(service: Service, needs: str | None = None) -> Reply:
    """Can this process do its work, and if not, which part is missing?

    Answered with 200 or 503. With `needs=postgres` only that part decides: while NATS is away commands are accepted all
    the same, so a load balancer asks in this way.
    """
    health = await service.readiness.look(None if needs is None else needs.split(","))
    return Reply(200 if health.ready else 503, _encode(health))


@_route("/metrics", str, CONTENT_TYPE.decode().partition(";")[0])
async def metrics(service: Service) -> Reply:
    """What is counted, for Prometheus."""
    await service.readiness.look()
    return Reply(200, service.requests.text(), (), CONTENT_TYPE)


@_route("/openapi.json", dict[str, Any])
async def described(service: Service) -> Reply:
    """This description."""
    return Reply(200, openapi.text(service.routes))


@_route("/docs", str, "text/html")
async def page(service: Service) -> Reply:
    """This description, to be read and tried out."""
    del service
    return _file("docs.html", b"text/html; charset=utf-8")


@_route("/docs/docs.js", str, "text/javascript")
async def page_script(service: Service) -> Reply:
    """The program of the page."""
    del service
    return _file("docs.js", b"text/javascript; charset=utf-8")


@_route("/docs/docs.css", str, "text/css")
async def page_style(service: Service) -> Reply:
    """The looks of the page."""
    del service
    return _file("docs.css", b"text/css; charset=utf-8")


@_route("/console/sign-in", str, "text/html")
async def sign_in_page(service: Service) -> Reply:
    """Where auditors and operators sign in to the console."""
    del service
    return _file("sign_in.html", b"text/html; charset=utf-8")


@_route("/console/sign-out", str, "text/html")
async def sign_out_page(service: Service) -> Reply:
    """Sign out of the console, and perhaps in again."""
    del service
    gone = (b"set-cookie", b"annals_console=; Path=/console; Max-Age=0; HttpOnly; Secure; SameSite=Strict")
    return Reply(200, (STATIC / "sign_in.html").read_bytes(), (PAGE_POLICY, gone), b"text/html; charset=utf-8")


@_route("/console/console.js", str, "text/javascript")
async def console_script(service: Service) -> Reply:
    """The program of the console."""
    del service
    return _file("console.js", b"text/javascript; charset=utf-8")


@_route("/console/console.css", str, "text/css")
async def console_style(service: Service) -> Reply:
    """The looks of the console."""
    del service
    return _file("console.css", b"text/css; charset=utf-8")


@_route("/api/catalogue", dict[str, Any])
async def catalogue(service: Service) -> Reply:
    """Every kind of fact there is, with the JSON Schema of its data."""
    del service
    return Reply(200, _encode(schemas.facts()))


def _file(name: str, media_type: bytes) -> Reply:
    return Reply(200, (STATIC / name).read_bytes(), (PAGE_POLICY,), media_type)


def bound(route: Route, gate: Gate, service: Service) -> HTTPRouteHandler:
    """A route about the service, with all it needs."""

    async def endpoint(call: Call, scope: Scope, receive: Receive) -> ASGIApp:  # noqa: ARG001 — it has no body
        await gate.open_to_all(call, route.rate)
        reply: Reply = await route.function(service=service, **route.given(scope))
        return reply

    return route.served(endpoint)
