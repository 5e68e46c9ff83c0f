"""Reads what an identity provider has signed, and nothing else of the document that it came in.

A signature covers an element, not a document, and most attacks move the signed element to where nobody reads it. So the
document may hold one assertion only, whatever its namespace and however deep; the assertion is cut out and its
signature checked on it alone; and what is read afterwards is made of the very bytes that were digested.
"""

from __future__ import annotations

from collections.abc import Sequence

import lxml.etree
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from lxml.etree import QName, _Element  # pyright: ignore[reportPrivateUsage]
from signxml.algorithms import CanonicalizationMethod, DigestAlgorithm, SignatureMethod
from signxml.exceptions import SignXMLException
from signxml.verifier import SignatureConfiguration, VerifyResult, XMLVerifier

from adapters.saml import PROTOCOL, SAML, SIGNATURE
from application.providers import NotProven, Unreachable

DOCUMENT_BYTES_MAX = 256 * 1024
NODES_MAX = 10_000

_SIGNATURES = frozenset(
    {
        SignatureMethod.RSA_SHA256,
        SignatureMethod.RSA_SHA384,
        SignatureMethod.RSA_SHA512,
        SignatureMethod.SHA256_RSA_MGF1,
        SignatureMethod.SHA384_RSA_MGF1,
        SignatureMethod.SHA512_RSA_MGF1,
        SignatureMethod.ECDSA_SHA256,
        SignatureMethod.ECDSA_SHA384,
        SignatureMethod.ECDSA_SHA512,
    }
)
_DIGESTS = frozenset({DigestAlgorithm.SHA256, DigestAlgorithm.SHA384, DigestAlgorithm.SHA512})
_EXCLUSIVE = CanonicalizationMethod.EXCLUSIVE_XML_CANONICALIZATION_1_0.value
_ENVELOPED = "http://www.w3.org/2000/09/xmldsig#enveloped-signature"
_CONFIGURATION = SignatureConfiguration(
    require_x509=True,
    location="./",
    expect_references=1,
    signature_methods=_SIGNATURES,
    digest_algorithms=_DIGESTS,
    ignore_ambiguous_key_info=True,  # The key is the one we were given; what the message says of keys is not read.
)


def parsed(document: bytes) -> _Element:
    """The root of a document that holds elements and texts, and nothing that could be read in two ways."""
    if len(document) > DOCUMENT_BYTES_MAX:
        raise NotProven("the message is too long")
    try:
        text = document.decode("utf-8")
    except UnicodeDecodeError:
        raise NotProven("the message is not in UTF-8") from None
    if "<!" in text or "\x00" in text:  # Document types, entities, comments, CDATA: no provider needs any of them.
        raise NotProven("the message has declarations or comments in it")
    parser = lxml.etree.XMLParser(
        encoding="utf-8", resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, huge_tree=False
    )
    try:
        root = lxml.etree.fromstring(document, parser)
    except (lxml.etree.XMLSyntaxError, ValueError):
        raise NotProven("the message is not XML") from None
    information = root.getroottree().docinfo
    if information.internalDTD is not None or information.externalDTD is not None:
        raise NotProven("the message has declarations or comments in it")
    for number, node in enumerate(root.iter()):
        if not isinstance(node.tag, str):
            raise NotProven("the message has instructions or comments in it")
        if number > NODES_MAX:
            raise NotProven("the message is too long")
    return root


def signed_assertion(response: _Element, certificates: Sequence[str]) -> _Element:
    """The one assertion of a response, as it was signed."""
    if response.tag != f"{PROTOCOL}Response":
        raise NotProven("the message is not a response")
    assertion = _only_assertion(response)
    _check_ids(response)
    _check_shape(assertion)
    alone = lxml.etree.tostring(assertion)
    last: SignXMLException | None = None
    for pem in certificates:
        try:
            result: VerifyResult | list[VerifyResult] = XMLVerifier().verify(
                alone, x509_cert=_certificate(pem), expect_config=_CONFIGURATION, id_attribute="ID"
            )
        except SignXMLException as error:
            last = error
            continue
        except (ValueError, TypeError, lxml.etree.LxmlError, UnsupportedAlgorithm):
            raise NotProven("the signature cannot be read") from None
        read = None if isinstance(result, list) else result.signed_xml
        if read is None or read.tag != assertion.tag or read.get("ID") != assertion.get("ID"):
            raise NotProven("it is not the assertion that is signed")
        return read
    raise NotProven("the assertion is not signed by the provider") from last


def _only_assertion(response: _Element) -> _Element:
    named = [node for node in response.iter() if QName(node).localname in {"Assertion", "EncryptedAssertion"}]
    if any(QName(node).localname == "EncryptedAssertion" for node in named):
        raise NotProven("the assertion is encrypted, and we have given nobody a key to do so")
    if len(named) != 1:
        raise NotProven("there is not exactly one assertion")
    (assertion,) = named
    if assertion.tag != f"{SAML}Assertion" or assertion.getparent() is not response:
        raise NotProven("the assertion is not where it belongs")
    if sum(QName(node).localname == "Response" for node in response.iter()) != 1:
        raise NotProven("there is a response within the response")
    return assertion


def _check_ids(response: _Element) -> None:
    """No two elements have the same id, in whichever way it is written: a reference means one element."""
    ids = [
        value
        for node in response.iter()
        for name, value in node.attrib.items()
        if QName(str(name)).localname.lower() == "id"
    ]
    if len(set(ids)) < len(ids):
        raise NotProven("two elements have the same id")


def _check_shape(assertion: _Element) -> None:
    """One signature, over the element it stands in, in the only shape that SAML allows."""
    within = [node for node in assertion.iter() if node.tag == f"{SIGNATURE}Signature"]
    if len(within) != 1 or within[0].getparent() is not assertion:
        raise NotProven("the assertion has not exactly one signature")
    (signature,) = within
    if any(QName(node).localname in {"Object", "Manifest", "RetrievalMethod"} for node in signature.iter()):
        raise NotProven("the signature holds more than a signature")
    references = list(signature.iter(f"{SIGNATURE}Reference"))
    identity = assertion.get("ID")
    if len(references) != 1 or not identity or references[0].get("URI") != f"#{identity}":
        raise NotProven("the signature is about something else")
    transforms = [node.get("Algorithm") for node in references[0].iter(f"{SIGNATURE}Transform")]
    if transforms != [_ENVELOPED, _EXCLUSIVE]:
        raise NotProven("the signature changes what it signs")
    canonical = [node.get("Algorithm") for node in signature.iter(f"{SIGNATURE}CanonicalizationMethod")]
    if canonical != [_EXCLUSIVE]:
        raise NotProven("the signature changes what it signs")


def _certificate(pem: str) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificate(pem.encode())
    except ValueError:
        raise Unreachable("its certificate cannot be read") from None
