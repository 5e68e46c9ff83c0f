"""Requests to servers that others name. Only public addresses are reached, whatever a name, a URL or an answer says.

The name is resolved here, every address of it is looked at, and the connection goes to one that was looked at: there
is no second resolving in between that could answer otherwise. No redirect is followed, no proxy asked, nothing endless
is read.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable, Mapping, Sequence
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Any
from urllib.parse import SplitResult, urlsplit

import certifi
import httpx
import msgspec

from application.providers import Unreachable

ANSWER_BYTES_MAX = 1 << 20
CONNECT_S_MAX = 3.0
READ_S_MAX = 5.0
WHOLE_S_MAX = 10.0
URL_LENGTH_MAX = 2_000

_NAT64 = IPv6Network("64:ff9b::/96")
_FOUND = 200

Address = IPv4Address | IPv6Address
Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""The addresses of a name."""


async def resolved(name: str, port: int) -> Sequence[str]:
    """The addresses of a name, as this machine knows them."""
    found = await asyncio.get_running_loop().getaddrinfo(name, port, type=socket.SOCK_STREAM)
    return [str(where[0]) for *_, where in found]


class Web:
    """Asks servers for JSON. `named_hosts` are reached wherever they are, also without TLS: `idp.local:8080`."""

    def __init__(
        self, named_hosts: Sequence[str] = (), *, resolve: Resolve = resolved, wait_s_max: float = WHOLE_S_MAX
    ) -> None:
        self._named = frozenset(host.lower() for host in named_hosts)
        self._resolve = resolve
        self._wait_s_max = wait_s_max
        self._client: httpx.AsyncClient | None = None

    async def get(self, url: str, headers: Mapping[str, str] | None = None) -> Any:
        """The JSON at a URL."""
        return await self._ask("GET", url, headers or {}, None)

    async def post(self, url: str, form: Mapping[str, str], headers: Mapping[str, str] | None = None) -> Any:
        """The JSON that a form is answered with."""
        return await self._ask("POST", url, headers or {}, form)

    def checked(self, url: str) -> SplitResult:
        """A URL that may be asked, or that a browser may be sent to, as far as one can tell without resolving it."""
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            raise Unreachable("its URL cannot be read") from None
        host = parts.hostname
        if not host or len(url) > URL_LENGTH_MAX or not url.isascii() or not url.isprintable() or " " in url:
            raise Unreachable("its URL cannot be read")
        if parts.username is not None or parts.password is not None or parts.fragment:
            raise Unreachable("its URL has a name, a password or a fragment in it")
        if self._is_named(host, port):
            if parts.scheme not in {"https", "http"}:
                raise Unreachable("its URL begins neither with https:// nor with http://")
        elif parts.scheme != "https":
            raise Unreachable("its URL does not begin with https://")
        return parts

    async def close(self) -> None:
        """Let go of what is open."""
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    async def _ask(self, method: str, url: str, headers: Mapping[str, str], form: Mapping[str, str] | None) -> Any:
        parts = self.checked(url)
        try:
            async with asyncio.timeout(self._wait_s_max):
                address = await self._address(parts)
                status, body = await self._answer(method, parts, address, headers, form)
        except TimeoutError:
            raise Unreachable("it does not answer in time") from None
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            raise Unreachable(f"it cannot be reached: {type(error).__name__}") from None
        if status != _FOUND:
            raise Unreachable(f"it answers {status}", status)
        try:
            return msgspec.json.decode(body)
        except (msgspec.DecodeError, RecursionError):
            raise Unreachable("its answer is not JSON") from None

    async def _answer(
        self, method: str, parts: SplitResult, address: str, headers: Mapping[str, str], form: Mapping[str, str] | None
    ) -> tuple[int, bytes]:
        host = parts.hostname or ""
        target = httpx.URL(parts.geturl()).copy_with(host=address)
        request = self._http().build_request(
            method,
            target,
            headers={"Accept": "application/json", **headers, "Host": parts.netloc},
            data=form,
            extensions={"sni_hostname": host},  # The certificate is that of the name, wherever it was resolved to.
        )
        answer = await self._http().send(request, stream=True)
        try:
            body = bytearray()
            async for part in answer.aiter_bytes():
                body += part
                if len(body) > ANSWER_BYTES_MAX:
                    raise Unreachable("its answer is too long")
            return answer.status_code, bytes(body)
        finally:
            await answer.aclose()

    async def _address(self, parts: SplitResult) -> str:
        """The address to connect to: the first of the host's, when all of them may be reached."""
        host = parts.hostname or ""
        port = parts.port or {"https": 443, "http": 80}[parts.scheme]
        try:
            addresses = await self._resolve(host, port)
        except (OSError, UnicodeError):
            raise Unreachable("its name is not known") from None
        if not self._is_named(host, parts.port):
            for address in addresses:
                if not is_public(ip_address(address.partition("%")[0])):
                    raise Unreachable("its address is not a public one")
        return addresses[0]

    def _is_named(self, host: str, port: int | None) -> bool:
        return host in self._named or f"{host}:{port}" in self._named

    def _http(self) -> httpx.AsyncClient:
        if self._client is None:
            # Whom this machine trusts, as its administrator has set it up, and whom the world does.
            trusted = ssl.create_default_context()
            trusted.load_verify_locations(certifi.where())
            self._client = httpx.AsyncClient(
                verify=trusted,
                follow_redirects=False,
                trust_env=False,
                timeout=httpx.Timeout(READ_S_MAX, connect=CONNECT_S_MAX),
                # A connection is known by its address alone, but its certificate was that of one name: never shared.
                limits=httpx.Limits(max_keepalive_connections=0),
            )
        return self._client


def is_public(address: Address) -> bool:
    """Whether anyone in the world would reach the same machine there. An address within an address counts itself."""
    if isinstance(address, IPv6Address):
        within = address.ipv4_mapped or address.sixtofour
        if within is None and address in _NAT64:
            within = IPv4Address(int(address) & 0xFFFFFFFF)
        if within is not None:
            return is_public(within)
        if address.teredo is not None or address.is_site_local:
            return False
    return address.is_global and not address.is_multicast and not address.is_reserved
