"""How often each API key is used, counted in this process, and told to the ledger every other second.

A fact for every call would be a write for every question. So a process that is killed loses what it had not told yet:
the calls of the last INTERVAL_S. One that is stopped tells everything first.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, date, datetime
from uuid import UUID

import structlog
from uuid_utils.compat import uuid7

from application.do import Do
from application.ledger import Caller, Conflict, TenantId, Unavailable
from domain.kernel import PersonId, Value
from domain.keys.api_key_use import API_KEY_USE, Count
from domain.keys.events import EndpointCalled

log = structlog.get_logger()

INTERVAL_S = 2.0
AT_ONCE = 200
"""So many keys are told of at once."""


class Counted(Value):
    """Whose calls are counted: those of one key."""

    tenant: TenantId
    person: PersonId
    key: str


class _Batch(Value):
    """What is to be told of one key. Told again under the same id, it counts once."""

    id: UUID
    of: Counted
    count: Count


class Tally:
    """Counts, and tells."""

    def __init__(self, do: Do, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._do = do
        self._now = now
        self._calls: dict[Counted, dict[tuple[date, str], list[int]]] = {}
        self._untold: list[_Batch] = []

    def count(self, of: Counted, endpoint: str, *, failed: bool) -> None:
        """One more call. Never waits."""
        counts = self._calls.setdefault(of, {}).setdefault((self._now().date(), endpoint), [0, 0])
        counts[0] += 1
        counts[1] += failed

    async def run(self) -> None:
        """Tell for ever; when this is cancelled, once more."""
        try:
            while True:
                await asyncio.sleep(INTERVAL_S)
                await self.tell()
        finally:
            await self.tell()

    async def tell(self) -> None:
        """Tell what was counted. What cannot be told now is told later."""
        self._untold += [self._batch(of, calls) for of, calls in self._calls.items()]
        self._calls = {}
        untold, self._untold = self._untold, []
        for start in range(0, len(untold), AT_ONCE):
            some = untold[start : start + AT_ONCE]
            told = await asyncio.gather(*map(self._tell, some))
            self._untold += [batch for batch, is_told in zip(some, told, strict=True) if not is_told]

    def _batch(self, of: Counted, calls: dict[tuple[date, str], list[int]]) -> _Batch:
        id_ = uuid7()
        counted = tuple(EndpointCalled(day, endpoint, *numbers) for (day, endpoint), numbers in sorted(calls.items()))
        return _Batch(id_, of, Count(str(id_), of.person, self._now(), counted))

    async def _tell(self, batch: _Batch) -> bool:
        caller = Caller(batch.of.tenant, "tally", "tally", batch.id, command=batch.id)
        try:
            await self._do(API_KEY_USE.at(batch.of.key), batch.count, caller)
        except (Unavailable, Conflict) as error:
            log.warning("tally.untold", key=batch.of.key, error=str(error))
            return False
        return True
