"""The sandbox tells what happened as a real gateway does: signed, later, and again until it is acknowledged."""

from __future__ import annotations

import asyncio
import time
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import uuid4

import msgspec

from adapters.gateways.sandbox_store import Store
from adapters.gateways.signed import signed
from application.ledger import TenantId
from domain.kernel import Moment, Value

if TYPE_CHECKING:
    import httpx

HEADER = "sandbox-signature"
ANSWER_S_MAX = 5.0
_ACKNOWLEDGED = 300


class Told(Value):
    """A notice of the sandbox's."""

    event: str
    kind: str
    reference: str
    payment: str | None
    tenant: TenantId | None
    made: Moment
    sandbox: bool = True


class Notices:
    """Tells a URL. Without one nobody is told, and what happened is found by looking."""

    def __init__(self, store: Store, secret: str, url: str = "") -> None:
        self._store = store
        self._secret = secret
        self._url = url
        self._client: httpx.AsyncClient | None = None
        self._sending: asyncio.Task[int] | None = None
        self._asked_again = False

    def tell(self, kind: str, reference: str, payment: str | None, tenant: TenantId | None, at: datetime) -> None:
        """Keep what is to be told, within the change that it is of, and see that it is sent after it."""
        if not self._url:
            return
        told = Told(f"sandbox_event_{uuid4().hex}", kind, reference, payment, tenant, at)
        self._store.keep("notice", told.event, at.timestamp(), told)
        self._asked_again = True
        if self._sending is None or self._sending.done():
            self._sending = asyncio.create_task(self.send(), name="sandbox notices")

    async def send(self) -> int:
        """Send what was not acknowledged yet; how many were now."""
        acknowledged = 0
        self._asked_again = True
        while self._asked_again:
            self._asked_again = False
            for told in self._store.since("notice", 0, Told):
                if not await self._sent(told):
                    # Nobody is there now. All is sent again, in order, when there is more to tell.
                    return acknowledged
                self._store.forget("notice", told.event)
                acknowledged += 1
        return acknowledged

    async def close(self) -> None:
        if self._sending is not None:
            self._sending.cancel()
            await asyncio.gather(self._sending, return_exceptions=True)
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    async def _sent(self, told: Told) -> bool:
        import httpx  # noqa: PLC0415 — it is large: only who has something to tell has it in memory

        if self._client is None:
            self._client = httpx.AsyncClient(trust_env=False, timeout=ANSWER_S_MAX)
        raw = msgspec.json.encode(told)
        headers = {"Content-Type": "application/json", HEADER: signed(raw, self._secret, time.time())}
        try:
            answer = await self._client.post(self._url, content=raw, headers=headers)
        except httpx.HTTPError:
            return False
        return answer.status_code < _ACKNOWLEDGED
