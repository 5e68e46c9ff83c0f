"""Waiting for what comes true soon."""

from __future__ import annotations

import time
from collections.abc import Callable


def within(seconds: float, true: Callable[[], bool]) -> None:
    """It becomes true so soon."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, f"not within {seconds} s"
        time.sleep(0.01)
