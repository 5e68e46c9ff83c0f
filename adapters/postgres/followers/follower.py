"""What makes a follower: how facts become statements. All else is the runner's."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

import psycopg

from adapters.postgres.followers.rows import Row
from adapters.postgres.followers.sending import Change


class Follower(ABC):
    """Reads the facts of a log in order, and answers what is to be written in one transaction with its checkpoint.

    Whatever else it does for a fact must be safe to do again: it is done at least once.
    """

    name: str
    types: tuple[str, ...] | None = None
    """The names of the facts it wants; None for all."""
    window: int = 1000
    """How many positions are read at once."""
    pause_s: float = 0.0
    """How long it rests once it has seen everything, so that what comes meanwhile is handled together."""
    search_path: str | None = None
    parks: bool = True
    """Whether a fact it cannot handle is put aside. One that must not leave anything out says no, and waits instead."""

    @abstractmethod
    async def handle(self, number: int, rows: Sequence[Row]) -> Sequence[Change]:
        """What these facts change. Called for many at once, and again for each alone if that fails."""

    async def begin(self, connection: psycopg.AsyncConnection[Any], number: int, checkpoint: int) -> int:
        """Where to go on. `checkpoint` is what was written last."""
        del connection, number
        return checkpoint

    async def steady(self, number: int, position: int) -> bool:
        """Asked about once a second when there is nothing to do; False starts it anew."""
        del number, position
        return True
