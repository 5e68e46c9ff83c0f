"""Reads what was signed as others would: by what is published about it, and by none of our own code."""

from __future__ import annotations

import gzip
import hashlib
import io
from base64 import urlsafe_b64decode
from pathlib import Path
from typing import Any

import msgspec
import pypdf
import pypdfium2  # type: ignore[import-untyped]
import zxingcpp
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.status import PdfSignatureStatus
from pyhanko_certvalidator import ValidationContext
from pyld import jsonld  # type: ignore[import-untyped]

CONTEXTS = {
    "https://www.w3.org/ns/credentials/v2": "credentials-v2.json",
    "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json": "open-badges-v3.json",
}
FOLDER = Path(__file__).parents[2] / "adapters/open_badges/contexts"
LETTERS = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"


def text_of(document: bytes) -> str:
    """The words on a PDF."""
    return " ".join("\n".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(document)).pages).split())


def code_on(document: bytes) -> str:
    """What the QR code says that is on the first page of a PDF, as a camera sees it."""
    page: Any = pypdfium2.PdfDocument(document)[0]
    (code,) = zxingcpp.read_barcodes(page.render(scale=3).to_pil())
    return code.text


def signature_of(document: bytes) -> PdfSignatureStatus:
    """What is to be said of the one signature in a PDF, where its own certificate is believed."""
    (signature,) = PdfFileReader(io.BytesIO(document)).embedded_signatures
    assert signature.signer_cert is not None
    return validate_pdf_signature(signature, ValidationContext(trust_roots=[signature.signer_cert]))


def holds(document: dict[str, Any]) -> bool:
    """Whether a credential was signed by the issuer that it names, and not altered since."""
    bare = {name: value for name, value in document.items() if name != "proof"}
    proof = {name: value for name, value in document["proof"].items() if name != "proofValue"}
    assert (proof["type"], proof["cryptosuite"]) == ("DataIntegrityProof", "eddsa-rdfc-2022")
    issuer = document["issuer"]
    named = issuer["id"] if isinstance(issuer, dict) else issuer  # pyright: ignore[reportUnknownVariableType]
    name, _, key = proof["verificationMethod"].partition("#")
    assert name == named == f"did:key:{key}"
    public = _bytes(key)
    assert public[:2] == b"\xed\x01"
    parts = ({"@context": bare["@context"], **proof}, bare)
    hashed = b"".join(hashlib.sha256(_canonical(part)).digest() for part in parts)
    try:
        Ed25519PublicKey.from_public_bytes(public[2:]).verify(_bytes(document["proof"]["proofValue"]), hashed)
    except InvalidSignature:
        return False
    return True


def is_revoked(badge: dict[str, Any], status_list: dict[str, Any]) -> bool:
    """What a status list says of a badge."""
    assert badge["credentialStatus"]["statusListCredential"] == status_list["id"]
    place = int(badge["credentialStatus"]["statusListIndex"])
    said = status_list["credentialSubject"]["encodedList"]
    assert said[0] == "u"
    bits = gzip.decompress(urlsafe_b64decode(said[1:] + "=" * (-len(said[1:]) % 4)))
    assert len(bits) * 8 >= 131_072
    return bool(bits[place // 8] >> (7 - place % 8) & 1)


def _bytes(text: str) -> bytes:
    assert text[0] == "z"
    number = 0
    for letter in text[1:]:
        number = number * 58 + LETTERS.index(letter)
    zeros = len(text[1:]) - len(text[1:].lstrip("1"))
    return bytes(zeros) + number.to_bytes((number.bit_length() + 7) // 8, "big")


def _canonical(document: dict[str, Any]) -> bytes:
    def load(url: str, options: dict[str, Any]) -> dict[str, Any]:
        del options
        found = msgspec.json.decode((FOLDER / CONTEXTS[url]).read_bytes())
        return {"contextUrl": None, "documentUrl": url, "document": found}

    options = {"algorithm": "URDNA2015", "format": "application/n-quads", "documentLoader": load}
    library: Any = jsonld
    return str(library.normalize(document, options)).encode()
