"""How Stripe says things: forms that are nested, lists, and its many ways to say no."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from tests.stand_ins.wire import told


class Refusal(Exception):  # noqa: N818 — as Stripe says no
    def __init__(self, status: int, type_: str, message: str, **more: Any) -> None:
        super().__init__(message)
        self.answer = told({"error": {"type": type_, "message": message, **more}}, status)


def invalid(message: str, *, status: int = 400, **more: Any) -> Refusal:
    return Refusal(status, "invalid_request_error", message, **more)


def nested(pairs: list[tuple[str, str]]) -> dict[str, Any]:
    """`a[b]=c`, as Stripe takes forms: the b of a is c."""
    found: dict[str, Any] = {}
    for name, value in pairs:
        first, *rest = [one.rstrip("]") for one in name.split("[")]
        place = found
        for one, after in zip((first, *rest), rest, strict=False):
            del after
            place = place.setdefault(one, {})
        place[(first, *rest)[-1]] = value
    return found


def listed(found: Any, *, more: bool = False, url: str = "/") -> dict[str, Any]:
    return {"object": "list", "data": list(found), "has_more": more, "url": url}


def positive(said: Mapping[str, Any], name: str) -> int:
    if not re.fullmatch("[0-9]+", said[name]):
        raise invalid("Invalid integer", code="parameter_invalid_integer", param=name)
    amount = int(said[name])
    if amount == 0:
        raise invalid("This value must be greater than or equal to 1.", code="amount_too_small", param=name)
    return amount


def of_card(error: Mapping[str, str]) -> dict[str, str]:
    return {"type_": error["type"], **{name: error[name] for name in ("message", "code", "decline_code")}}


def unexpected(intent: Mapping[str, Any], what: str) -> Refusal:
    message = f"This PaymentIntent could not be {what} because it has a status of {intent['status']}."
    return invalid(message, code="payment_intent_unexpected_state")
