"""Traces, when there is somewhere to send them. The trace of a request is the correlation of the facts it made.

A fact therefore needs to carry no trace besides: whoever handles it later goes on in the trace that its correlation
names, below the span that its id names.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from application.ledger import Entry, History, Kept, Ledger, TenantId, Verdict

if TYPE_CHECKING:
    from api.spans import Tracing


def tracing(endpoint: str, process: str) -> Tracing | None:
    """The tracing of a process; none without an endpoint."""
    if not endpoint:
        return None
    from api.spans import Tracing  # noqa: PLC0415 — what sends is large: only who sends has it in memory

    return Tracing(endpoint, process)


class TracedLedger:
    """A ledger whose appends are spans."""

    def __init__(self, ledger: Ledger, tracing: Tracing) -> None:
        self._ledger = ledger
        self._tracing = tracing

    async def append(self, entry: Entry) -> Verdict:
        with self._tracing.append(entry) as span:
            verdict = await self._ledger.append(entry)
            span.set_attribute("annals.verdict", type(verdict).__name__.lower())
            if isinstance(verdict, Kept):
                span.set_attribute("annals.position", verdict.position)
                self._tracing.kept(entry)
            return verdict

    async def read(self, tenant: TenantId, stream: str, shape: str) -> History:
        return await self._ledger.read(tenant, stream, shape)

    def snapshot(self, tenant: TenantId, stream: str, shape: str, version: int, state: bytes) -> None:
        self._ledger.snapshot(tenant, stream, shape, version, state)
