"""How PayPal says no, and how it signs what it tells."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from tests.stand_ins.wire import told


class Refusal(Exception):  # noqa: N818 — as PayPal says no
    def __init__(self, issue: str, status: int = 422, **more: Any) -> None:
        super().__init__(issue)
        detail = {"issue": issue, "description": issue.replace("_", " ").capitalize()}
        self.answer = told({"name": "UNPROCESSABLE_ENTITY", "details": [detail], **more}, status)


@cache
def pair() -> tuple[RSAPrivateKey, bytes]:
    """A key, and the certificate that PayPal would show for it."""
    key = generate_private_key(65537, 2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "messageverificationcerts.paypal.example")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=400))
        .sign(key, SHA256())
    )
    return key, made.public_bytes(Encoding.PEM)
