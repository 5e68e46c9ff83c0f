"""The port `Clock`, as this machine has it."""

from __future__ import annotations

from datetime import UTC, datetime


class SystemClock:
    """The time as this machine has it."""

    def now(self) -> datetime:
        return datetime.now(UTC)
