"""What we say of orders and payouts at PayPal, and find in them: who pays by what, whose it is, for whom it is kept."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from adapters.gateways.answers import inside, rows, text
from adapters.gateways.paypal_asking import Said, short
from adapters.gateways.paypal_words import custom_in, money
from application.gateways import Charge, Refused
from application.ledger import TenantId
from domain.money import Money


def customer(tenant: TenantId | None, person: str) -> str:
    """What we call somebody at PayPal, which has names of its own for whom it keeps methods."""
    return short(f"{tenant or ''}{person}", "customer")


def approval(charge: Charge, back: str) -> dict[str, Any]:
    """The payer is sent to PayPal, which keeps what they choose there where there is a customer to keep it for."""
    asked: dict[str, Any] = {"experience_context": {"return_url": back, "cancel_url": back, "user_action": "PAY_NOW"}}
    if charge.customer is not None:
        asked["attributes"] = {
            "customer": {"merchant_customer_id": charge.customer},
            "vault": {"store_in_vault": "ON_SUCCESS", "usage_type": "MERCHANT"},
        }
    return {"paypal": asked}


def kept(order: Mapping[str, Any]) -> str | None:
    """The method that PayPal keeps since this order, as we are to ask for it."""
    name = text(inside(order, "payment_source", "paypal", "attributes", "vault"), "id")
    return None if name is None else f"paypal:{name}"


def source(charge: Charge) -> dict[str, Any]:
    """What an order is paid by. What is charged while its payer is away says that it is."""
    kind, _, name = charge.method.partition(":")
    if kind not in {"paypal", "card"} or not name:
        raise Refused("gateway.method_unknown", "a method of PayPal's is paypal: or card: and its id, or approval")
    source: dict[str, Any] = {"vault_id": name}
    if charge.away:
        away = {"payment_initiator": "MERCHANT", "payment_type": "RECURRING", "usage": "SUBSEQUENT"}
        source["stored_credential"] = away
    return {kind: source}


def verb(order: Mapping[str, Any]) -> str:
    return "capture" if order["intent"] == "CAPTURE" else "authorize"


def whose(order: Mapping[str, Any]) -> TenantId | None:
    return custom_in(order["purchase_units"][0].get("custom_id")).tenant


def check_same(said: Mapping[str, Any], asked: Money) -> None:
    """PayPal answers a key that comes again as it did before, whatever is asked: then this is not what was asked."""
    if "amount" in said and money(said["amount"]) != asked:
        raise Refused("gateway.key_reused", "this key belongs to something else that was asked")


def batch_before(said: Said) -> str | None:
    """The payout that was asked for under the same id before."""
    details = rows(said.body, "details")
    if not any(detail.get("field") == "SENDER_BATCH_ID" for detail in details):
        return None
    places = [*(one for detail in details for one in rows(detail, "link")), *rows(said.body, "links")]
    href = next((str(one["href"]) for one in places), "")
    return href.rstrip("/").rpartition("/")[2] or None


def money_of(batch: Mapping[str, Any]) -> Money | None:
    items = rows(batch, "items")
    return money(items[0]["payout_item"]["amount"]) if items else None


def time_said(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
