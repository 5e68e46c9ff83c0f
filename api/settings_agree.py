"""What the settings have to agree on with each other, and what production asks of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from adapters.clamd import scanner
from adapters.letters.addresses import NotAnAddress, sender

if TYPE_CHECKING:
    from api.settings import Settings

DEVELOPMENT_KEY = "YW5uYWxzOiBrbm93biB3aGlsZSBkZXZlbG9waW5nLi4"
"""Known to everyone, so that processes started one by one agree while developing. Production refuses it."""
DEVELOPMENT_VAULT_KEY = "YW5uYWxzOiBmb3Igc2VhbGluZywgbm8gc2VjcmV0Li4"
"""As known, and refused by production as well."""

KEY_BYTES = 32


class BadSetting(Exception):  # noqa: N818 — it reads as what is wrong
    """A setting that stops the start, and why."""


SCHEMES = {
    "DATABASE_URL": ("postgresql", "postgres"),
    "OWNER_DATABASE_URL": ("postgresql", "postgres"),
    "APP_DATABASE_URL": ("postgresql", "postgres"),
    "PROJECTOR_DATABASE_URL": ("postgresql", "postgres"),
    "AUDITOR_DATABASE_URL": ("postgresql", "postgres"),
    "WITNESS_DATABASE_URL": ("postgresql", "postgres"),
    "NATS_URL": ("nats", "tls", "ws", "wss"),
    "BROKER_URL": ("amqp", "amqps", "redis", "rediss", "postgresql", "postgres"),
    "OTEL_EXPORTER_OTLP_ENDPOINT": ("http", "https"),
    "ANNALS_PUBLIC_URL": ("http", "https"),
    "FILES_URL": ("s3",),
    "STRIPE_URL": ("http", "https"),
    "PAYPAL_URL": ("http", "https"),
    "SANDBOX_NOTICES_URL": ("http", "https"),
}


def url_is_one(name: str, said: str) -> None:
    """Refuse a setting that is to be a URL, and is none of its kind."""
    schemes = SCHEMES.get(name)
    if not said or schemes is None:
        return
    # A URL may hold a password, so it is not repeated.
    try:
        scheme = urlsplit(said).scheme
    except ValueError:
        raise BadSetting(f"{name} is no URL that can be read") from None
    if scheme not in schemes:
        raise BadSetting(f"{name} begins with none of {', '.join(f'{one}://' for one in schemes)}")


NEEDS_A_HOST = ("mail_user", "mail_password", "mail_from")


def check(settings: Settings) -> None:
    """Half a mail server sends nothing, and would be found out by those who wait for a letter."""
    _check_scanner(settings.scanner)
    if settings.mail_host and not settings.mail_from:
        raise BadSetting("MAIL_FROM must be set where MAIL_HOST is")
    if bool(settings.mail_user) != bool(settings.mail_password):
        raise BadSetting("MAIL_USER and MAIL_PASSWORD go together: one of them is not set")
    if settings.mail_from:
        try:
            sender(settings.mail_from)
        except NotAnAddress as why:
            raise BadSetting(f"MAIL_FROM cannot be: {why}") from None


def _check_scanner(said: str) -> None:
    try:
        scanner(said)
    except ValueError as why:
        raise BadSetting(f"SCANNER cannot be: {why}") from None


def _check_mail_in_production(settings: Settings) -> None:
    if not settings.mail_host and any(getattr(settings, field) for field in NEEDS_A_HOST):
        raise BadSetting("MAIL_HOST must be set in production where MAIL_FROM or MAIL_USER is")
    if settings.mail_host and settings.mail_password and settings.mail_tls == "none":
        raise BadSetting("MAIL_TLS must not be none in production where there is a MAIL_PASSWORD")


def check_production(settings: Settings, environ: Mapping[str, str]) -> None:
    """Refuse what is good enough only while one develops."""
    if DEVELOPMENT_KEY in {settings.token_key, settings.token_key_before}:
        raise BadSetting("ANNALS_TOKEN_KEY must be set in production, and not to the key that everyone knows")
    if not environ.get("ANNALS_TOKEN_KEY") and len(environ.get("SECRET_KEY", "")) < KEY_BYTES:
        raise BadSetting(f"SECRET_KEY must have at least {KEY_BYTES} characters in production")
    if settings.vault_key == DEVELOPMENT_VAULT_KEY or DEVELOPMENT_VAULT_KEY in settings.vault_key_before:
        raise BadSetting("ANNALS_VAULT_KEY must be set in production, and not to the key that everyone knows")
    if settings.scanner == "nothing":
        raise BadSetting("SCANNER must not be nothing in production: files would be given to people as they came")
    if not settings.database_url:
        raise BadSetting("DATABASE_URL must be set in production")
    _check_mail_in_production(settings)
