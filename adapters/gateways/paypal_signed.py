"""Whether PayPal has written a notice: a signature with the key of a certificate that lies at PayPal."""

from __future__ import annotations

import binascii
import zlib
from base64 import b64decode
from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256

from adapters.gateways.paypal_asking import Asking
from application.gateways import Forged

HOSTS = frozenset({"api.paypal.com", "api-m.paypal.com", "api.sandbox.paypal.com", "api-m.sandbox.paypal.com"})
CERTIFICATES = "/v1/notifications/certs/"
CERTIFICATE_BYTES_MAX = 64 << 10
CERTIFICATES_MAX = 16
ALGORITHM = "SHA256withRSA"
_ID, _TIME, _SIGNATURE = "paypal-transmission-id", "paypal-transmission-time", "paypal-transmission-sig"
_URL, _ALGORITHM = "paypal-cert-url", "paypal-auth-algo"


class Certificates:
    """Checks signatures. A certificate is fetched once."""

    def __init__(self, asking: Asking) -> None:
        self._asking = asking
        self._known: dict[str, x509.Certificate] = {}

    async def check(self, raw: bytes, headers: Mapping[str, str], now: datetime) -> datetime:
        """When a notice was signed. Raises `Forged`, and `Unreachable` while the certificate cannot be had."""
        said = [headers.get(name, "") for name in (_ID, _TIME, _SIGNATURE, _URL)]
        if not all(said) or headers.get(_ALGORITHM) != ALGORITHM:
            raise Forged("it is not signed as PayPal signs")
        name, time, signature, url = said
        try:
            made = datetime.fromisoformat(time)
            signed = b64decode(signature, validate=True)
        except (ValueError, binascii.Error):
            raise Forged("its signature cannot be read") from None
        if made.tzinfo is None:
            raise Forged("its time is without an offset")
        certificate = await self._certificate(url)
        if not certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc:
            self._known.pop(url, None)
            raise Forged("its certificate is not valid now")
        key = certificate.public_key()
        text = f"{name}|{time}|{self._asking.credentials.webhook}|{zlib.crc32(raw)}"
        try:
            if not isinstance(key, RSAPublicKey):
                raise Forged("its certificate is of another kind")
            key.verify(signed, text.encode(), PKCS1v15(), SHA256())
        except InvalidSignature:
            raise Forged("its signature is not of these bytes") from None
        return made.astimezone(UTC)

    async def _certificate(self, url: str) -> x509.Certificate:
        known = self._known.get(url)
        if known is not None:
            return known
        self._check_place(url)
        pem = await self._asking.bytes_at(url, CERTIFICATE_BYTES_MAX)
        try:
            found = x509.load_pem_x509_certificates(pem)[0]
        except (ValueError, IndexError):
            raise Forged("its certificate cannot be read") from None
        if len(self._known) >= CERTIFICATES_MAX:
            self._known.clear()
        self._known[url] = found
        return found

    def _check_place(self, url: str) -> None:
        """A certificate is believed for where it lies: anybody can write a header that names another place."""
        try:
            said, ours = urlsplit(url), urlsplit(self._asking.credentials.url)
        except ValueError:
            raise Forged("its certificate lies nowhere") from None
        at_paypal = said.scheme == "https" and said.netloc in HOSTS
        at_ours = (said.scheme, said.netloc) == (ours.scheme, ours.netloc)
        if not (at_paypal or at_ours) or not said.path.startswith(CERTIFICATES) or ".." in said.path:
            raise Forged("its certificate does not lie at PayPal")
