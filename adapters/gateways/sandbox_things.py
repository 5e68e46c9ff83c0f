"""What the sandbox has: payments, customers and what is kept for them, accounts. And what may be paid with there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from application.ledger import TenantId
from domain.kernel import Value
from domain.money import Money

Behaviour = Literal["success", "declined", "insufficient_funds", "expired_card", "secure", "secure_once", "disputed"]
METHODS: Mapping[str, Behaviour] = {
    "sandbox:success": "success",
    "sandbox:4242": "success",
    "sandbox:declined": "declined",
    "sandbox:0002": "declined",
    "sandbox:insufficient_funds": "insufficient_funds",
    "sandbox:9995": "insufficient_funds",
    "sandbox:expired_card": "expired_card",
    "sandbox:0069": "expired_card",
    "sandbox:secure": "secure",
    "sandbox:3220": "secure",
    "sandbox:secure_once": "secure_once",
    "sandbox:3155": "secure_once",
    "sandbox:disputed": "disputed",
    "sandbox:0259": "disputed",
}
"""What may be paid with, by name and by the last digits of the card that Stripe's documentation has for it."""
REASONS: Mapping[str, str] = {
    "declined": "card_declined",
    "insufficient_funds": "insufficient_funds",
    "expired_card": "card_expired",
}
BANK_REFUSES = "ZZ"
"""An account opened in this country, which nobody lives in, is one whose bank takes no money."""
WANTED = ("identity", "bank_account")


class Payment(Value):
    """A payment as the sandbox has it."""

    reference: str
    tenant: TenantId | None
    payment: str
    asked: Money
    money: Money
    capture: bool
    method: Behaviour
    state: Literal["authorised", "captured", "failed", "needs_action", "void"]
    refunded: int = 0
    reason: str | None = None
    dispute: Literal["open", "won", "lost"] | None = None
    customer: str | None = None
    kept: str | None = None


class Customer(Value):
    """Somebody for whom methods are kept."""

    reference: str
    person: str
    tenant: TenantId | None


class Method(Value):
    """What is kept for a customer: it does what that did which they paid with."""

    reference: str
    customer: str
    does: Behaviour
    tenant: TenantId | None


class Opened(Value):
    """An account to be paid out to."""

    reference: str
    creator: str
    country: str
    tenant: TenantId | None
    enabled: bool = False


def first_state(
    does: Behaviour, *, capture: bool, away: bool, kept: bool
) -> tuple[Literal["authorised", "captured", "failed", "needs_action"], str | None]:
    """How a payment stands once it is asked for, and why. Who is away is not there to be asked by their bank."""
    if does in REASONS:
        return "failed", REASONS[does]
    if does == "secure" or (does == "secure_once" and not kept):
        return ("failed", "authentication_required") if away else ("needs_action", None)
    return ("captured" if capture else "authorised"), None
