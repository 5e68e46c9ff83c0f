"""Signatures in documents (PAdES), by pyHanko."""

from __future__ import annotations

import hashlib
import io
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from asn1crypto import keys as asn1_keys  # type: ignore[import-untyped]
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import fields, signers
from pyhanko_certvalidator.registry import SimpleCertificateStore

from adapters.blind import derived, key_bytes

FIELD = "Certificate"
VALID_FROM = datetime(2026, 1, 1, tzinfo=UTC)
VALID_UNTIL = datetime(2056, 1, 1, tzinfo=UTC)


class PadesSigner:
    """Signs documents by one key, with the certificate that says whose it is."""

    def __init__(self, signer: signers.SimpleSigner) -> None:
        self._signer = signer

    def signed(self, document: bytes, reason: str) -> bytes:
        writer = IncrementalPdfFileWriter(io.BytesIO(document))
        metadata = signers.PdfSignatureMetadata(
            field_name=FIELD, reason=reason, md_algorithm="sha256", subfilter=fields.SigSeedSubFilter.PADES
        )
        out = io.BytesIO()
        signers.sign_pdf(writer, metadata, self._signer, output=out)
        return out.getvalue()


def of_our_own(vault_key: str) -> PadesSigner:
    """Who has no certificate signs by one of their own making: it shows that nothing was altered, and not by whom.

    The key follows from the vault's, so every process has the same, and there is nothing more to keep.
    """
    number = int.from_bytes(derived(key_bytes(vault_key), "signatures in documents"), "big")
    key = ec.derive_private_key(number % (2**255), ec.SECP256R1())
    named = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Annals")])
    public = key.public_key()
    spoken = public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    usage = x509.KeyUsage(
        digital_signature=True,
        content_commitment=True,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
    certificate = (
        x509.CertificateBuilder()
        .subject_name(named)
        .issuer_name(named)
        .public_key(public)
        .serial_number(int.from_bytes(hashlib.sha256(spoken).digest()[:16], "big"))
        .not_valid_before(VALID_FROM)
        .not_valid_after(VALID_UNTIL)
        .add_extension(usage, critical=True)
        .sign(key, hashes.SHA256(), ecdsa_deterministic=True)
    )
    kept = key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    of_certificates: Any = asn1_x509
    of_keys: Any = asn1_keys
    return PadesSigner(
        signers.SimpleSigner(
            signing_cert=of_certificates.Certificate.load(certificate.public_bytes(serialization.Encoding.DER)),
            signing_key=of_keys.PrivateKeyInfo.load(kept),
            cert_registry=SimpleCertificateStore(),  # type: ignore[no-untyped-call]
        )
    )


def of_a_file(path: Path, password: str) -> PadesSigner:
    """Sign with a key and a certificate that somebody gave us, as PKCS #12."""
    library: Any = signers
    signer: signers.SimpleSigner | None = library.SimpleSigner.load_pkcs12(
        str(path), passphrase=password.encode() or None
    )
    if signer is None:
        raise ValueError(f"{path} cannot be read as PKCS #12 with this password")
    return PadesSigner(signer)
