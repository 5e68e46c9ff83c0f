"""What a measure says: a value, what it was held against, and whether the bar holds."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from typing import Literal

import msgspec


class Result(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    value: float
    unit: str
    against: str = ""
    peer_value: float | None = None
    ratio: float | None = None
    bar: str
    holds: bool


def held(  # noqa: PLR0913 — a sentence about a measure has these parts
    name: str,
    value: float,
    unit: str,
    *,
    bar: float,
    against: str = "",
    peer: float | None = None,
    at: Literal["least", "most"] = "least",
) -> Result:
    """A result against a peer, where the bar is on the ratio, or by itself, where it is on the value."""
    measured = value if peer is None else value / peer
    holds = measured >= bar if at == "least" else measured <= bar
    sign = "≥" if at == "least" else "≤"
    return Result(
        name=name,
        value=round(value, 3),
        unit=unit,
        against=against,
        peer_value=None if peer is None else round(peer, 3),
        ratio=None if peer is None else round(measured, 3),
        bar=f"{sign} {bar:g}{' ×' if peer is not None else f' {unit}'}",
        holds=holds,
    )


def median(values: Sequence[float]) -> float:
    return statistics.median(values)


def percentile(values: Sequence[float], part: float) -> float:
    ranked = sorted(values)
    return ranked[min(len(ranked) - 1, int(len(ranked) * part))]
