"""What we need of the outside world, a Protocol of one to three methods each."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Protocol

Heard = Callable[[int, int], None]
"""Called with a log and the position it has at least reached."""


class Doorbell(Protocol):
    """Says that a log has moved. A ring may be lost: whoever listens also looks for itself from time to time."""

    def ring(self, log: int, position: int) -> None:
        """Tell everyone. Never waits."""
        ...

    def listen(self, heard: Heard) -> AbstractAsyncContextManager[None]:
        """Hear every ring while this is open."""
        ...


class Clock(Protocol):
    def now(self) -> datetime: ...
