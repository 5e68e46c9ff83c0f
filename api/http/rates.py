"""How often a caller may ask: a rate for each kind of route, counted for each principal, or address without one."""

from __future__ import annotations

import time
from typing import Literal

from adapters.postgres.limits import WINDOW_S, Limits, Standing
from api.http.call import Call
from api.http.metrics import Requests
from api.http.problems import Refused
from api.settings import Settings

Rate = Literal["command", "query", "analytics", "generation", "feed", "public", "entrance", "notice", "probe"]

PROBES_A_MINUTE = 6_000
"""Counted by each process alone: whoever watches over us must get an answer also when Postgres is away."""


class Rates:
    """Holds callers to their rate."""

    def __init__(self, limits: Limits, settings: Settings, requests: Requests) -> None:
        self._limits = limits
        self._requests = requests
        self._enabled = settings.rate_limit_enabled
        self._a_minute: dict[str, int] = {
            "command": settings.rate_limit_command,
            "query": settings.rate_limit_query,
            "analytics": settings.rate_limit_analytics,
            "generation": settings.rate_limit_generation,
            "feed": settings.rate_limit_feed,
            "public": settings.rate_limit_public,
            "entrance": settings.rate_limit_entrance,
            "notice": settings.rate_limit_notice,
            "probe": PROBES_A_MINUTE,
        }
        self._probes = _Probes()

    def admit_now(self, call: Call, rate: Rate, who: str) -> bool:
        """Let it pass or refuse it, if this process can say so by itself; False if not, and then nothing is counted."""
        if not self._enabled:
            return True
        limit = self._a_minute[rate]
        standing = self._limits.admit_now(rate, who, limit)
        if standing is None:
            return False
        self._tell(call, rate, limit, standing)
        return True

    async def admit(self, call: Call, rate: Rate, who: str) -> None:
        """Let it pass and say how much is left, or refuse it."""
        if not self._enabled:
            return
        limit = self._a_minute[rate]
        if rate == "probe":
            standing = self._probes.admit(who, limit)
        else:
            standing = self._limits.admit_now(rate, who, limit) or await self._limits.admit(rate, who, limit)
        self._tell(call, rate, limit, standing)

    def _tell(self, call: Call, rate: Rate, limit: int, standing: Standing) -> None:
        call.out += _headers(standing)
        if not standing.admitted:
            self._requests.limited.labels(rate).inc()
            wait_s = int(standing.resets_in_s) + 1
            detail = f"{limit} a minute are allowed here; ask again in {wait_s} s"
            raise Refused("rate.exceeded", detail, headers=((b"retry-after", b"%d" % wait_s),))


def _headers(standing: Standing) -> tuple[tuple[bytes, bytes], ...]:
    return (
        (b"ratelimit-limit", b"%d" % standing.limit),
        (b"ratelimit-remaining", b"%d" % standing.remaining),
        (b"ratelimit-reset", b"%d" % (int(standing.resets_in_s) + 1)),
    )


class _Probes:
    """Counts within this process."""

    def __init__(self) -> None:
        self._window = 0
        self._count: dict[str, int] = {}

    def admit(self, who: str, limit: int) -> Standing:
        window, passed = divmod(time.monotonic(), WINDOW_S)
        if window != self._window:
            self._window = int(window)
            self._count.clear()
        count = self._count[who] = self._count.get(who, 0) + 1
        return Standing(count <= limit, limit, max(0, limit - count), WINDOW_S - passed)
