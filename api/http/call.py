"""One request on its way through: its ids, where it came from, and what its answer will be told besides."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Literal, cast
from uuid import UUID

import uuid_utils
from litestar.types import HTTPScope, Scope
from uuid_utils.compat import uuid7

REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")
TRACEPARENT = re.compile(rb"00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})")

CONSOLE = "/console"
COOKIE = b"annals_console"
"""In which the console keeps who is signed in. It is sent to these pages alone, and to none but by themselves."""

Tells = Literal["all", "forbidden", "watched", "nothing"]
"""Which refusals are noted: all of a command's, what is forbidden of a question's, more of one that is watched."""

Networks = tuple[IPv4Network | IPv6Network, ...]


class Call:
    """What is known of a request besides what it asks for."""

    __slots__ = (
        "_correlation",
        "action",
        "after",
        "api_key",
        "code",
        "headers",
        "id",
        "kept",
        "method",
        "out",
        "path",
        "proxies",
        "scope",
        "status",
        "tells",
        "tenant",
        "trace",
        "who",
    )

    def __init__(self, scope: Scope, proxies: Networks) -> None:
        self.scope = scope
        self.method: str = cast("HTTPScope", scope)["method"]
        self.path: str = scope["path"]  # Litestar rewrites the scope's.
        self.headers: Mapping[bytes, bytes] = dict(scope["headers"])
        if self.path.startswith(CONSOLE) and b"authorization" not in self.headers:
            self.headers = {**self.headers, **_of_cookie(self.headers.get(b"cookie", b""))}
        self.proxies = proxies
        self.out: list[tuple[bytes, bytes]] = []
        self.status = 0
        self.who: str | None = None
        self.tenant: UUID | None = None
        """Whose it is, as soon as that is certain."""
        self.action = ""
        """What the route does."""
        self.tells: Tells = "nothing"
        self.code: str | None = None
        """What it was refused with."""
        self.kept = False
        """A command of it is in the ledger."""
        self.api_key: str | None = None
        self.after: Callable[[Call], None] | None = None
        """What is to be done once it was answered."""
        self.trace: tuple[UUID, int] | None = None
        self._correlation: UUID | None = None
        given = self.headers.get(b"x-request-id")
        if given is not None and REQUEST_ID.fullmatch(given):
            self.id = given.decode()
        else:
            self.id = str(uuid_utils.uuid7())
        parent = self.headers.get(b"traceparent")
        if parent is not None and (found := TRACEPARENT.fullmatch(parent)) and int(found[1], 16) and int(found[2], 16):
            self._correlation = UUID(found[1].decode())
            self.trace = (self._correlation, int(found[2], 16))

    @property
    def correlation(self) -> UUID:
        """What binds everything that follows from this request: the trace it belongs to, or an id of its own."""
        if self._correlation is None:
            try:
                self._correlation = UUID(self.id)
            except ValueError:
                self._correlation = uuid7()
        return self._correlation

    @property
    def template(self) -> str:
        """The path of the route, with names where the ids are."""
        return str(self.scope.get("path_template") or "unknown")

    @property
    def address(self) -> str:
        """Where it came from. What a proxy says is believed only of the proxies we trust."""
        client = self.scope.get("client")
        nearest = client[0] if client else "unknown"
        if not self.proxies or not _within(nearest, self.proxies):
            return nearest
        said = b",".join(value for name, value in self.scope["headers"] if name == b"x-forwarded-for")
        for hop in reversed(said.decode("latin-1").split(",")):
            address = hop.strip()
            if not _is_address(address):
                break
            nearest = address
            if not _within(address, self.proxies):
                break
        return nearest

    @property
    def origin(self) -> dict[str, str]:
        """What is kept of where a command came from."""
        agent = self.headers.get(b"user-agent", b"").decode("latin-1").replace("\0", "")[:200]
        found = {"address": self.address, "agent": agent, "request": self.id}
        return found if self.api_key is None else {**found, "api_key": self.api_key}


def _of_cookie(cookies: bytes) -> Mapping[bytes, bytes]:
    """Who is signed in to the console, as others say it in a header."""
    for cookie in cookies.split(b";"):
        name, _, value = cookie.strip().partition(b"=")
        if name == COOKIE and value:
            return {b"authorization": b"Bearer " + value}
    return {}


current: ContextVar[Call | None] = ContextVar("call", default=None)


def call_of(scope: Scope) -> Call:
    """The call of this scope, which the front has put there."""
    return cast("dict[str, Call]", scope)["annals"]


def networks(said: tuple[str, ...]) -> Networks:
    """Networks from how they are written in the settings."""
    return tuple(ip_network(one, strict=False) for one in said)


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _within(address: str, among: Networks) -> bool:
    try:
        found = ip_address(address)
    except ValueError:
        return False
    return any(found in network for network in among)
