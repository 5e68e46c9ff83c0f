"""Asking PayPal: with a token that is fetched once for as long as it is good, and again a bounded number of times."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Mapping
from typing import Any

import httpx
import msgspec

from adapters.gateways.answers import rows
from application.gateways import Refused, Unreachable
from domain.kernel import Value

ANSWER_S_MAX = 20.0
TRIES = 3
PAUSE_S = 0.2
TOKEN_SPARE_S = 60.0
"""A token is not used in its last minute: it would end on the way."""
KEY_LENGTH_MAX = 38
"""What PayPal takes of a key everywhere is as long as a UUID; a longer one is hashed."""

_FAILED, _REFUSED = 500, 400
_NOT_AUTHENTICATED, _TOO_MANY, _IN_FLIGHT = 401, 429, 409


class Credentials(Value):
    """Who we are at PayPal: the application, its webhook, and for accounts of creators our own as a partner."""

    client: str
    secret: str
    webhook: str
    partner: str
    url: str


class Said(Exception):  # noqa: N818 — what PayPal says
    """PayPal says no: `issue` is its code for why."""

    def __init__(self, status: int, body: Mapping[str, Any]) -> None:
        detail = (rows(body, "details") or [{}])[0]
        self.status = status
        self.body = body
        self.issue = str(detail.get("issue") or body.get("name") or body.get("error") or status)
        super().__init__(f"{self.issue}: {detail.get('description') or body.get('message') or ''}")


class Asking:
    """One application of ours at PayPal."""

    def __init__(self, credentials: Credentials) -> None:
        self.credentials = credentials
        self._http = httpx.AsyncClient(base_url=credentials.url.rstrip("/"), timeout=ANSWER_S_MAX, trust_env=False)
        self._token: tuple[str, float] | None = None
        self._fetching = asyncio.Lock()

    async def get(self, path: str, **query: Any) -> dict[str, Any]:
        return await self._ask("GET", path, query=query)

    async def post(self, path: str, body: Mapping[str, Any], key: str) -> dict[str, Any]:
        """Ask for something to be done; under the same key it is done once."""
        return await self._ask("POST", path, body=body, key=short(key))

    async def close(self) -> None:
        await self._http.aclose()

    async def token(self) -> str:
        """The token of today, fetched by one while the others wait."""
        async with self._fetching:
            if self._token is None or self._token[1] <= time.monotonic():
                self._token = await self._fetched()
            return self._token[0]

    async def bytes_at(self, url: str, bytes_max: int) -> bytes:
        """What is at a URL of PayPal's, asked for without a token."""
        try:
            async with self._http.stream("GET", url) as answer:
                found = bytearray()
                async for part in answer.aiter_bytes():
                    found += part
                    if len(found) > bytes_max:
                        raise Unreachable("PayPal's answer is too long")
                if not answer.is_success:
                    raise Unreachable(f"PayPal answers {answer.status_code}")
                return bytes(found)
        except httpx.HTTPError as error:
            raise Unreachable(f"PayPal does not answer: {type(error).__name__}") from None

    async def _fetched(self) -> tuple[str, float]:
        who = httpx.BasicAuth(self.credentials.client, self.credentials.secret)
        try:
            answer = await self._http.post("/v1/oauth2/token", data={"grant_type": "client_credentials"}, auth=who)
        except httpx.HTTPError as error:
            raise Unreachable(f"PayPal does not answer: {type(error).__name__}") from None
        if answer.status_code in {_REFUSED, _NOT_AUTHENTICATED}:
            raise Refused("gateway.credentials_refused", "PayPal does not take PAYPAL_CLIENT and PAYPAL_SECRET")
        said = _json(answer)
        if answer.status_code >= _REFUSED or "access_token" not in said:
            raise Unreachable(f"PayPal answers {answer.status_code} where a token is asked for")
        return said["access_token"], time.monotonic() + float(said.get("expires_in", 0)) - TOKEN_SPARE_S

    async def _ask(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        body: Mapping[str, Any] | None = None,
        key: str | None = None,
    ) -> dict[str, Any]:
        why = ""
        for turn in range(TRIES):
            if turn:
                await asyncio.sleep(PAUSE_S * 2**turn)
            headers = {"Authorization": f"Bearer {await self.token()}", "Prefer": "return=representation"}
            if key is not None:
                headers["PayPal-Request-Id"] = key
            try:
                answer = await self._http.request(method, path, params=query or None, json=body, headers=headers)
            except httpx.HTTPError as error:
                why = type(error).__name__
                continue
            if answer.status_code == _NOT_AUTHENTICATED:
                # Tokens are also ended from there.
                self._token, why = None, "it takes no token"
                continue
            if answer.status_code in {_TOO_MANY, _IN_FLIGHT} or answer.status_code >= _FAILED:
                why = f"it answers {answer.status_code}"
                continue
            said = _json(answer)
            if answer.status_code >= _REFUSED:
                raise Said(answer.status_code, said)
            return said
        raise Unreachable(f"PayPal does not answer: {why}")


def short(key: str, part: str = "") -> str:
    """A key for one part of what is asked, as PayPal takes it."""
    whole = f"{part}-{key}" if part else key
    return whole if len(whole) <= KEY_LENGTH_MAX else hashlib.sha256(whole.encode()).hexdigest()[:KEY_LENGTH_MAX]


def _json(answer: httpx.Response) -> dict[str, Any]:
    if not answer.content:
        return {}
    try:
        return msgspec.json.decode(answer.content, type=dict[str, Any])
    except msgspec.MsgspecError:
        raise Unreachable("PayPal's answer is not JSON") from None
