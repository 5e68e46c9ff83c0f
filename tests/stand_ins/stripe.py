"""Stripe, as docs.stripe.com says it behaves: only what a payment of ours asks of it, and that exactly.

Idempotency keys keep their answers and refuse other bodies; refunds never exceed the charge; notices are signed.
"""

from __future__ import annotations

import hashlib
import hmac
import itertools
import json
import re
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qsl

from tests.stand_ins.stripe_words import Refusal, invalid, listed, nested, of_card, positive, unexpected
from tests.stand_ins.wire import STATUS, Answer, Asked, Faults, Lost, served, told

KEY = "sk_test_stand_in"
SECRET = "whsec_stand_in"  # noqa: S105 — of nobody's account
DECLINES: Mapping[str, tuple[str, str]] = {
    "pm_card_chargeDeclined": ("card_declined", "generic_decline"),
    "pm_card_chargeDeclinedInsufficientFunds": ("card_declined", "insufficient_funds"),
    "pm_card_chargeDeclinedExpiredCard": ("expired_card", "expired_card"),
}
ASKS = "pm_card_authenticationRequired"
ASKS_ONCE = "pm_card_authenticationRequiredOnSetup"
METHODS = frozenset({*DECLINES, "pm_card_visa", ASKS, ASKS_ONCE, "pm_card_createDispute"})
"""The test methods of Stripe's documentation."""
LIST_MAX = 100


class StripeStandIn:
    """One account at Stripe."""

    def __init__(self) -> None:
        self.url = ""
        self.faults = Faults()
        self.things: dict[str, dict[str, Any]] = {}
        self.events: list[dict[str, Any]] = []
        self.writes: list[str] = []
        self.slow_refunds = False
        self.now: Callable[[], float] = time.time
        self._answers: dict[str, tuple[str, Answer | None]] = {}
        self._numbers = itertools.count(1)

    @contextmanager
    def open(self) -> Generator[StripeStandIn]:
        with served(self.answer) as self.url:
            yield self

    def answer(self, asked: Asked) -> Answer:
        if asked.path.startswith("/authorize/"):
            return self._authorized(asked.path.rpartition("/")[2])
        if asked.headers.get("authorization") != f"Bearer {KEY}":
            return Refusal(401, "invalid_request_error", "Invalid API Key provided").answer
        try:
            if asked.method == "GET":
                return told(self._read(asked.path, nested(list(asked.query.items()))))
            return self._written(asked)
        except Refusal as refusal:
            return refusal.answer

    def signed(self, event: Mapping[str, Any], at: float | None = None, secret: str = SECRET) -> tuple[bytes, str]:
        """An event as it is sent to an endpoint: the exact bytes, and the header Stripe-Signature."""
        raw = json.dumps(event, indent=2).encode()
        made = int(self.now() if at is None else at)
        code = hmac.new(secret.encode(), b"%d." % made + raw, hashlib.sha256).hexdigest()
        return raw, f"t={made},v1={code},v0={'0' * 64}"

    def hold(self, key: str) -> None:
        """Be still at work on what was asked under a key."""
        self._answers[key] = ("", None)

    def decide_dispute(self, reference: str, status: str) -> None:
        dispute = next(one for one in self._all("dispute") if one["payment_intent"] == reference)
        dispute["status"] = status
        self._tell("charge.dispute.closed", dispute)

    def finish_refunds(self) -> None:
        """The banks have done what was only promised."""
        for refund in self._all("refund"):
            refund["status"] = "succeeded"

    def onboard(self, reference: str) -> None:
        """A creator says everything that Stripe wants of them."""
        account = self.things[reference]
        account |= {"payouts_enabled": True, "details_submitted": True, "capabilities": {"transfers": "active"}}
        account["requirements"] = {"currently_due": []}
        self._tell("account.updated", account)

    def _written(self, asked: Asked) -> Answer:
        fault = self.faults.taken()
        if fault is not None and fault in STATUS:
            type_ = "rate_limit_error" if fault == "busy" else "api_error"
            return Refusal(STATUS[fault], type_, "Not now").answer
        answer = self._once(asked)
        if fault == "silent":
            raise Lost
        return answer

    def _once(self, asked: Asked) -> Answer:
        key = asked.headers.get("idempotency-key", "")
        digest = hashlib.sha256(asked.path.encode() + b"\0" + asked.raw).hexdigest()
        if key in self._answers:
            before, answer = self._answers[key]
            if answer is None:
                raise invalid("There is a request in progress", status=409, code="idempotency_key_in_use")
            if before != digest:
                raise Refusal(400, "idempotency_error", "Keys for idempotent requests can only be used with the same")
            return Answer(answer.status, answer.body, headers={"Idempotent-Replayed": "true"})
        self.writes.append(asked.path)
        try:
            answer = told(self._done(asked.path, nested(parse_qsl(asked.raw.decode(), keep_blank_values=True))))
        except Refusal as refusal:
            answer = refusal.answer
        if key:
            self._answers[key] = (digest, answer)
        return answer

    def _done(self, path: str, said: dict[str, Any]) -> dict[str, Any]:  # noqa: PLR0911 — a table
        match path.removeprefix("/v1/").split("/"):
            case ["customers"]:
                return self._keep({"id": self._named("cus"), "object": "customer", **said})
            case ["payment_intents"]:
                return self._intend(said)
            case ["payment_intents", name, "capture"]:
                return self._capture(self._thing("payment_intent", name), said)
            case ["payment_intents", name, "cancel"]:
                return self._cancel(self._thing("payment_intent", name))
            case ["refunds"]:
                return self._refund(said)
            case ["accounts"]:
                return self._open_account(said)
            case ["account_links"]:
                self._thing("account", said["account"])
                return {"object": "account_link", "url": f"{self.url}/setup/{self._named('link')}"}
            case ["transfers"]:
                return self._transfer(said)
            case _:
                raise invalid(f"Unrecognized request URL ({path})", status=404)

    def _read(self, path: str, said: dict[str, Any]) -> dict[str, Any]:  # noqa: PLR0911 — a table
        match path.removeprefix("/v1/").split("/"):
            case ["balance"]:
                return {"object": "balance", "available": []}
            case ["payment_intents", name]:
                return self._thing("payment_intent", name)
            case ["accounts", name]:
                return self._thing("account", name)
            case ["refunds"]:
                self._thing("payment_intent", said["payment_intent"])
                return listed(one for one in self._all("refund") if one["payment_intent"] == said["payment_intent"])
            case ["disputes"]:
                return listed(one for one in self._all("dispute") if one["payment_intent"] == said["payment_intent"])
            case ["transfers"]:
                return listed(one for one in self._all("transfer") if one["transfer_group"] == said["transfer_group"])
            case ["events"]:
                since, types = int(said["created"]["gte"]), set(said["types"].values())
                found = [one for one in reversed(self.events) if one["created"] >= since and one["type"] in types]
                names = [one["id"] for one in found]
                after = names.index(said["starting_after"]) + 1 if "starting_after" in said else 0
                # A short page shows whether whoever asks goes on to the next.
                return listed(found[after : after + 2], more=len(found) > after + 2, url="/v1/events")
            case _:
                raise invalid(f"Unrecognized request URL ({path})", status=404)

    def _intend(self, said: dict[str, Any]) -> dict[str, Any]:
        amount = positive(said, "amount")
        if not re.fullmatch("[a-z]{3}", said["currency"]):
            raise invalid("Invalid currency", param="currency")
        method = self._method(said["payment_method"], said.get("customer"))
        intent: dict[str, Any] = {
            "id": self._named("pi"),
            "object": "payment_intent",
            "amount": amount,
            "amount_received": 0,
            "currency": said["currency"],
            "capture_method": said["capture_method"],
            "metadata": said.get("metadata", {}),
            "payment_method": method["id"],
            "customer": said.get("customer"),
            "setup_future_usage": said.get("setup_future_usage"),
            "status": "requires_confirmation",
            "latest_charge": None,
            "last_payment_error": None,
            "next_action": None,
        }
        self.things[intent["id"]] = intent
        away = said.get("off_session") == "true"
        if method["does"] in DECLINES:
            self._decline(intent, *DECLINES[method["does"]])
        asks = method["does"] == ASKS or (method["does"] == ASKS_ONCE and method["customer"] is None)
        if asks and away:
            self._decline(intent, "authentication_required", "authentication_required")
        if asks:
            url = f"{self.url}/authorize/{intent['id']}"
            redirect = {"url": url, "return_url": said["return_url"]}
            intent |= {
                "status": "requires_action",
                "next_action": {"type": "redirect_to_url", "redirect_to_url": redirect},
            }
            return intent
        return self._pay(intent)

    def _keep(self, thing: dict[str, Any]) -> dict[str, Any]:
        self.things[thing["id"]] = thing
        return thing

    def _method(self, name: str, customer: str | None) -> dict[str, Any]:
        """A method: each time that one of the documentation is named, a new one. One of another customer is none."""
        if customer is not None and self.things.get(customer, {}).get("object") != "customer":
            raise invalid(f"No such customer: {customer!r}", code="resource_missing", param="customer")
        if name in METHODS:
            return self._keep({"id": self._named("pm"), "object": "payment_method", "does": name, "customer": None})
        found = self.things.get(name, {"object": None})
        if found["object"] != "payment_method" or found["customer"] not in {None, customer}:
            raise invalid(f"No such PaymentMethod: {name!r}", code="resource_missing", param="payment_method")
        return found

    def _decline(self, intent: dict[str, Any], code: str, decline_code: str) -> None:
        error = {"type": "card_error", "code": code, "decline_code": decline_code, "message": "Your card was declined."}
        intent |= {"status": "requires_payment_method", "last_payment_error": error}
        self._tell("payment_intent.payment_failed", intent)
        raise Refusal(402, **of_card(error), payment_intent=intent)

    def _pay(self, intent: dict[str, Any]) -> dict[str, Any]:
        intent["next_action"] = None
        if intent["setup_future_usage"] == "off_session":
            self.things[intent["payment_method"]]["customer"] = intent["customer"]
        charge = {
            "id": self._named("ch"),
            "object": "charge",
            "payment_intent": intent["id"],
            "amount": intent["amount"],
            "amount_refunded": 0,
            "disputed": False,
            "currency": intent["currency"],
            "metadata": intent["metadata"],
        }
        intent["latest_charge"] = charge
        if intent["capture_method"] == "manual":
            intent["status"] = "requires_capture"
            self._tell("payment_intent.amount_capturable_updated", intent)
        else:
            self._succeed(intent, intent["amount"])
        return intent

    def _succeed(self, intent: dict[str, Any], amount: int) -> None:
        intent |= {"status": "succeeded", "amount_received": amount}
        self._tell("payment_intent.succeeded", intent)
        if self.things[intent["payment_method"]]["does"] == "pm_card_createDispute":
            dispute: dict[str, Any] = {
                "id": self._named("dp"),
                "object": "dispute",
                "payment_intent": intent["id"],
                "amount": amount,
                "currency": intent["currency"],
                "reason": "fraudulent",
                "status": "needs_response",
                "metadata": {},
            }
            self.things[dispute["id"]] = dispute
            intent["latest_charge"]["disputed"] = True
            self._tell("charge.dispute.created", dispute)

    def _authorized(self, name: str) -> Answer:
        """The page of a bank, where the payer says yes."""
        intent = self.things[name]
        if intent["status"] == "requires_action":
            self._pay(intent)
        return Answer(200, b"Thank you.", "text/plain")

    def _capture(self, intent: dict[str, Any], said: dict[str, Any]) -> dict[str, Any]:
        if intent["status"] != "requires_capture":
            raise unexpected(intent, "captured")
        amount = int(said.get("amount_to_capture", intent["amount"]))
        if amount > intent["amount"]:
            raise invalid("more than the amount capturable", code="amount_too_large", param="amount_to_capture")
        self._succeed(intent, amount)
        return intent

    def _cancel(self, intent: dict[str, Any]) -> dict[str, Any]:
        if intent["status"] not in {"requires_capture", "requires_action", "requires_payment_method"}:
            raise unexpected(intent, "canceled")
        intent |= {"status": "canceled", "next_action": None}
        self._tell("payment_intent.canceled", intent)
        return intent

    def _refund(self, said: dict[str, Any]) -> dict[str, Any]:
        intent = self._thing("payment_intent", said["payment_intent"])
        if intent["status"] != "succeeded":
            raise invalid("This PaymentIntent does not have a successful charge to refund.")
        charge, amount = intent["latest_charge"], positive(said, "amount")
        left = intent["amount_received"] - charge["amount_refunded"]
        if left == 0:
            raise invalid("Charge has already been refunded.", code="charge_already_refunded")
        if amount > left:
            raise invalid("Refund amount is greater than unrefunded amount on charge", param="amount")
        charge["amount_refunded"] += amount
        refund: dict[str, Any] = {
            "id": self._named("re"),
            "object": "refund",
            "payment_intent": intent["id"],
            "amount": amount,
            "currency": intent["currency"],
            "status": "pending" if self.slow_refunds else "succeeded",
            "metadata": said.get("metadata", {}),
        }
        self.things[refund["id"]] = refund
        self._tell("charge.refunded", charge)
        return refund

    def _open_account(self, said: dict[str, Any]) -> dict[str, Any]:
        if not re.fullmatch("[A-Z]{2}", said["country"]):
            raise invalid("Country is not supported", code="country_unsupported", param="country")
        account: dict[str, Any] = {
            "id": self._named("acct"),
            "object": "account",
            "type": said["type"],
            "country": said["country"],
            "payouts_enabled": False,
            "capabilities": {"transfers": "inactive"},
            "requirements": {"currently_due": ["external_account", "individual.first_name"]},
            "metadata": said.get("metadata", {}),
        }
        self.things[account["id"]] = account
        return account

    def _transfer(self, said: dict[str, Any]) -> dict[str, Any]:
        account = self._thing("account", said["destination"])
        if account["capabilities"]["transfers"] != "active":
            raise invalid("Your destination account needs a capability", code="insufficient_capabilities_for_transfer")
        transfer: dict[str, Any] = {
            "id": self._named("tr"),
            "object": "transfer",
            "amount": positive(said, "amount"),
            "currency": said["currency"],
            "destination": account["id"],
            "transfer_group": said["transfer_group"],
            "reversed": False,
            "metadata": said.get("metadata", {}),
        }
        self.things[transfer["id"]] = transfer
        self._tell("transfer.created", transfer)
        return transfer

    def _thing(self, kind: str, name: str) -> dict[str, Any]:
        found = self.things.get(name)
        if found is None or found["object"] != kind:
            if kind == "account":
                raise Refusal(403, "invalid_request_error", "The provided key does not have access to account")
            raise invalid(f"No such {kind}: {name!r}", status=404, code="resource_missing", param="intent")
        return found

    def _all(self, kind: str) -> list[dict[str, Any]]:
        return [one for one in self.things.values() if one["object"] == kind]

    def _tell(self, type_: str, thing: dict[str, Any]) -> None:
        told_of = json.loads(json.dumps(thing))
        event = {"id": self._named("evt"), "object": "event", "type": type_, "data": {"object": told_of}}
        self.events.append({**event, "created": int(self.now()), "livemode": False})

    def _named(self, kind: str) -> str:
        return f"{kind}_{next(self._numbers):024d}"
