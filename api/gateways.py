"""Which gateways there are."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Mapping

from adapters.gateways.choosing import Choosing, ForAll
from adapters.gateways.sandbox import Sandbox
from adapters.gateways.sandbox_notices import Notices
from adapters.gateways.sandbox_store import Store
from api.settings import Settings
from application.ports import Clock, TenantSettings


def gateways_of(settings: Settings, clock: Clock, tenants: TenantSettings | None = None) -> Choosing:
    """Those that are set up. Which a tenant has chosen is known where `tenants` are."""
    return Choosing({name: _MADE[name](settings, clock) for name in settings.gateways_on}, tenants)


def _sandbox(settings: Settings, clock: Clock) -> Sandbox:
    secret = sandbox_secret(settings)
    store = Store(settings.sandbox_file)
    notices = Notices(store, secret, settings.sandbox_notices_url)
    return Sandbox(
        store,
        notices,
        secret=secret,
        clock=clock,
        public_url=settings.public_url,
        age_s_max=settings.notice_age_s_max,
    )


def sandbox_secret(settings: Settings) -> str:
    """What the processes of one run share, and nobody else has."""
    return hmac.new(settings.vault_key.encode(), b"sandbox", hashlib.sha256).hexdigest()


def _stripe(settings: Settings, clock: Clock) -> ForAll:
    from adapters.gateways import stripe  # noqa: PLC0415 — its SDK is large: only who uses it has it in memory

    who = stripe.Credentials(settings.stripe_key, settings.stripe_webhook_secrets, settings.stripe_url)
    return stripe.Stripe(who, clock=clock, public_url=settings.public_url, age_s_max=settings.notice_age_s_max)


def _paypal(settings: Settings, clock: Clock) -> ForAll:
    from adapters.gateways import paypal, paypal_asking  # noqa: PLC0415 — as with Stripe

    who = paypal_asking.Credentials(
        settings.paypal_client,
        settings.paypal_secret,
        settings.paypal_webhook,
        settings.paypal_partner,
        settings.paypal_url,
    )
    return paypal.PayPal(who, clock=clock, public_url=settings.public_url, age_s_max=settings.notice_age_s_max)


_MADE: Mapping[str, Callable[[Settings, Clock], ForAll]] = {"sandbox": _sandbox, "stripe": _stripe, "paypal": _paypal}
