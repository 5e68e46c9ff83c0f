"""Turns: commands on one stream follow one another within a process, instead of failing each other."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterable, Sequence

from application.ledger import TenantId

Key = tuple[TenantId, str]
"""What tells a stream from all others."""


class Turns:
    """Who has the turn on which streams, and who waits for one, in the order they came."""

    def __init__(self) -> None:
        self._queues: dict[Key, deque[asyncio.Future[None]]] = {}

    @property
    def free(self) -> bool:
        return not self._queues

    def nobodys(self, key: Key) -> bool:
        """Nobody has the turn on this stream."""
        return key not in self._queues

    async def take(self, keys: Sequence[Key]) -> None:
        """Have the turn on all of these streams; taken in one order by everyone, so that nobody waits in a circle."""
        taken: list[Key] = []
        try:
            for key in sorted(keys) if len(keys) > 1 else keys:
                await self._take(key)
                taken.append(key)
        except BaseException:
            self.pass_on(taken)
            raise

    def pass_on(self, keys: Iterable[Key]) -> None:
        """Let the next ones have their turn."""
        for key in keys:
            queue = self._queues[key]
            while queue:
                turn = queue.popleft()
                if not turn.done():  # Who gave up waiting is passed over.
                    turn.set_result(None)
                    break
            else:
                del self._queues[key]

    async def _take(self, key: Key) -> None:
        queue = self._queues.get(key)
        if queue is None:
            self._queues[key] = deque()
            return
        turn = asyncio.get_running_loop().create_future()
        queue.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if not turn.cancelled():  # It was given to us at the very moment we gave up.
                self.pass_on((key,))
            raise
