"""How a setting says what it is called, and what it means."""

from __future__ import annotations

from typing import Any

import msgspec


def setting(name: str, meaning: str, **limits: Any) -> msgspec.Meta:
    """What a field of `Settings` is called in the environment, and what it means."""
    return msgspec.Meta(description=meaning, extra={"name": name}, **limits)
