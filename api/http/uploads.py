"""Files on their way in: a command whose body is a file, taken in part by part and never as a whole.

What is sealed under the key of a person is not large, and is taken in as a whole: a seal is over all of it.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import msgspec
from litestar.handlers import HTTPRouteHandler
from litestar.types import ASGIApp, Receive, Scope
from prometheus_client import Counter
from uuid_utils.compat import uuid7

from api.http.call import Call
from api.http.commands import ALWAYS, RECEIPT, Doing, Function, answered, key_of
from api.http.gate import Gate
from api.http.hosts import Hosts
from api.http.problems import Refused
from api.http.rates import Rate
from api.http.routes import Route, Scoping, declared
from application.do import Do
from application.enrolling import Looks
from application.gateways import Gateways
from application.ledger import Caller, KeyReused, Receipt, Repeated, TenantId
from application.pings import Pings
from application.ports import Blind, Clock, Files, FileTooLarge, Intake, Keys, LargeFiles, Measured, Vault
from application.sealing import Sealing, undestroyed, wrapped
from domain.kernel import Rejected, Value
from domain.tenancy.flags import Flag

ANYTHING = "application/octet-stream"


class Incoming(Value):
    """A file that was taken in: what it is, and under which name it is kept."""

    kept: str
    type: str
    sha256: str
    bytes: int


class Needless(Receipt):
    """It was so already, and what refers to such a file refers to another: this one is dropped."""


@dataclass(frozen=True)
class Uploads:
    """What uploads stand on."""

    gate: Gate
    hosts: Hosts
    do: Do
    blind: Blind
    vault: Vault
    clock: Clock
    counter: Counter
    pings: Pings
    gateways: Gateways
    files: LargeFiles
    bytes_max: int
    small: Files
    keys: Keys


def upload(  # noqa: PLR0913 — a route says all of this
    path: str,
    *,
    requires: str,
    refuses: Sequence[str],
    limit: Rate,
    scope: Scoping = None,
    needs_feature: Flag | None = None,
    sealing: Callable[..., Awaitable[Sealing]] | None = None,
) -> Callable[[Function], Route]:
    """Declare the route of an upload: `POST` to `path`, with the file itself as the body.

    With a `sealing` it is kept sealed under the key of a person. That is asked with what is in the path, before
    anything is read: whoever it refuses has sent nothing that was written anywhere.
    """

    def route(function: Function) -> Route:
        return declared(
            "Commands",
            "POST",
            path,
            function,
            given_besides=(Doing, Incoming),
            requires=requires,
            scope=scope,
            rate=limit,
            refuses=(*refuses, *(code for code in ALWAYS if code != "body.not_json")),
            answer_example=msgspec.to_builtins(RECEIPT),
            needs_feature=needs_feature,
            takes=ANYTHING,
            sealing=sealing,
        )

    return route


def bound(route: Route, uploads: Uploads) -> HTTPRouteHandler:
    """An upload's route, with all it needs."""
    counts = {
        outcome: uploads.counter.labels(route.name, outcome)
        for outcome in ("accepted", "repeated", "refused", "failed")
    }

    async def endpoint(call: Call, scope: Scope, receive: Receive) -> ASGIApp:
        at = await uploads.hosts.tenant(call)
        principal = await uploads.gate.admit(call, route.needs)
        await uploads.hosts.admit(at, principal, route)
        given, key, tenant = route.given(scope), key_of(call), TenantId(principal.tenant)
        sealing = (
            None if route.sealing is None else await route.sealing(Looks(partial(uploads.do.look, tenant)), **given)
        )
        bytes_max = uploads.bytes_max if sealing is None else min(sealing.bytes_max, uploads.bytes_max)
        _check_length(call, bytes_max)
        # Under a name of its own: what came under the same key before is not written over.
        kept = f"{'files' if sealing is None else sealing.folder}/{uuid7()}"
        intake = await _intake(uploads, tenant, kept, sealing)
        try:
            measured = await _taken(receive, intake, bytes_max)
        except BaseException:
            await intake.drop()
            raise
        caller = Caller(
            tenant=tenant,
            by=principal.name,
            route=route.template,
            correlation=call.correlation,
            key=key,
            digest=_digest(call, measured),
            origin=call.origin,
        )
        now = uploads.clock.now()
        given[route.besides[Doing]] = Doing(
            uploads.do, uploads.blind, uploads.vault, principal, caller, now, None, uploads.pings, uploads.gateways
        )
        given[route.besides[Incoming]] = Incoming(kept, measured.type, measured.sha256, measured.bytes)
        try:
            receipt = await route.function(**given)
        except (Rejected, Refused, KeyReused):
            counts["refused"].inc()
            await intake.drop()
            raise
        except Exception:
            # Whether it was written is not known: what nothing refers to harms nobody.
            counts["failed"].inc()
            raise
        if isinstance(receipt, Repeated | Needless):
            await intake.drop()
        counts["repeated" if isinstance(receipt, Repeated) else "accepted"].inc()
        return answered(receipt)

    return route.served(endpoint)


async def _intake(uploads: Uploads, tenant: TenantId, kept: str, sealing: Sealing | None) -> Intake:
    if sealing is None:
        return uploads.files.intake(tenant, kept)
    key = (await uploads.keys.keys(tenant, (sealing.person,), make=True))[sealing.person]
    return SealedIntake(uploads.small, tenant, kept, undestroyed(key), sealing)


class SealedIntake:
    """The port `Intake`, for what is kept sealed under the key of a person."""

    def __init__(self, files: Files, tenant: TenantId, name: str, key: bytes, sealing: Sealing) -> None:
        self._files = files
        self._tenant = tenant
        self._name = name
        self._key = key
        self._sealing = sealing
        self._content = bytearray()

    async def take(self, part: bytes) -> None:
        self._content += part
        if len(self._content) > self._sealing.bytes_max:
            raise FileTooLarge(f"a file has at most {self._sealing.bytes_max} bytes")

    async def end(self) -> Measured:
        return await asyncio.to_thread(self._keep)

    async def drop(self) -> None:
        await asyncio.to_thread(self._files.forget, self._tenant, self._name)

    def _keep(self) -> Measured:
        content = bytes(self._content)
        self._files.keep(self._tenant, self._name, wrapped(self._key, content, self._sealing.place))
        return Measured(ANYTHING, hashlib.sha256(content).hexdigest(), len(content))


def _digest(call: Call, measured: Measured) -> bytes:
    """What tells this request from another that comes under its key."""
    said = (call.path.encode("utf-8", "replace"), call.scope["query_string"], measured.sha256.encode())
    return hashlib.sha256(b"\0".join(said)).digest()


def _check_length(call: Call, bytes_max: int) -> None:
    said = call.headers.get(b"content-length")
    if said is not None and (not said.isdigit() or int(said) > bytes_max):
        raise _too_large(bytes_max)


async def _taken(receive: Receive, intake: Intake, bytes_max: int) -> Measured:
    """Take in the body as it comes. Whoever sends faster than it can be kept, waits."""
    while True:
        message: Any = await receive()
        if message["type"] != "http.request":
            raise Refused("request.incomplete", "the connection ended before the file did")
        try:
            await intake.take(message["body"])
            if not message.get("more_body"):
                return await intake.end()
        except FileTooLarge:
            raise _too_large(bytes_max) from None


def _too_large(bytes_max: int) -> Refused:
    return Refused("body.too_large", f"a file has at most {bytes_max} bytes", headers=((b"connection", b"close"),))
