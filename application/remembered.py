"""What a process remembers of the ledger: read when it is first asked for, and again when it was heard to change."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Known = TypeVar("Known")


class Remembered(Generic[Key, Known]):
    """Answers from memory, and reads what is not there or no longer true.

    Whoever feeds it says `forget` of each key whose facts were heard, after they were kept: what is read from then on
    shows them. So what is answered is never older than the last fact that was heard. `attentive` says whether facts are
    being heard: while they are not, everything is read again.
    """

    def __init__(
        self, read: Callable[[Key], Awaitable[Known]], size: int, attentive: Callable[[], bool] = lambda: True
    ) -> None:
        self._read_it = read
        self._attentive = attentive
        self._size = size
        self._known: OrderedDict[Key, Known] = OrderedDict()
        self._stale: set[Key] = set()
        self._reading: dict[Key, asyncio.Task[Known]] = {}
        self._moved: set[Key] = set()

    async def __call__(self, key: Key) -> Known:
        """What is so now."""
        if key in self._known and key not in self._stale and self._attentive():
            return self._known[key]
        reading = self._reading.get(key)
        if reading is None:
            reading = self._reading[key] = asyncio.create_task(self._read(key))
        return await asyncio.shield(reading)

    def known(self, key: Key) -> Known | None:
        """What is so now, if nothing must be read for it. Any thread may ask."""
        known = self._known.get(key)
        return known if key not in self._stale and self._attentive() else None

    def last(self, key: Key) -> Known:
        """What was so when it was last asked for; for those who cannot wait. A `KeyError` if nobody has."""
        return self._known[key]

    def forget(self, key: Key) -> None:
        """It has changed."""
        if key in self._known:
            self._stale.add(key)
        if key in self._reading:
            self._moved.add(key)

    async def _read(self, key: Key) -> Known:
        try:
            while True:
                attentive = self._attentive()
                known = await self._read_it(key)
                if key not in self._moved:
                    break
                self._moved.discard(key)
        finally:
            self._moved.discard(key)
            del self._reading[key]
        self._known[key] = known
        self._known.move_to_end(key)
        if attentive:
            self._stale.discard(key)
        else:
            self._stale.add(key)
        if len(self._known) > self._size:
            gone, _ = self._known.popitem(last=False)
            self._stale.discard(gone)
        return known
