"""PayPal's words for things, and ours: amounts, states, reasons, kinds of notices."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, Literal
from uuid import UUID

from adapters.gateways.answers import inside, rows, text
from adapters.gateways.paypal_asking import Said
from application.gateways import Charged, NoticeKind, Refused, Transferred
from application.ledger import TenantId
from domain.kernel import Value
from domain.money import EXPONENTS, Money

CURRENCIES = frozenset(
    (
        *("AUD", "BRL", "CAD", "CHF", "CNY", "CZK", "DKK", "EUR", "GBP", "HKD", "HUF", "ILS"),
        *("JPY", "MXN", "MYR", "NOK", "NZD", "PHP", "PLN", "SEK", "SGD", "THB", "TWD", "USD"),
    )
)
_WHOLE = frozenset({"HUF", "JPY", "TWD"})
"""PayPal takes no fraction of these, whatever ISO 4217 says."""

REASONS: Mapping[str, str] = {
    "INSTRUMENT_DECLINED": "card_declined",
    "TRANSACTION_REFUSED": "card_declined",
    "CARD_EXPIRED": "card_expired",
    "PAYER_CANNOT_PAY": "insufficient_funds",
    "PAYER_ACCOUNT_RESTRICTED": "payer_refused",
    "PAYER_ACCOUNT_LOCKED_OR_CLOSED": "payer_refused",
    "PAYER_ACTION_REQUIRED": "authentication_required",
}
"""The issues for which nothing is charged; any other means that we asked for what cannot be."""
_OF_BANKS: Mapping[str, str] = {"5120": "insufficient_funds", "5400": "card_expired"}
_REFUSALS: Mapping[str, str] = {
    "REFUND_AMOUNT_EXCEEDED": "gateway.refund_exceeds",
    "CAPTURE_FULLY_REFUNDED": "gateway.refund_exceeds",
    "MAX_CAPTURE_AMOUNT_EXCEEDED": "gateway.capture_exceeds",
    "CURRENCY_NOT_SUPPORTED": "gateway.currency_refused",
    "CURRENCY_MISMATCH": "gateway.currency_refused",
    "CANNOT_BE_ZERO_OR_NEGATIVE": "gateway.amount_refused",
    "INVALID_RESOURCE_ID": "gateway.reference_unknown",
    "RESOURCE_NOT_FOUND": "gateway.reference_unknown",
    "TOKEN_ID_NOT_FOUND": "gateway.method_unknown",
    "INSUFFICIENT_FUNDS": "gateway.balance_insufficient",
    "AUTHENTICATION_FAILURE": "gateway.credentials_refused",
    "NOT_AUTHORIZED": "gateway.credentials_refused",
    "PERMISSION_DENIED": "gateway.credentials_refused",
}

State = Literal["authorised", "captured", "failed", "needs_action", "pending", "void"]
_CAPTURES: Mapping[str, State] = {
    "COMPLETED": "captured",
    "PARTIALLY_REFUNDED": "captured",
    "REFUNDED": "captured",
    "PENDING": "pending",
    "DECLINED": "failed",
    "FAILED": "failed",
}
_AUTHORISATIONS: Mapping[str, State] = {
    "CREATED": "authorised",
    "PENDING": "pending",
    "DENIED": "failed",
    "VOIDED": "void",
    "EXPIRED": "void",
}
_ORDERS: Mapping[str, State] = {"PAYER_ACTION_REQUIRED": "needs_action", "VOIDED": "void", "APPROVED": "pending"}

MOVING = frozenset({"charge", "refund", "dispute"})
"""The kinds of news by which a payment that nobody told us of is found."""
_KINDS: tuple[tuple[str, NoticeKind], ...] = (
    ("PAYMENT.CAPTURE.REFUNDED", "refund"),
    ("PAYMENT.CAPTURE.REVERSED", "refund"),
    ("PAYMENT.REFUND.", "refund"),
    ("PAYMENT.CAPTURE.", "charge"),
    ("PAYMENT.AUTHORIZATION.", "charge"),
    ("CHECKOUT.ORDER.", "charge"),
    ("CUSTOMER.DISPUTE.", "dispute"),
    ("MERCHANT.ONBOARDING.", "account"),
    ("MERCHANT.PARTNER-CONSENT.", "account"),
    ("PAYMENT.PAYOUTSBATCH.", "transfer"),
    ("PAYMENT.PAYOUTS-ITEM.", "transfer"),
)


CAPTURE = "capture:"
"""Before the name of a capture, where a notice does not say of which order it is."""


class Custom(Value):
    """What a payment carries: whose it is, and which."""

    tenant: TenantId | None
    payment: str | None


def amount(money: Money) -> dict[str, str]:
    """An amount as PayPal writes it."""
    if money.currency not in CURRENCIES:
        raise Refused("gateway.currency_refused", f"PayPal does not take {money.currency}")
    if money.amount <= 0:
        raise Refused("gateway.amount_refused", "nothing is no amount")
    said = money.said().split()[0]
    if money.currency in _WHOLE and EXPONENTS[money.currency]:
        said, _, fraction = said.partition(".")
        if fraction.strip("0"):
            raise Refused("gateway.amount_refused", f"PayPal cannot charge {money.said()} to the last unit")
    return {"currency_code": money.currency, "value": said}


def money(said: Mapping[str, Any]) -> Money:
    """An amount that PayPal wrote."""
    currency = str(said.get("currency_code") or said["currency"])
    try:
        return Money(int(Decimal(said["value"]).scaleb(EXPONENTS[currency])), currency)
    except InvalidOperation:
        raise Refused("gateway.not_possible", "PayPal says an amount that is none") from None


def custom(tenant: TenantId | None, payment: str) -> str:
    return payment if tenant is None else f"{tenant}:{payment}"


def custom_in(said: Any) -> Custom:
    """Whose it is, and which payment, from what we had it carry."""
    if not isinstance(said, str) or not said:
        return Custom(None, None)
    tenant, colon, payment = said.partition(":")
    try:
        return Custom(TenantId(UUID(tenant)), payment) if colon else Custom(None, said)
    except ValueError:
        return Custom(None, said)


def charged(order: Mapping[str, Any]) -> Charged:
    """An order, with what was paid of it."""
    unit = order["purchase_units"][0]
    paid = inside(unit, "payments")
    captures, allowed = rows(paid, "captures"), rows(paid, "authorizations")
    asked = money(unit["amount"])
    which = custom_in(unit.get("custom_id")).payment
    refunded = sum(money(one["amount"]).amount for one in rows(paid, "refunds") if one["status"] != "FAILED")
    if captures:
        latest = captures[-1]
        state = _CAPTURES.get(latest["status"], "pending")
        taken = money(latest["amount"])
        reason = _reason_of_bank(latest) if state == "failed" else None
        return Charged(order["id"], state, taken, refunded, reason, None, which)
    if allowed:
        state = _AUTHORISATIONS.get(allowed[-1]["status"], "pending")
        reason = _reason_of_bank(allowed[-1]) if state == "failed" else None
        return Charged(order["id"], state, asked, 0, reason, None, which)
    state = _ORDERS.get(order["status"], "failed")
    # An order is paid as soon as it is made. One that is not was refused, and PayPal does not keep why.
    reason = "not_paid" if state == "failed" else None
    action = link(order, "payer-action") or link(order, "approve") if state == "needs_action" else None
    return Charged(order["id"], state, asked, 0, reason, action, which)


def _reason_of_bank(thing: Mapping[str, Any]) -> str:
    return _OF_BANKS.get(text(inside(thing, "processor_response"), "response_code") or "", "card_declined")


def link(thing: Mapping[str, Any], relation: str) -> str | None:
    return next((one["href"] for one in rows(thing, "links") if one.get("rel") == relation), None)


def transferred(batch: Mapping[str, Any]) -> Transferred:
    """A payout, of which there is one in a batch."""
    header = batch["batch_header"]
    reference = header["payout_batch_id"]
    items = rows(batch, "items")
    said = text(items[0], "transaction_status") if items else None
    if header.get("batch_status") in {"DENIED", "CANCELED"}:
        return Transferred(reference, "failed", "refused_by_gateway")
    if said == "SUCCESS":
        return Transferred(reference, "done")
    if said in {"FAILED", "RETURNED", "BLOCKED", "REFUNDED", "REVERSED"}:
        return Transferred(reference, "failed", (text(inside(items[0], "errors"), "name") or said).lower())
    return Transferred(reference, "pending")


def refusal(said: Said) -> Refused:
    """An error of PayPal's, in our words."""
    return Refused(_REFUSALS.get(said.issue, "gateway.not_possible"), str(said))


def kind_of(type_: str) -> NoticeKind:
    """Which kind of news an event is, by its type."""
    for start, kind in _KINDS:
        if type_.startswith(start):
            return kind
    return "unknown"


def order_in(type_: str, thing: Mapping[str, Any]) -> str | None:
    """The order that news is about, where it says so."""
    if type_.startswith("CHECKOUT.ORDER."):
        return str(thing["id"])
    return text(inside(thing, "supplementary_data", "related_ids"), "order_id")


def about(kind: NoticeKind, type_: str, thing: Mapping[str, Any]) -> tuple[str | None, Custom]:
    """What a notice is about, and whose that is."""
    match kind:
        case "charge" | "refund":
            units = rows(thing, "purchase_units") or [{}]
            up = (link(thing, "up") or "").rpartition("/captures/")[2]
            named = order_in(type_, thing) or (f"{CAPTURE}{up}" if up else None)
            return named, custom_in(thing.get("custom_id") or units[0].get("custom_id"))
        case "dispute":
            said = (rows(thing, "disputed_transactions") or [{}])[0]
            capture = text(said, "seller_transaction_id")
            return None if capture is None else f"{CAPTURE}{capture}", custom_in(said.get("custom"))
        case "account":
            tracking = str(thing.get("tracking_id") or "")
            return tracking or None, Custom(custom_in(tracking.replace(".", ":", 1)).tenant, None)
        case "transfer":
            header = inside(thing, "batch_header")
            return text(header, "payout_batch_id") or text(thing, "payout_batch_id"), Custom(None, None)
        case _:
            return None, Custom(None, None)
