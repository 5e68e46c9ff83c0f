"""The port `Gateway` by PayPal. One account of ours is that of all tenants.

A method of payment is `paypal:` or `card:` and the id under which PayPal has it in its vault; `approval` sends the
payer to PayPal. An order that its payer has approved is not paid yet: whoever looks at it next has it paid.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from datetime import datetime, timedelta
from typing import Any, Literal, Self

import msgspec

from adapters.gateways.answers import inside, rows, text
from adapters.gateways.paypal_asking import Asking, Credentials, Said, short
from adapters.gateways.paypal_orders import (
    approval,
    batch_before,
    check_same,
    customer,
    kept,
    money_of,
    source,
    time_said,
    verb,
    whose,
)
from adapters.gateways.paypal_signed import Certificates
from adapters.gateways.paypal_words import (
    CAPTURE,
    MOVING,
    REASONS,
    about,
    amount,
    charged,
    custom,
    kind_of,
    link,
    money,
    refusal,
    transferred,
)
from adapters.gateways.signed import NOTICE_AGE_S_MAX, check_age
from application.gateways import Account, Charge, Charged, Dispute, Forged, Notice, Refunded, Refused, Transferred
from application.ledger import TenantId
from application.ports import Clock
from domain.money import Money

APPROVAL = "approval"
ORDERS = "/v2/checkout/orders"
EVENTS = "/v1/notifications/webhooks-events"
REFERRALS = "/v2/customer/partner-referrals"
PAYOUTS = "/v1/payments/payouts"
TOKENS = "/v3/vault/payment-tokens"
REMEMBERED = timedelta(days=30)
"""For how long PayPal knows of what it has told."""
PAGE = 100
_NOT_FOUND = 404


class PayPal:
    """Our account at PayPal."""

    name = "paypal"

    def __init__(  # noqa: PLR0913 — all it stands on
        self,
        credentials: Credentials,
        *,
        clock: Clock,
        public_url: str,
        age_s_max: int = NOTICE_AGE_S_MAX,
        tenant: TenantId | None = None,
        shared: tuple[Asking, Certificates] | None = None,
    ) -> None:
        self._credentials = credentials
        self._clock = clock
        self._public_url = public_url.rstrip("/")
        self._age_s_max = age_s_max
        self._tenant = tenant
        if shared is None:
            asking = Asking(credentials)
            shared = (asking, Certificates(asking))
        self._shared = shared
        self._asking, self._certificates = shared

    def within(self, tenant: TenantId) -> Self:
        """The same account, for one tenant."""
        return type(self)(
            self._credentials,
            clock=self._clock,
            public_url=self._public_url,
            age_s_max=self._age_s_max,
            tenant=tenant,
            shared=self._shared,
        )

    async def close(self) -> None:
        await self._asking.close()

    async def open_customer(self, person: str, key: str) -> str:
        # PayPal takes our own name for whom it keeps methods, and needs not be asked before.
        del key
        return customer(self._tenant, person)

    async def charge(self, charge: Charge) -> Charged:
        intent = "CAPTURE" if charge.capture else "AUTHORIZE"
        unit: dict[str, Any] = {"custom_id": custom(self._tenant, charge.payment), "amount": amount(charge.money)}
        if charge.description:
            unit["description"] = charge.description[:127]
        body: dict[str, Any] = {"intent": intent, "purchase_units": [unit]}
        by = await self._by(charge)
        if by is None:
            body["payment_source"] = approval(charge, self._public_url)
        order = await self._post(ORDERS, body, short(charge.key, "order"))
        made = order["purchase_units"][0]
        if (made.get("custom_id"), money(made["amount"]), order["intent"]) != (
            unit["custom_id"],
            charge.money,
            intent,
        ):
            raise Refused("gateway.key_reused", "this key belongs to something else that was asked")
        if by is None:
            return await self._paid(order)
        return await self._pay(order, by, charge)

    async def _by(self, charge: Charge) -> dict[str, Any] | None:
        """What is paid by; nothing, where the payer is sent to PayPal. What is kept for one pays for no other."""
        if charge.method == APPROVAL and not charge.away:
            return None
        found = source(charge)
        try:
            token = await self._asking.get(f"{TOKENS}/{charge.method.partition(':')[2]}")
        except Said as said:
            if said.status == _NOT_FOUND:
                raise Refused("gateway.method_unknown", "PayPal keeps no such method") from None
            raise refusal(said) from None
        if inside(token, "customer").get("merchant_customer_id") != charge.customer:
            raise Refused("gateway.method_unknown", "this is kept for somebody else")
        return found

    async def _pay(self, order: dict[str, Any], by: dict[str, Any], charge: Charge) -> Charged:
        """Pay an order by what the payer has left with PayPal."""
        path = f"{ORDERS}/{order['id']}/{verb(order)}"
        try:
            paid = await self._asking.post(path, {"payment_source": by}, short(charge.key, "pay"))
        except Said as said:
            if said.issue == "ORDER_ALREADY_CAPTURED":
                return await self.look(order["id"])
            if said.issue == "PAYER_ACTION_REQUIRED" and not charge.away:
                return await self.look(order["id"])
            if said.issue not in REASONS:
                raise refusal(said) from None
            return msgspec.structs.replace(
                charged(order), state="failed", reason=REASONS[said.issue], action=None, payment=charge.payment
            )
        told = charged(paid)
        return told if charge.customer is None else msgspec.structs.replace(told, kept=charge.method)

    async def capture(self, reference: str, money: Money, key: str) -> Charged:
        allowed = await self._part(reference, "authorizations", "this payment was not authorised")
        asked = {"amount": amount(money), "final_capture": True}
        said = await self._post(f"/v2/payments/authorizations/{allowed['id']}/capture", asked, key)
        check_same(said, money)
        return charged(await self._order(reference))

    async def void(self, reference: str, key: str) -> Charged:
        allowed = await self._part(reference, "authorizations", "what was not authorised lapses by itself")
        try:
            await self._asking.post(f"/v2/payments/authorizations/{allowed['id']}/void", {}, key)
        except Said as said:
            if said.issue != "PREVIOUSLY_VOIDED":
                raise refusal(said) from None
        return charged(await self._order(reference))

    async def refund(self, reference: str, money: Money, key: str) -> Refunded:
        taken = await self._part(reference, "captures", "this payment was not captured")
        said = await self._post(f"/v2/payments/captures/{taken['id']}/refund", {"amount": amount(money)}, key)
        check_same(said, money)
        if said["status"] == "PENDING":  # So it was when it was asked for: this may be long ago.
            said = await self._get(f"/v2/payments/refunds/{said['id']}")
        match said["status"]:
            case "COMPLETED":
                return Refunded(said["id"], "done", money)
            case "PENDING":
                return Refunded(said["id"], "pending", money)
            case other:
                return Refunded(said["id"], "failed", money, str(other).lower())

    async def look(self, reference: str) -> Charged:
        order = await self._order(reference)
        if self._tenant is not None and whose(order) != self._tenant:
            raise Refused("gateway.reference_unknown", "there is no such payment")
        return await self._paid(order)

    async def _paid(self, order: dict[str, Any]) -> Charged:
        """An order, and paid if its payer has approved it: they have agreed, and we have asked for it before."""
        if order["status"] == "APPROVED":
            try:
                key = short(str(order["id"]), "finish")
                order = await self._asking.post(f"{ORDERS}/{order['id']}/{verb(order)}", {}, key)
            except Said as said:
                if said.issue not in REASONS:
                    raise refusal(said) from None
                return msgspec.structs.replace(charged(order), state="failed", reason=REASONS[said.issue])
        return msgspec.structs.replace(charged(order), kept=kept(order))

    async def disputes(self, reference: str) -> Dispute | None:
        taken = await self._part(reference, "captures", "this payment was not captured")
        found = await self._get("/v1/customer/disputes", disputed_transaction_id=taken["id"])
        if not found.get("items"):
            return None
        said = await self._get(f"/v1/customer/disputes/{found['items'][0]['dispute_id']}")
        outcome = text(inside(said, "dispute_outcome"), "outcome_code")
        decided = said["status"] == "RESOLVED"
        lost = outcome in {"RESOLVED_BUYER_FAVOUR", "RESOLVED_WITH_PAYOUT", "ACCEPTED"}
        state: Literal["open", "won", "lost"] = "open" if not decided else "lost" if lost else "won"
        return Dispute(said["dispute_id"], state, money(said["dispute_amount"]), str(said.get("reason", "")).lower())

    async def open_account(self, creator: str, country: str, key: str) -> Account:
        # Where somebody lives they say at PayPal.
        del creator, country
        name = short(key, "account")
        tracking = name if self._tenant is None else f"{self._tenant}.{name}"
        return Account(tracking, enabled=False, wanting=("onboarding",), link=await self._referral(tracking))

    async def account(self, reference: str) -> Account:
        merchant = await self._merchant(reference)
        if merchant is None:
            return Account(reference, enabled=False, wanting=("onboarding",), link=await self._referral(reference))
        missing = tuple(
            name for name in ("primary_email_confirmed", "payments_receivable") if merchant.get(name) is not True
        )
        return Account(reference, enabled=not missing, wanting=missing)

    async def transfer(self, account: str, money: Money, key: str) -> Transferred:
        merchant = await self._merchant(account)
        if merchant is None or merchant.get("payments_receivable") is not True:
            raise Refused("gateway.account_not_enabled", "this account cannot be paid out to yet")
        batch = short(key)
        asked = amount(money)
        item = {
            "recipient_type": "PAYPAL_ID",
            "receiver": merchant["merchant_id"],
            "amount": {"currency": asked["currency_code"], "value": asked["value"]},
            "sender_item_id": batch,
        }
        body = {"sender_batch_header": {"sender_batch_id": batch}, "items": [item]}
        try:
            made = await self._asking.post(PAYOUTS, body, key)
        except Said as said:
            before = batch_before(said)
            if before is None:
                raise refusal(said) from None
            made = await self._get(f"{PAYOUTS}/{before}")
            if money_of(made) != money:
                raise Refused("gateway.key_reused", "this key belongs to something else that was asked") from None
        return transferred(made)

    async def transfer_of(self, key: str) -> Transferred | None:
        batch = short(key)
        async for event in self._events(self._clock.now() - REMEMBERED, "PAYMENT.PAYOUTSBATCH.*"):
            header = event["resource"]["batch_header"]
            if header["sender_batch_header"]["sender_batch_id"] == batch:
                return transferred(await self._get(f"{PAYOUTS}/{header['payout_batch_id']}"))
        return None

    async def since(self, moment: datetime) -> AsyncIterator[Charged]:
        seen: set[tuple[str, bool]] = set()
        async for event in self._events(moment):
            kind = kind_of(event["event_type"])
            reference = about(kind, event["event_type"], event["resource"])[0] if kind in MOVING else None
            if reference is None or (reference, kind == "dispute") in seen:
                continue
            order = await self._order(reference)
            new = {(reference, kind == "dispute"), (order["id"], kind == "dispute")}
            if (self._tenant is None or whose(order) == self._tenant) and not seen.intersection(new):
                yield msgspec.structs.replace(await self._paid(order), disputed=kind == "dispute")
            seen |= new

    async def healthy(self) -> None:
        await self._asking.token()

    async def whose(self, reference: str) -> TenantId | None:
        return whose(await self._order(reference))

    async def heard(self, raw: bytes, headers: Mapping[str, str]) -> Notice:
        now = self._clock.now()
        made = await self._certificates.check(raw, headers, now)
        check_age(made, now, self._age_s_max)
        try:
            event: dict[str, Any] = msgspec.json.decode(raw, type=dict[str, Any])
            name, type_ = str(event["id"]), str(event["event_type"])
            kind = kind_of(type_)
            reference, which = about(kind, type_, inside(event, "resource"))
        except (msgspec.MsgspecError, KeyError, AttributeError, IndexError, RecursionError):
            raise Forged("it is no event of PayPal's") from None
        return Notice(name, kind, reference, which.payment, made, raw, which.tenant)

    async def _events(self, moment: datetime, type_: str | None = None) -> AsyncIterator[dict[str, Any]]:
        """What PayPal has told, whether or not anybody heard it."""
        earliest = max(moment, self._clock.now() - REMEMBERED)
        asked: dict[str, Any] = {"start_time": time_said(earliest), "page_size": PAGE}
        if type_ is not None:
            asked["event_type"] = type_
        page = await self._get(EVENTS, **asked)
        while True:
            for event in rows(page, "events"):
                yield event
            more = link(page, "next")
            if more is None:
                return
            page = await self._get(more)

    async def _part(self, reference: str, part: str, missing: str) -> Mapping[str, Any]:
        """The authorisation or the capture of an order."""
        order = await self._order(reference)
        found = rows(inside(order["purchase_units"][0], "payments"), part)
        if not found:
            raise Refused("gateway.not_possible", missing)
        return found[-1]

    async def _order(self, reference: str) -> dict[str, Any]:
        """An order by its name, or by that of its capture, which is all that some notices say."""
        if reference.startswith(CAPTURE):
            capture = await self._get(f"/v2/payments/captures/{reference.removeprefix(CAPTURE)}")
            reference = text(inside(capture, "supplementary_data", "related_ids"), "order_id") or ""
        return await self._get(f"{ORDERS}/{reference}")

    async def _referral(self, tracking: str) -> str | None:
        """Where a creator says who they are. Each link that is asked for is a new one."""
        body = {
            "tracking_id": tracking,
            "operations": [
                {
                    "operation": "API_INTEGRATION",
                    "api_integration_preference": {
                        "rest_api_integration": {
                            "integration_method": "PAYPAL",
                            "integration_type": "THIRD_PARTY",
                            "third_party_details": {"features": ["PAYMENT", "REFUND"]},
                        }
                    },
                }
            ],
            "products": ["EXPRESS_CHECKOUT"],
            "legal_consents": [{"type": "SHARE_DATA_CONSENT", "granted": True}],
            "partner_config_override": {"return_url": self._public_url},
        }
        key = short(f"{tracking} {self._clock.now().timestamp()}", "referral")
        return link(await self._post(REFERRALS, body, key), "action_url")

    async def _merchant(self, tracking: str) -> dict[str, Any] | None:
        """Who a creator turned out to be at PayPal; None while they have not said."""
        place = f"/v1/customer/partners/{self._credentials.partner}/merchant-integrations"
        try:
            found = await self._asking.get(place, tracking_id=tracking)
            return await self._asking.get(f"{place}/{found['merchant_id']}")
        except Said as said:
            if said.status == _NOT_FOUND:
                return None
            raise refusal(said) from None

    async def _get(self, path: str, **query: Any) -> dict[str, Any]:
        try:
            return await self._asking.get(path, **query)
        except Said as said:
            raise refusal(said) from None

    async def _post(self, path: str, body: Mapping[str, Any], key: str) -> dict[str, Any]:
        try:
            return await self._asking.post(path, body, key)
        except Said as said:
            raise refusal(said) from None
