"""When a creator is paid out."""

from __future__ import annotations

from domain.kernel import Value
from domain.money import Money


class Weekly(Value, tag="weekly"):
    """Everything there is, each week; Monday is 1."""

    weekday: int
    time_zone: str


class Monthly(Value, tag="monthly"):
    """Everything there is, each month."""

    day: int
    time_zone: str


class Threshold(Value, tag="threshold"):
    """Everything there is of a currency, as soon as it is so much."""

    money: Money


class OnDemand(Value, tag="on_demand"):
    """Only what is asked for."""


Schedule = Weekly | Monthly | Threshold | OnDemand
