"""The port `Gateway` by Stripe, through its own library. One account of ours is that of all tenants.

Each payment carries whose it is and which of our payments it is, so that whatever is told of it later can be placed.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime
from typing import Any, Self

import msgspec
import stripe

from adapters.gateways.answers import inside, text
from adapters.gateways.signed import NOTICE_AGE_S_MAX, check_age
from adapters.gateways.stripe_words import (
    NEWS,
    amount,
    charged,
    dispute,
    kind_of,
    reference_in,
    refusal,
    tenant_in,
)
from application.gateways import Account, Charge, Charged, Dispute, Forged, Notice, Refunded, Refused, Transferred
from application.ledger import TenantId
from application.ports import Clock
from domain.kernel import Value
from domain.money import Money

HEADER = "stripe-signature"
ANSWER_S_MAX = 20.0
RETRIES = 2
"""How often the library asks again by itself, under the same key. Beyond that a job does, later."""
WITH_CHARGE = {"expand": ["latest_charge"]}


class Credentials(Value):
    """Who we are at Stripe. Each endpoint for notices has a secret; a new one is added before the old one goes."""

    key: str
    webhook_secrets: tuple[str, ...]
    url: str


class Stripe:
    """Our account at Stripe."""

    name = "stripe"

    def __init__(  # noqa: PLR0913 — all it stands on
        self,
        credentials: Credentials,
        *,
        clock: Clock,
        public_url: str,
        age_s_max: int = NOTICE_AGE_S_MAX,
        tenant: TenantId | None = None,
        client: stripe.StripeClient | None = None,
    ) -> None:
        self._credentials = credentials
        self._clock = clock
        self._public_url = public_url.rstrip("/")
        self._age_s_max = age_s_max
        self._tenant = tenant
        self._http = None if client is not None else stripe.HTTPXClient(timeout=ANSWER_S_MAX)
        self._client = client or stripe.StripeClient(
            credentials.key,
            base_addresses={"api": credentials.url},
            http_client=self._http,
            max_network_retries=RETRIES,
        )

    def within(self, tenant: TenantId) -> Self:
        """The same account, for one tenant."""
        return type(self)(
            self._credentials,
            clock=self._clock,
            public_url=self._public_url,
            age_s_max=self._age_s_max,
            tenant=tenant,
            client=self._client,
        )

    async def close(self) -> None:
        if self._http is not None:
            await self._http.close_async()  # type: ignore[no-untyped-call]

    async def open_customer(self, person: str, key: str) -> str:
        asked: Any = {"metadata": self._said(person=person)}
        try:
            made = await self._client.v1.customers.create_async(asked, _key(key))
        except stripe.StripeError as error:
            raise refusal(error) from error
        return made.id

    async def charge(self, charge: Charge) -> Charged:
        asked: Any = {
            "amount": amount(charge.money),
            "currency": charge.money.currency.lower(),
            "payment_method": charge.method,
            "capture_method": "automatic" if charge.capture else "manual",
            "confirm": True,
            "automatic_payment_methods": {"enabled": True},
            "return_url": self._public_url,
            "metadata": self._said(payment=charge.payment),
            **WITH_CHARGE,
        }
        if charge.description:
            asked["description"] = charge.description
        if charge.customer is not None:
            # Who is away is asked for nothing by their bank, which says no instead. Who is there is asked now, so that
            # the method may be charged later. Stripe takes no method that is kept for another customer.
            how = {"off_session": True} if charge.away else {"setup_future_usage": "off_session"}
            asked |= {"customer": charge.customer, **how}
        try:
            intent = await self._client.v1.payment_intents.create_async(asked, _key(charge.key))
        except stripe.CardError as error:
            tried = _of(error)
            if tried is None:
                raise refusal(error) from error
            return charged(tried)
        except stripe.StripeError as error:
            raise refusal(error) from error
        return charged(intent.to_dict())

    async def capture(self, reference: str, money: Money, key: str) -> Charged:
        asked: Any = {"amount_to_capture": amount(money), **WITH_CHARGE}
        try:
            intent = await self._client.v1.payment_intents.capture_async(reference, asked, _key(key))
        except stripe.StripeError as error:
            raise refusal(error) from error
        return charged(intent.to_dict())

    async def void(self, reference: str, key: str) -> Charged:
        try:
            intent = await self._client.v1.payment_intents.cancel_async(reference, {}, _key(key))
        except stripe.StripeError as error:
            raise refusal(error) from error
        return charged(intent.to_dict())

    async def refund(self, reference: str, money: Money, key: str) -> Refunded:
        # A key is answered as it was then, and after a day Stripe knows it no more: so we look for it first.
        asked: Any = {"payment_intent": reference, "amount": amount(money), "metadata": self._said(key=key)}
        try:
            refund = await self._refund_of(reference, key)
            if refund is None:
                refund = await self._client.v1.refunds.create_async(asked, _key(key))
        except stripe.InvalidRequestError as error:
            if error.param == "amount":
                raise Refused("gateway.refund_exceeds", error.user_message or "there is not so much left") from error
            raise refusal(error) from error
        except stripe.StripeError as error:
            raise refusal(error) from error
        if refund.amount != asked["amount"]:
            raise Refused("gateway.key_reused", "this key belongs to something else that was asked")
        match refund.status:
            case "succeeded":
                return Refunded(refund.id, "done", money)
            case "failed" | "canceled":
                return Refunded(refund.id, "failed", money, refund.to_dict().get("failure_reason") or "unknown")
            case _:
                return Refunded(refund.id, "pending", money)

    async def _refund_of(self, reference: str, key: str) -> stripe.Refund | None:
        asked: Any = {"payment_intent": reference, "limit": 100}
        found = await self._client.v1.refunds.list_async(asked)
        async for refund in found.auto_paging_iter():
            if text(inside(refund.to_dict(), "metadata"), "key") == key:
                return refund
        return None

    async def look(self, reference: str) -> Charged:
        intent = await self._intent(reference)
        if self._tenant is not None and tenant_in(intent) != self._tenant:
            raise Refused("gateway.reference_unknown", "there is no such payment")
        return charged(intent)

    async def disputes(self, reference: str) -> Dispute | None:
        try:
            found = await self._client.v1.disputes.list_async({"payment_intent": reference, "limit": 1})
        except stripe.StripeError as error:
            raise refusal(error) from error
        return dispute(found.data[0].to_dict()) if found.data else None

    async def open_account(self, creator: str, country: str, key: str) -> Account:
        asked: Any = {
            "type": "express",
            "country": country,
            "capabilities": {"transfers": {"requested": True}},
            "metadata": self._said(creator=creator),
        }
        try:
            made = await self._client.v1.accounts.create_async(asked, _key(key))
        except stripe.StripeError as error:
            raise refusal(error) from error
        return await self._account(made.to_dict())

    async def account(self, reference: str) -> Account:
        try:
            found = await self._client.v1.accounts.retrieve_async(reference)
        except stripe.PermissionError as error:
            # So Stripe says that an account is not one of ours.
            raise Refused("gateway.reference_unknown", "there is no such account") from error
        except stripe.StripeError as error:
            raise refusal(error) from error
        return await self._account(found.to_dict())

    async def transfer(self, account: str, money: Money, key: str) -> Transferred:
        asked: Any = {
            "amount": amount(money),
            "currency": money.currency.lower(),
            "destination": account,
            "transfer_group": key,
            "metadata": self._said(),
        }
        try:
            made = await self._client.v1.transfers.create_async(asked, _key(key))
        except stripe.StripeError as error:
            raise refusal(error) from error
        return _transferred(made.to_dict())

    async def transfer_of(self, key: str) -> Transferred | None:
        try:
            found = await self._client.v1.transfers.list_async({"transfer_group": key, "limit": 1})
        except stripe.StripeError as error:
            raise refusal(error) from error
        return _transferred(found.data[0].to_dict()) if found.data else None

    async def since(self, moment: datetime) -> AsyncIterator[Charged]:
        asked: Any = {"created": {"gte": int(moment.timestamp())}, "types": list(NEWS), "limit": 100}
        seen: set[str] = set()
        try:
            events = await self._client.v1.events.list_async(asked)
            async for event in events.auto_paging_iter():
                told = event.to_dict()
                reference = _intent_of(told)
                if reference is None or reference in seen:
                    continue
                seen.add(reference)
                intent = await self._intent(reference)
                if self._tenant is None or tenant_in(intent) == self._tenant:
                    yield charged(intent)
        except stripe.StripeError as error:
            raise refusal(error) from error

    async def healthy(self) -> None:
        try:
            await self._client.v1.balance.retrieve_async()
        except stripe.StripeError as error:
            raise refusal(error) from error

    async def whose(self, reference: str) -> TenantId | None:
        return tenant_in(await self._intent(reference))

    async def heard(self, raw: bytes, headers: Mapping[str, str]) -> Notice:
        made = self._checked(raw, headers.get(HEADER, ""))
        check_age(made, self._clock.now(), self._age_s_max)
        try:
            event: dict[str, Any] = msgspec.json.decode(raw, type=dict[str, Any])
            name, type_ = str(event["id"]), str(event["type"])
            thing = inside(event, "data", "object")
        except (msgspec.MsgspecError, KeyError, AttributeError, RecursionError):
            raise Forged("it is no event of Stripe's") from None
        kind = kind_of(type_)
        payment = text(inside(thing, "metadata"), "payment")
        return Notice(name, kind, reference_in(kind, thing), payment, made, raw, tenant_in(thing))

    def _checked(self, raw: bytes, header: str) -> datetime:
        """When it was signed. How old that is, is looked at by our own clock, and in both directions."""
        for secret in self._credentials.webhook_secrets:
            try:
                stripe.WebhookSignature.verify_header(raw, header, secret)
                said = next(part for part in header.split(",") if part.startswith("t="))
                return datetime.fromtimestamp(int(said[2:]), UTC)
            except stripe.SignatureVerificationError:
                continue
            except (ValueError, OverflowError, OSError):
                break
        raise Forged("it is not signed by Stripe for us")

    async def _intent(self, reference: str) -> dict[str, Any]:
        asked: Any = WITH_CHARGE
        try:
            intent = await self._client.v1.payment_intents.retrieve_async(reference, asked)
        except stripe.StripeError as error:
            raise refusal(error) from error
        return intent.to_dict()

    async def _account(self, said: Mapping[str, Any]) -> Account:
        enabled = said.get("payouts_enabled") is True and inside(said, "capabilities").get("transfers") == "active"
        wanting: tuple[str, ...] = tuple(inside(said, "requirements").get("currently_due") or ())
        if enabled:
            return Account(said["id"], enabled=True, wanting=wanting)
        asked: Any = {
            "account": said["id"],
            "type": "account_onboarding",
            "return_url": self._public_url,
            "refresh_url": self._public_url,
        }
        try:
            # A link is good once and for minutes, so each that is asked for is a new one.
            link = await self._client.v1.account_links.create_async(asked)
        except stripe.StripeError as error:
            raise refusal(error) from error
        return Account(said["id"], enabled=False, wanting=wanting, link=link.url)

    def _said(self, **more: str) -> dict[str, str]:
        return more if self._tenant is None else {"tenant": str(self._tenant), **more}


def _key(key: str) -> Any:
    return {"idempotency_key": key}


def _of(error: stripe.CardError) -> dict[str, Any] | None:
    """The payment that a card was refused for."""
    body: Any = error.json_body or {}
    return inside(body, "error", "payment_intent") or None


def _intent_of(event: Mapping[str, Any]) -> str | None:
    thing = event["data"]["object"]
    said = thing["id"] if event["type"].startswith("payment_intent.") else thing.get("payment_intent")
    return said if isinstance(said, str) else None


def _transferred(said: Mapping[str, Any]) -> Transferred:
    if said.get("reversed"):
        return Transferred(said["id"], "failed", "reversed")
    return Transferred(said["id"], "done")
