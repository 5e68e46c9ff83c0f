"""PayPal, as developer.paypal.com says it behaves: only what a payment of ours asks of it, and that exactly.

What comes again under a PayPal-Request-Id is answered as before, whatever is in it; that is for its clients to notice.
"""

from __future__ import annotations

import itertools
import json
import time
import zlib
from base64 import b64decode, b64encode
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256

from tests.stand_ins.paypal_words import Refusal, pair
from tests.stand_ins.wire import STATUS, Answer, Asked, Faults, Lost, served, told

CLIENT, SECRET, WEBHOOK, PARTNER = "client-of-tests", "secret-of-tests", "WH-1", "PARTNER1"
REFUSED: Mapping[str, str] = {
    "declined": "INSTRUMENT_DECLINED",
    "poor": "PAYER_CANNOT_PAY",
    "expired": "CARD_EXPIRED",
}
"""What the methods in the vault do that do not pay."""
VAULT = frozenset({*REFUSED, "good", "secure", "disputed"})
"""Those that nobody's name is on."""
CERTIFICATE = "/v1/notifications/certs/CERT-1"


class PayPalStandIn:
    """One account at PayPal."""

    def __init__(self) -> None:
        self.url = ""
        self.faults = Faults()
        self.orders: dict[str, dict[str, Any]] = {}
        self.disputes: dict[str, dict[str, Any]] = {}
        self.merchants: dict[str, dict[str, Any]] = {}
        self.payouts: dict[str, dict[str, Any]] = {}
        self.events: list[dict[str, Any]] = []
        self.writes: list[str] = []
        self.slow_refunds = False
        self.tokens = 0
        self.vault: dict[str, dict[str, Any]] = {name: {"id": name, "does": name} for name in VAULT}
        self.now: Callable[[], float] = time.time
        self._answers: dict[str, Answer] = {}
        self._methods: dict[str, str] = {}
        self._numbers = itertools.count(1)

    @contextmanager
    def open(self) -> Generator[PayPalStandIn]:
        with served(self.answer) as self.url:
            yield self

    def answer(self, asked: Asked) -> Answer:  # noqa: PLR0911 — a table
        if asked.path == "/v1/oauth2/token":
            return self._token(asked)
        if asked.path == CERTIFICATE:
            return Answer(200, pair()[1], "application/x-pem-file")
        if asked.path.startswith("/approve/"):
            return self._approved(asked.path.rpartition("/")[2])
        if asked.headers.get("authorization") != f"Bearer token-{self.tokens}":
            return told({"error": "invalid_token"}, 401)
        try:
            if asked.method == "GET":
                return told(self._read(asked))
            return self._written(asked)
        except Refusal as refusal:
            return refusal.answer

    def keep(self, customer: str, does: str) -> str:
        """A method of somebody's that is in the vault; and what it is called there."""
        name = self._named("V")
        self.vault[name] = {"id": name, "does": does, "customer": {"merchant_customer_id": customer}}
        return name

    def end_tokens(self) -> None:
        """Believe no token that was given out."""
        self.tokens += 1

    def signed(self, event: Mapping[str, Any], at: float | None = None) -> tuple[bytes, dict[str, str]]:
        """An event as it is sent to a webhook: the exact bytes, and the headers."""
        raw = json.dumps(event, indent=1).encode()
        made = datetime.fromtimestamp(self.now() if at is None else at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        text = f"transmission-1|{made}|{WEBHOOK}|{zlib.crc32(raw)}"
        return raw, {
            "paypal-transmission-id": "transmission-1",
            "paypal-transmission-time": made,
            "paypal-transmission-sig": b64encode(pair()[0].sign(text.encode(), PKCS1v15(), SHA256())).decode(),
            "paypal-cert-url": f"{self.url}{CERTIFICATE}",
            "paypal-auth-algo": "SHA256withRSA",
        }

    def finish_refunds(self) -> None:
        """The banks have done what was only promised."""
        for order in self.orders.values():
            for refund in _unit(order)["payments"].get("refunds", ()):
                refund["status"] = "COMPLETED"

    def onboard(self, tracking: str) -> None:
        """A creator says at PayPal who they are."""
        self.merchants[tracking] = {
            "merchant_id": self._named("M"),
            "tracking_id": tracking,
            "payments_receivable": True,
            "primary_email_confirmed": True,
        }
        self._tell("MERCHANT.ONBOARDING.COMPLETED", self.merchants[tracking])

    def decide_dispute(self, reference: str, outcome: str) -> None:
        capture = _unit(self.orders[reference])["payments"]["captures"][0]
        dispute = self.disputes[capture["id"]]
        dispute |= {"status": "RESOLVED", "dispute_outcome": {"outcome_code": outcome}}
        self._tell("CUSTOMER.DISPUTE.RESOLVED", dispute)

    def _token(self, asked: Asked) -> Answer:
        who = asked.headers.get("authorization", "").removeprefix("Basic ")
        if b64decode(who).decode() != f"{CLIENT}:{SECRET}" or asked.raw != b"grant_type=client_credentials":
            return told({"error": "invalid_client", "error_description": "Client Authentication failed"}, 401)
        self.tokens += 1
        return told({"access_token": f"token-{self.tokens}", "token_type": "Bearer", "expires_in": 32400})

    def _written(self, asked: Asked) -> Answer:
        fault = self.faults.taken()
        if fault is not None and fault in STATUS:
            return told({"name": "RATE_LIMIT_REACHED" if fault == "busy" else "SERVICE_UNAVAILABLE"}, STATUS[fault])
        key = asked.headers.get("paypal-request-id", "")
        if not key:
            raise Refusal("PAYPAL_REQUEST_ID_REQUIRED", 400)
        place = f"{asked.path} {key}"
        if place not in self._answers:
            self.writes.append(asked.path)
            try:
                self._answers[place] = told(self._done(asked.path, asked.json), 201)
            except Refusal as refusal:
                self._answers[place] = refusal.answer
        if fault == "silent":
            raise Lost
        return self._answers[place]

    def _done(self, path: str, said: dict[str, Any]) -> dict[str, Any]:  # noqa: PLR0911 — a table
        match path.strip("/").split("/")[1:]:
            case ["checkout", "orders"]:
                return self._order(said)
            case ["checkout", "orders", name, "capture" | "authorize" as verb]:
                return self._pay(self._order_named(name), verb, said)
            case ["payments", "authorizations", name, "capture"]:
                return self._capture(name, said)
            case ["payments", "authorizations", name, "void"]:
                return self._void(name)
            case ["payments", "captures", name, "refund"]:
                return self._refund(name, said)
            case ["customer", "partner-referrals"]:
                href = f"{self.url}/onboard/{said['tracking_id']}"
                return {"links": [{"rel": "self", "href": self.url}, {"rel": "action_url", "href": href}]}
            case ["payments", "payouts"]:
                return self._payout(said)
            case _:
                raise Refusal("RESOURCE_NOT_FOUND", 404)

    def _read(self, asked: Asked) -> dict[str, Any]:  # noqa: PLR0911 — a table
        match asked.path.strip("/").split("/")[1:]:
            case ["checkout", "orders", name]:
                return self._order_named(name)
            case ["vault", "payment-tokens", name] if name in self.vault:
                return self.vault[name]
            case ["payments", "captures", name]:
                return self._with("captures", name)[1]
            case ["payments", "refunds", name]:
                return self._with("refunds", name)[1]
            case ["customer", "disputes"]:
                found = self.disputes.get(asked.query["disputed_transaction_id"])
                return {"items": [{"dispute_id": found["dispute_id"]}] if found else []}
            case ["customer", "disputes", name]:
                return next(one for one in self.disputes.values() if one["dispute_id"] == name)
            case ["customer", "partners", partner, "merchant-integrations", *more] if partner == PARTNER:
                return self._merchant(asked.query.get("tracking_id"), *more)
            case ["payments", "payouts", name]:
                return self.payouts[name]
            case ["notifications", "webhooks-events"]:
                return self._told_since(asked.query)
            case _:
                raise Refusal("RESOURCE_NOT_FOUND", 404)

    def _merchant(self, tracking: str | None, name: str | None = None) -> dict[str, Any]:
        for one in self.merchants.values():
            if one["merchant_id"] == name or one["tracking_id"] == tracking:
                return one
        raise Refusal("RESOURCE_NOT_FOUND", 404)

    def _told_since(self, query: Mapping[str, str]) -> dict[str, Any]:
        kind = query.get("event_type", "*").rstrip("*")
        found = [
            one
            for one in reversed(self.events)
            if one["create_time"] >= query["start_time"] and one["event_type"].startswith(kind)
        ]
        at = int(query.get("at", "0"))
        # A short page shows whether whoever asks goes on to the next.
        more = f"{self.url}/v1/notifications/webhooks-events?start_time={query['start_time']}&at={at + 2}"
        links = [{"rel": "next", "href": more}] if len(found) > at + 2 and kind == "" else []
        return {"events": found[at : at + 2] if kind == "" else found, "links": links}

    def _order(self, said: dict[str, Any]) -> dict[str, Any]:
        unit = said["purchase_units"][0]
        value = Decimal(unit["amount"]["value"])
        if value <= 0:
            raise Refusal("CANNOT_BE_ZERO_OR_NEGATIVE")
        if unit["amount"]["currency_code"] == "JPY" and value != int(value):
            raise Refusal("DECIMALS_NOT_SUPPORTED")
        name = self._named("O")
        order: dict[str, Any] = {
            "id": name,
            "intent": said["intent"],
            "status": "CREATED",
            "purchase_units": [{**unit, "payments": {}}],
            "links": [{"rel": "self", "href": f"{self.url}/v2/checkout/orders/{name}"}],
        }
        if "payment_source" in said:
            order["payment_source"] = said["payment_source"]
            self._send_to_payer(order, "good")
        self.orders[name] = order
        return order

    def _send_to_payer(self, order: dict[str, Any], method: str) -> None:
        self._methods[order["id"]] = method
        order["status"] = "PAYER_ACTION_REQUIRED"
        order["links"].append({"rel": "payer-action", "href": f"{self.url}/approve/{order['id']}"})

    def _approved(self, name: str) -> Answer:
        """The page of PayPal's where the payer says yes."""
        order = self.orders[name]
        if order["status"] == "PAYER_ACTION_REQUIRED":
            order["status"] = "APPROVED"
            self._tell("CHECKOUT.ORDER.APPROVED", order)
        return Answer(200, b"Thank you.", "text/plain")

    def _pay(self, order: dict[str, Any], verb: str, said: dict[str, Any]) -> dict[str, Any]:
        if order["status"] == "COMPLETED":
            raise Refusal("ORDER_ALREADY_CAPTURED")
        if (verb == "capture") != (order["intent"] == "CAPTURE"):
            raise Refusal("ACTION_DOES_NOT_MATCH_INTENT")
        sources: dict[str, dict[str, Any]] = said.get("payment_source", {})
        source = next(iter(sources.values()), dict[str, Any]())
        token = self.vault.get(str(source.get("vault_id", self._methods.get(order["id"]))), {})
        method = token.get("does")
        if order["status"] != "APPROVED":
            if method is None:
                raise Refusal("TOKEN_ID_NOT_FOUND")
            if method in REFUSED:
                raise Refusal(REFUSED[method])
            if method == "secure":
                if "stored_credential" not in source:
                    self._send_to_payer(order, "good")
                raise Refusal("PAYER_ACTION_REQUIRED")
        unit, amount = _unit(order), _unit(order)["amount"]
        order["status"] = "COMPLETED"
        asked = order.get("payment_source", {}).get("paypal", {}).get("attributes")
        if asked is not None:
            name = self.keep(asked["customer"]["merchant_customer_id"], "good")
            order["payment_source"] = {"paypal": {"attributes": {"vault": {"id": name, "status": "VAULTED"}}}}
        if verb == "capture":
            self._take(order, amount, str(method))
        else:
            allowed = {**self._part("A", order, amount), "status": "CREATED"}
            unit["payments"]["authorizations"] = [allowed]
            self._methods[order["id"]] = str(method)
            self._tell("PAYMENT.AUTHORIZATION.CREATED", allowed)
        return order

    def _take(self, order: dict[str, Any], amount: Mapping[str, str], method: str) -> dict[str, Any]:
        capture = {**self._part("C", order, amount), "status": "COMPLETED"}
        _unit(order)["payments"]["captures"] = [capture]
        self._tell("PAYMENT.CAPTURE.COMPLETED", capture)
        if method == "disputed":
            dispute = {
                "dispute_id": self._named("PP-D"),
                "status": "WAITING_FOR_SELLER_RESPONSE",
                "reason": "UNAUTHORISED",
                "dispute_amount": amount,
                "disputed_transactions": [{"seller_transaction_id": capture["id"], "custom": capture["custom_id"]}],
            }
            self.disputes[capture["id"]] = dispute
            self._tell("CUSTOMER.DISPUTE.CREATED", dispute)
        return capture

    def _capture(self, name: str, said: dict[str, Any]) -> dict[str, Any]:
        order, allowed = self._with("authorizations", name)
        if allowed["status"] == "VOIDED":
            raise Refusal("AUTHORIZATION_VOIDED")
        if allowed["status"] == "CAPTURED":
            raise Refusal("AUTHORIZATION_ALREADY_CAPTURED")
        if Decimal(said["amount"]["value"]) > Decimal(allowed["amount"]["value"]):
            raise Refusal("MAX_CAPTURE_AMOUNT_EXCEEDED")
        allowed["status"] = "CAPTURED"
        return self._take(order, said["amount"], self._methods[order["id"]])

    def _void(self, name: str) -> dict[str, Any]:
        _, allowed = self._with("authorizations", name)
        if allowed["status"] == "CAPTURED":
            raise Refusal("PREVIOUSLY_CAPTURED")
        allowed["status"] = "VOIDED"
        self._tell("PAYMENT.AUTHORIZATION.VOIDED", allowed)
        return allowed

    def _refund(self, name: str, said: dict[str, Any]) -> dict[str, Any]:
        order, capture = self._with("captures", name)
        payments = _unit(order)["payments"]
        before = sum(Decimal(one["amount"]["value"]) for one in payments.get("refunds", ()))
        whole, amount = Decimal(capture["amount"]["value"]), Decimal(said["amount"]["value"])
        if before == whole:
            raise Refusal("CAPTURE_FULLY_REFUNDED")
        if said["amount"]["currency_code"] != capture["amount"]["currency_code"]:
            raise Refusal("CURRENCY_MISMATCH")
        if before + amount > whole:
            raise Refusal("REFUND_AMOUNT_EXCEEDED")
        refund = {**self._part("R", order, said["amount"]), "status": "PENDING" if self.slow_refunds else "COMPLETED"}
        del refund["supplementary_data"]  # It says what it is a refund of by a link alone.
        refund["links"] = [{"rel": "up", "href": f"{self.url}/v2/payments/captures/{capture['id']}"}]
        payments.setdefault("refunds", []).append(refund)
        capture["status"] = "REFUNDED" if before + amount == whole else "PARTIALLY_REFUNDED"
        self._tell("PAYMENT.CAPTURE.REFUNDED", refund)
        return refund

    def _payout(self, said: dict[str, Any]) -> dict[str, Any]:
        batch = said["sender_batch_header"]["sender_batch_id"]
        for name, payout in self.payouts.items():
            if payout["batch_header"]["sender_batch_header"]["sender_batch_id"] == batch:
                href = f"{self.url}/v1/payments/payouts/{name}"
                detail = {"field": "SENDER_BATCH_ID", "issue": "Batch with given sender_batch_id already exists"}
                body = {"name": "USER_BUSINESS_ERROR", "details": [{**detail, "link": [{"rel": "self", "href": href}]}]}
                raise Refusal("USER_BUSINESS_ERROR", 400, **body)
        name = self._named("PO")
        header = {"payout_batch_id": name, "batch_status": "SUCCESS", "sender_batch_header": {"sender_batch_id": batch}}
        item = {"payout_item": said["items"][0], "transaction_status": "SUCCESS"}
        self.payouts[name] = {"batch_header": header, "items": [item]}
        self._tell("PAYMENT.PAYOUTSBATCH.SUCCESS", {"batch_header": header})
        return {"batch_header": {**header, "batch_status": "PENDING"}}

    def _part(self, kind: str, order: dict[str, Any], amount: Mapping[str, str]) -> dict[str, Any]:
        return {
            "id": self._named(kind),
            "amount": amount,
            "custom_id": _unit(order)["custom_id"],
            "supplementary_data": {"related_ids": {"order_id": order["id"]}},
        }

    def _order_named(self, name: str) -> dict[str, Any]:
        if name not in self.orders:
            raise Refusal("INVALID_RESOURCE_ID", 404)
        return self.orders[name]

    def _with(self, part: str, name: str) -> tuple[dict[str, Any], dict[str, Any]]:
        for order in self.orders.values():
            for one in _unit(order)["payments"].get(part, ()):
                if one["id"] == name:
                    return order, one
        raise Refusal("INVALID_RESOURCE_ID", 404)

    def _tell(self, type_: str, thing: dict[str, Any]) -> None:
        made = datetime.fromtimestamp(self.now(), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        resource = json.loads(json.dumps(thing))
        self.events.append({"id": self._named("WH"), "event_type": type_, "create_time": made, "resource": resource})

    def _named(self, kind: str) -> str:
        return f"{kind}-{next(self._numbers):012d}"


def _unit(order: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = order["purchase_units"][0]
    return found
