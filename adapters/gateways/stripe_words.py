"""Stripe's words for things, and ours: amounts, states, reasons, kinds of notices."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal
from uuid import UUID

import stripe

from adapters.gateways.answers import inside, text
from application.gateways import Charged, Dispute, NoticeKind, Refused, Unreachable
from application.ledger import TenantId
from domain.money import EXPONENTS, Money

_WITHOUT_FRACTION = frozenset(
    (*("BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV", "XAF", "XOF", "XPF"),)
)
_STRIPES_HUNDREDTHS = frozenset({"ISK", "UGX"})
"""ISO 4217 counts these whole, and Stripe still writes them with two digits that must be zero."""

REASONS: Mapping[str, str] = {
    "insufficient_funds": "insufficient_funds",
    "expired_card": "card_expired",
    "authentication_required": "authentication_required",
    "payment_intent_authentication_failure": "authentication_failed",
    "processing_error": "processing_error",
}
DECLINED = "card_declined"

States = Literal["authorised", "captured", "failed", "needs_action", "pending", "void"]
_STATES: Mapping[str, States] = {
    "succeeded": "captured",
    "requires_capture": "authorised",
    "requires_action": "needs_action",
    "requires_payment_method": "failed",
    "requires_confirmation": "pending",
    "processing": "pending",
    "canceled": "void",
}
_MISSING: Mapping[str, str] = {"payment_method": "gateway.method_unknown", "customer": "gateway.customer_unknown"}
_REFUSALS: Mapping[str, str] = {
    "amount_too_large": "gateway.amount_refused",
    "amount_too_small": "gateway.amount_refused",
    "parameter_invalid_integer": "gateway.amount_refused",
    "charge_already_refunded": "gateway.refund_exceeds",
    "payment_intent_unexpected_state": "gateway.not_possible",
    "charge_already_captured": "gateway.not_possible",
    "insufficient_capabilities_for_transfer": "gateway.account_not_enabled",
    "balance_insufficient": "gateway.balance_insufficient",
    "country_unsupported": "gateway.country_refused",
}
_OF_DISPUTES: Mapping[str, Literal["won", "lost"]] = {
    "won": "won",
    "warning_closed": "won",
    "prevented": "won",
    "lost": "lost",
}

_KINDS: tuple[tuple[str, NoticeKind], ...] = (
    ("charge.dispute.", "dispute"),
    ("charge.refund", "refund"),
    ("refund.", "refund"),
    ("payment_intent.", "charge"),
    ("account.updated", "account"),
    ("transfer.", "transfer"),
)
NEWS = (
    *("payment_intent.succeeded", "payment_intent.payment_failed", "payment_intent.canceled"),
    *("payment_intent.amount_capturable_updated", "charge.refunded"),
    *("charge.dispute.created", "charge.dispute.closed"),
)
"""The events by which a payment that nobody told us of is found."""


def amount(money: Money) -> int:
    """An amount as Stripe counts it. Refuses what it would round."""
    exponent = EXPONENTS[money.currency]
    if money.currency in _STRIPES_HUNDREDTHS:
        return money.amount * 100
    if money.currency in _WITHOUT_FRACTION:
        return _whole(money, 10**exponent)
    if exponent == 3:  # noqa: PLR2004 — thousandths
        return _whole(money, 10) * 10
    return money.amount


def money(units: int, currency: str) -> Money:
    """What Stripe says an amount is."""
    said = currency.upper()
    if said in _STRIPES_HUNDREDTHS:
        return Money(units // 100, said)
    if said in _WITHOUT_FRACTION:
        return Money(units * 10 ** EXPONENTS[said], said)
    return Money(units, said)


def _whole(money: Money, units: int) -> int:
    if money.amount % units:
        raise Refused("gateway.amount_refused", f"Stripe cannot charge {money.said()} to the last unit")
    return money.amount // units


def charged(intent: Mapping[str, Any]) -> Charged:
    """A payment intent, with its latest charge in it."""
    state = _STATES.get(intent["status"], "pending")
    # The latest charge is named where nobody asked to have it shown.
    charge = {} if isinstance(intent.get("latest_charge"), str) else inside(intent, "latest_charge")
    units = intent["amount_received"] if state == "captured" else intent["amount"]
    # An intent without a method and without an error was not tried yet.
    why = inside(intent, "last_payment_error")
    if state == "failed" and not why:
        state = "pending"
    return Charged(
        reference=intent["id"],
        state=state,
        money=money(units, intent["currency"]),
        refunded=money(charge.get("amount_refunded") or 0, intent["currency"]).amount,
        reason=reason(why) if state == "failed" and why else None,
        action=_action(intent) if state == "needs_action" else None,
        payment=text(inside(intent, "metadata"), "payment"),
        disputed=charge.get("disputed") is True,
        kept=_kept(intent) if state in {"authorised", "captured"} else None,
    )


def _kept(intent: Mapping[str, Any]) -> str | None:
    """The method, where Stripe keeps it for a customer."""
    return text(intent, "payment_method") if intent.get("setup_future_usage") == "off_session" else None


def _action(intent: Mapping[str, Any]) -> str | None:
    return text(inside(intent, "next_action", "redirect_to_url"), "url")


def reason(error: Mapping[str, Any]) -> str:
    """Why a card was not charged, in our words: the more exact of Stripe's two codes counts."""
    for code in (error.get("decline_code"), error.get("code")):
        if code in REASONS:
            return REASONS[str(code)]
    return DECLINED


def dispute(said: Mapping[str, Any]) -> Dispute:
    state: Literal["open", "won", "lost"] = _OF_DISPUTES.get(said["status"]) or "open"
    return Dispute(said["id"], state, money(said["amount"], said["currency"]), said.get("reason"))


def tenant_in(thing: Mapping[str, Any]) -> TenantId | None:
    """Whose it is, as we said when we asked for it."""
    try:
        return TenantId(UUID(inside(thing, "metadata")["tenant"]))
    except (KeyError, ValueError):
        return None


def kind_of(type_: str) -> NoticeKind:
    """Which kind of news an event is, by its type."""
    for start, kind in _KINDS:
        if type_.startswith(start):
            return kind
    return "unknown"


def reference_in(kind: NoticeKind, thing: Mapping[str, Any]) -> str | None:
    """What a notice is about: the payment, or the account or the transfer itself."""
    said = thing.get("payment_intent") if kind in {"refund", "dispute"} else thing.get("id")
    return said if kind != "unknown" and isinstance(said, str) else None


def refusal(error: stripe.StripeError) -> Exception:
    """An error of Stripe's in our words: whether asking again helps is what counts."""
    match error:
        case stripe.IdempotencyError():
            return Refused("gateway.key_reused", "this key belongs to something else that was asked")
        case stripe.AuthenticationError() | stripe.PermissionError():
            return Refused("gateway.credentials_refused", "Stripe does not take STRIPE_KEY for this")
        case stripe.InvalidRequestError() if error.http_status == 409:  # noqa: PLR2004 — as HTTP says it
            return Unreachable("the same is being asked at Stripe at this moment")
        case stripe.InvalidRequestError():
            return Refused(_code(error), error.user_message or "Stripe refuses this")
        case stripe.CardError():
            return Refused("gateway.not_possible", error.user_message or "Stripe refuses this")
        case _:
            return Unreachable(f"Stripe does not answer: {type(error).__name__}")


def _code(error: stripe.InvalidRequestError) -> str:
    if error.code == "resource_missing":
        return _MISSING.get(f"{error.param}", "gateway.reference_unknown")
    if error.param == "amount_to_capture":
        return "gateway.capture_exceeds"
    if error.param == "currency":
        return "gateway.currency_refused"
    return _REFUSALS.get(error.code or "", "gateway.not_possible")
