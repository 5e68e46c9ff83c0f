"""The settings of those who move money for us."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from api.setting import setting
from api.settings_agree import BadSetting
from domain.kernel import Value

SANDBOX, STRIPE, PAYPAL = "sandbox", "stripe", "paypal"
ALL = (SANDBOX, STRIPE, PAYPAL)


class GatewaySettings(Value, kw_only=True):
    """Through whom money moves, and who we are there."""

    payment_gateways: Annotated[
        tuple[str, ...],
        setting(
            "PAYMENT_GATEWAYS",
            "who moves money: stripe, paypal, with commas between; the first is that of tenants which chose none. "
            "When empty nobody does, but while developing the sandbox plays it",
        ),
    ] = ()
    stripe_key: Annotated[str, setting("STRIPE_KEY", "the secret key of our account at Stripe; secret")] = ""
    stripe_webhook_secrets: Annotated[
        tuple[str, ...],
        setting("STRIPE_WEBHOOK_SECRETS", "the secret of each webhook endpoint at Stripe, with commas between; secret"),
    ] = ()
    stripe_url: Annotated[str, setting("STRIPE_URL", "where Stripe is asked")] = "https://api.stripe.com"
    paypal_client: Annotated[str, setting("PAYPAL_CLIENT", "the client id of our application at PayPal")] = ""
    paypal_secret: Annotated[str, setting("PAYPAL_SECRET", "the secret of PAYPAL_CLIENT; secret")] = ""
    paypal_webhook: Annotated[str, setting("PAYPAL_WEBHOOK", "the id of our webhook at PayPal")] = ""
    paypal_partner: Annotated[
        str, setting("PAYPAL_PARTNER", "our merchant id at PayPal, by which creators become partners of ours")
    ] = ""
    paypal_url: Annotated[
        str, setting("PAYPAL_URL", "where PayPal is asked; https://api-m.sandbox.paypal.com moves no money")
    ] = "https://api-m.paypal.com"
    notice_age_s_max: Annotated[
        int,
        setting("NOTICE_AGE_S_MAX", "a notice of a gateway that was signed longer ago is refused", ge=1, le=3600),
    ] = 300
    rate_limit_notice: Annotated[
        int, setting("RATE_LIMIT_NOTICE", "how many notices an address may send a minute", ge=1, le=10**12)
    ] = 3_000
    sandbox_file: Annotated[
        Path, setting("SANDBOX_FILE", "where the sandbox keeps payments: one file for all processes; not in production")
    ] = Path("data/sandbox.db")
    sandbox_notices_url: Annotated[
        str,
        setting("SANDBOX_NOTICES_URL", "where the sandbox sends its notices, as a gateway would; nowhere when empty"),
    ] = ""

    @property
    def gateways_on(self) -> tuple[str, ...]:
        """The gateways there are, the usual one first."""
        is_developed = getattr(self, "env", "production") == "development"
        return self.payment_gateways or ((SANDBOX,) if is_developed else ())


def check_gateways(settings: GatewaySettings) -> None:
    """Who lacks a key at a gateway is told when starting, and not by the first who pays."""
    for name in settings.payment_gateways:
        if name not in ALL:
            raise BadSetting(f"PAYMENT_GATEWAYS knows {', '.join(ALL)}, and not {name!r}")
        for needed in _NEEDED[name]:
            if not getattr(settings, needed.lower()):
                raise BadSetting(f"{needed} must be set where PAYMENT_GATEWAYS has {name}")


def check_gateways_in_production(settings: GatewaySettings) -> None:
    """What moves no money is no gateway."""
    if SANDBOX in settings.payment_gateways:
        raise BadSetting("PAYMENT_GATEWAYS must not have the sandbox in production: it moves no money")
    for name in ("STRIPE_URL", "PAYPAL_URL"):
        if not getattr(settings, name.lower()).startswith("https://"):
            raise BadSetting(f"{name} must begin with https:// in production")


_NEEDED = {
    SANDBOX: (),
    STRIPE: ("STRIPE_KEY", "STRIPE_WEBHOOK_SECRETS"),
    PAYPAL: ("PAYPAL_CLIENT", "PAYPAL_SECRET", "PAYPAL_WEBHOOK", "PAYPAL_PARTNER"),
}
