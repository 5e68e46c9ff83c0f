"""Questions that are asked at the same time, asked as one."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Iterable, Mapping, Sequence
from typing import Generic, TypeVar

from adapters.postgres.gathering import heed

Of = TypeVar("Of", bound=Hashable)
Answer = TypeVar("Answer")

Ask = Callable[[Of, Sequence[str]], Awaitable[Mapping[str, Answer]]]


class _Round(Generic[Answer]):
    """Names that are asked for together."""

    def __init__(self) -> None:
        self.names: dict[str, None] = {}
        self.answer: asyncio.Task[Mapping[str, Answer]] | None = None


class Together(Generic[Of, Answer]):
    """While one question of a kind is under way, the next one gathers. A lone one is asked at once."""

    def __init__(self, ask: Ask[Of, Answer]) -> None:
        self._ask = ask
        self._gathering: dict[Of, _Round[Answer]] = {}
        self._under_way: dict[Of, asyncio.Event] = {}

    async def __call__(self, of: Of, names: Iterable[str]) -> Mapping[str, Answer]:
        """The answer for all who asked with us; ours are among them."""
        round_ = self._gathering.setdefault(of, _Round())
        round_.names.update(dict.fromkeys(names))
        if round_.answer is None:
            round_.answer = asyncio.create_task(self._answered(of, round_), name="asked together")
            round_.answer.add_done_callback(heed)
        return await asyncio.shield(round_.answer)

    async def _answered(self, of: Of, round_: _Round[Answer]) -> Mapping[str, Answer]:
        try:
            before = self._under_way.get(of)
            if before is not None:
                await before.wait()
        finally:
            del self._gathering[of]
        self._under_way[of] = asyncio.Event()
        try:
            return await self._ask(of, tuple(round_.names))
        finally:
            self._under_way.pop(of).set()
