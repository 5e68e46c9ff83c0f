"""What ends a command with what it says, and without a traceback."""

from __future__ import annotations


class Failed(Exception):  # noqa: N818 — it reads as what happened
    """It could not be done, and why."""
