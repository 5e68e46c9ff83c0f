"""Waiting for what comes true soon."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import httpx

ASK_EVERY_S = 0.05


def within(seconds: float, true: Callable[[], bool]) -> None:
    """It becomes true so soon."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, f"not within {seconds} s"
        time.sleep(0.01)


def becomes(seconds: float, look: Callable[[], Any], expected: Any) -> None:
    """What is looked at becomes what is expected so soon: policies and jobs follow the ledger."""
    end = time.monotonic() + seconds
    while (found := look()) != expected:
        assert time.monotonic() < end, found
        time.sleep(ASK_EVERY_S)


def answered(seconds: float, ask: Callable[[], httpx.Response], so: Callable[[httpx.Response], bool]) -> httpx.Response:
    """The first answer that is so, which comes so soon."""
    end = time.monotonic() + seconds
    while not so(answer := ask()):
        assert time.monotonic() < end, answer.text
        time.sleep(ASK_EVERY_S)
    return answer
