"""Assertions that prove nothing: altered, unsigned, stale, meant for others, wrapped."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial

import msgspec
import pytest
from lxml import etree
from lxml.etree import _Element  # pyright: ignore[reportPrivateUsage]
from signxml.algorithms import DigestAlgorithm, SignatureMethod
from signxml.signer import XMLSigner

from adapters.identity_providers import IdentityProviders
from adapters.saml.service_provider import request_id
from application.providers import NotProven, Proof, Unreachable
from tests.proves import proves
from tests.sso.saml_provider import NAMES, OURS, SamlProvider, key_and_certificate, said_at, signed
from tests.sso.trips import CALLBACK, trip
from tests.sso.wrapping import SAML, SIGNATURE, WRAPPINGS

NOW = datetime.now(UTC)


async def came(
    provider: SamlProvider, now: datetime | None = None, certificates: tuple[str, ...] | None = None
) -> Proof:
    """Who came back, with what this provider says to a request of ours."""
    way = trip()
    document = provider.say(request_id(way), CALLBACK, OURS)
    registration = provider.registration
    if certificates is not None:
        registration = msgspec.structs.replace(registration, certificates=certificates)
    said = {"SAMLResponse": b64encode(document).decode()}
    return await IdentityProviders().who_came(registration, way, said, now or datetime.now(UTC))


def values(**changes: str) -> SamlProvider:
    """A provider that says other things, and signs them."""
    return SamlProvider(values=lambda said: {**said, **changes})


async def test_an_assertion_says_who_and_what() -> None:
    now = datetime.now(UTC)
    proof = await came(SamlProvider())
    assert (proof.subject, proof.address, proof.name) == ("subject-1", "ada@school.test", "Ada")
    assert proof.attributes["eduPersonAffiliation"] == ("staff", "member")
    assert proof.until is not None
    assert now + timedelta(minutes=5) < proof.until < now + timedelta(minutes=7)


def said(element: _Element, path: str) -> _Element:
    found = element.find(path, NAMES)
    assert found is not None
    return found


def text_altered(response: _Element) -> bytes:
    said(response, "saml:Assertion/saml:Subject/saml:NameID").text = "admin"
    return etree.tostring(response)


def role_added(response: _Element) -> bytes:
    value = said(response, ".//saml:AttributeValue")
    value.addnext(etree.fromstring(f'<saml:AttributeValue xmlns:saml="{NAMES["saml"]}">admin</saml:AttributeValue>'))
    return etree.tostring(response)


def signature_removed(response: _Element) -> bytes:
    assertion = said(response, "saml:Assertion")
    assertion.remove(said(assertion, "ds:Signature"))
    return etree.tostring(response)


def signature_emptied(response: _Element) -> bytes:
    said(response, ".//ds:SignatureValue").text = ""
    return etree.tostring(response)


def reference_emptied(response: _Element) -> bytes:
    said(response, ".//ds:Reference").set("URI", "")
    return etree.tostring(response)


def comment_in_the_name(response: _Element) -> bytes:
    return etree.tostring(response).replace(b"subject-1", b"subject<!-- -->-1")


def instruction_in_the_name(response: _Element) -> bytes:
    return etree.tostring(response).replace(b"subject-1", b"subject<?x y?>-1")


def element_in_the_name(response: _Element) -> bytes:
    return etree.tostring(response).replace(b"subject-1", b"subject<saml:x/>-1")


def entities(response: _Element) -> bytes:
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    return bomb + etree.tostring(response).replace(b"subject-1", b"&b;")


def outer_entity(response: _Element) -> bytes:
    declared = b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
    return declared + etree.tostring(response).replace(b"subject-1", b"&a;")


def outer_declarations(response: _Element) -> bytes:
    return b'<!DOCTYPE x SYSTEM "https://stranger.test/x.dtd">' + etree.tostring(response)


def in_utf_16(response: _Element) -> bytes:
    return etree.tostring(response, encoding="utf-16")


def stylesheet(response: _Element) -> bytes:
    transform = said(response, ".//ds:Transform")
    transform.set("Algorithm", "http://www.w3.org/TR/1999/REC-xslt-19991116")
    return etree.tostring(response)


def twice_the_same_id(response: _Element) -> bytes:
    response.set("ID", said(response, "saml:Assertion").get("ID", ""))
    return etree.tostring(response)


def failed(response: _Element) -> bytes:
    said(response, ".//samlp:StatusCode").set("Value", "urn:oasis:names:tc:SAML:2.0:status:Requester")
    return etree.tostring(response)


def attribute(name: str, value: str) -> Callable[[_Element], bytes]:
    def change(response: _Element) -> bytes:
        response.set(name, value)
        return etree.tostring(response)

    change.__name__ = f"{name}={value}"
    return change


RESPONSES = (
    text_altered,
    role_added,
    signature_removed,
    signature_emptied,
    reference_emptied,
    comment_in_the_name,
    instruction_in_the_name,
    element_in_the_name,
    entities,
    outer_entity,
    outer_declarations,
    in_utf_16,
    stylesheet,
    twice_the_same_id,
    failed,
    attribute("InResponseTo", "_another"),
    attribute("Destination", "https://other.test/callback"),
    attribute("Version", "1.1"),
)


@pytest.mark.parametrize("response", RESPONSES)
@proves("auth.sso_saml")
async def test_a_response_with(response: Callable[[_Element], bytes]) -> None:
    with pytest.raises(NotProven):
        await came(SamlProvider(response=response))


@pytest.mark.parametrize(
    "document", [b"", b"<", b"<x/>", b"\xff\xfe", b"not XML", b"<a>" * 200_000, b"<a>" + b"<b/>" * 20_000 + b"</a>"]
)
async def test_what_is_no_response(document: bytes) -> None:
    with pytest.raises(NotProven):
        await came(SamlProvider(response=lambda _: document))


@pytest.mark.parametrize("said", [{}, {"SAMLResponse": ""}, {"SAMLResponse": "%%%"}, {"SAMLResponse": "A" * 600_000}])
async def test_what_does_not_even_hold_one(said: dict[str, str]) -> None:
    with pytest.raises(NotProven):
        await IdentityProviders().who_came(SamlProvider().registration, trip(), said, NOW)


LATER, EARLIER = said_at(NOW + timedelta(days=1)), said_at(NOW - timedelta(minutes=10))

SIGNED_VALUES: dict[str, dict[str, str]] = {
    "expired": {"until": EARLIER},
    "not valid yet": {"begins": LATER},
    "no time": {"until": "whenever"},
    "a time in another zone": {"until": "2099-01-01T00:00:00+02:00"},
    "another audience": {"audience": "https://other.test"},
    "an audience that only begins like us": {"audience": f"{OURS}/more"},
    "another recipient": {"recipient": "https://other.test/callback"},
    "another request": {"request": "_another"},
    "another issuer": {"issuer": "https://other.test/metadata"},
    "another confirmation": {"method": "sender-vouches"},
    "an empty name": {"subject": ""},
    "a name with a line break": {"subject": "a&#10;b"},
    "a name that is too long": {"subject": "x" * 300},
    "a name for this visit": {"format": "urn:oasis:names:tc:SAML:2.0:nameid-format:transient"},
}


@pytest.mark.parametrize("what", SIGNED_VALUES)
@proves("auth.sso_saml")
async def test_an_assertion_with(what: str) -> None:
    with pytest.raises(NotProven):
        await came(values(**SIGNED_VALUES[what]))


def without(path: str) -> Callable[[_Element], _Element]:
    def change(assertion: _Element) -> _Element:
        element = said(assertion, path)
        parent = element.getparent()
        assert parent is not None
        parent.remove(element)
        return signed(assertion)

    change.__name__ = f"without {path}"
    return change


def with_the_session_over(assertion: _Element) -> _Element:
    said(assertion, "saml:AuthnStatement").set("SessionNotOnOrAfter", EARLIER)
    return signed(assertion)


def confirmed_from_later_on(assertion: _Element) -> _Element:
    said(assertion, ".//saml:SubjectConfirmationData").set("NotBefore", EARLIER)
    return signed(assertion)


def by_a_stranger(assertion: _Element) -> _Element:
    """With the stranger's certificate in it, as if that helped."""
    return signed(assertion, *key_and_certificate("stranger.test"))


def with_a_shared_secret(assertion: _Element) -> _Element:
    """The public certificate as the secret."""
    etree.SubElement(assertion, f"{SIGNATURE}Signature", {"Id": "placeholder"})
    signer = XMLSigner(signature_algorithm=SignatureMethod.HMAC_SHA256)
    return signer.sign(
        assertion, key=key_and_certificate()[1].encode(), reference_uri=assertion.get("ID"), id_attribute="ID"
    )


class _OldSigner(XMLSigner):
    """Signs with SHA-1, which the library has stopped doing."""

    def check_deprecated_methods(self) -> None:
        """It is what is wanted."""


def with_sha_1(digest: DigestAlgorithm, method: SignatureMethod, assertion: _Element) -> _Element:
    key, certificate = key_and_certificate()
    assertion.insert(1, etree.Element(f"{SIGNATURE}Signature", {"Id": "placeholder"}))
    signer = _OldSigner(
        signature_algorithm=method, digest_algorithm=digest, c14n_algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"
    )
    return signer.sign(assertion, key=key, cert=certificate, reference_uri=assertion.get("ID"), id_attribute="ID")


ASSERTIONS: tuple[Callable[[_Element], _Element], ...] = (
    without("saml:Issuer"),
    without("saml:Subject"),
    without(".//saml:NameID"),
    without("saml:Conditions"),
    without(".//saml:AudienceRestriction"),
    without(".//saml:SubjectConfirmation"),
    without(".//saml:SubjectConfirmationData"),
    without("saml:AuthnStatement"),
    with_the_session_over,
    confirmed_from_later_on,
    by_a_stranger,
    with_a_shared_secret,
    partial(with_sha_1, DigestAlgorithm.SHA1, SignatureMethod.RSA_SHA256),
    partial(with_sha_1, DigestAlgorithm.SHA256, SignatureMethod.RSA_SHA1),
)


@pytest.mark.parametrize("assertion", ASSERTIONS)
@proves("auth.sso_saml")
async def test_an_assertion_that_is(assertion: Callable[[_Element], _Element]) -> None:
    with pytest.raises(NotProven):
        await came(SamlProvider(assertion=assertion))


@pytest.mark.parametrize("number", WRAPPINGS)
@proves("auth.sso_saml")
async def test_a_wrapped_assertion_is_refused(number: int) -> None:
    wrapped: list[bytes] = []

    def wrap(response: _Element) -> bytes:
        wrapped.append(etree.tostring(WRAPPINGS[number](response)))
        return wrapped[-1]

    with pytest.raises(NotProven):
        await came(SamlProvider(response=wrap))
    assert b">admin<" in wrapped[0]
    assert b">subject-1<" in wrapped[0]


async def test_an_assertion_that_is_hidden_under_another_namespace_is_counted() -> None:
    def hide(response: _Element) -> bytes:
        assertion = said(response, "saml:Assertion")
        evil = etree.SubElement(response, "{urn:other}Assertion", {"ID": "_evil"})
        evil.text = assertion.tag if isinstance(assertion.tag, str) else ""
        return etree.tostring(response)

    with pytest.raises(NotProven, match="exactly one assertion"):
        await came(SamlProvider(response=hide))


async def test_an_encrypted_assertion_is_refused_with_its_reason() -> None:
    def encrypt(response: _Element) -> bytes:
        response.replace(said(response, "saml:Assertion"), etree.Element(f"{SAML}EncryptedAssertion"))
        return etree.tostring(response)

    with pytest.raises(NotProven, match="encrypted"):
        await came(SamlProvider(response=encrypt))


async def test_a_signature_around_the_whole_response_does_no_harm() -> None:
    proof = await came(SamlProvider(response=lambda response: etree.tostring(signed(response))))
    assert proof.subject == "subject-1"


async def test_a_signature_around_the_response_alone_is_not_one_of_the_assertion() -> None:
    def only_outside(response: _Element) -> bytes:
        assertion = said(response, "saml:Assertion")
        assertion.remove(said(assertion, "ds:Signature"))
        return etree.tostring(signed(response))

    with pytest.raises(NotProven, match="exactly one signature"):
        await came(SamlProvider(response=only_outside))


@pytest.mark.parametrize(
    "method", [SignatureMethod.RSA_SHA384, SignatureMethod.RSA_SHA512, SignatureMethod.SHA256_RSA_MGF1]
)
async def test_other_strong_signatures_are_believed(method: SignatureMethod) -> None:
    proof = await came(SamlProvider(assertion=partial(signed, signature_algorithm=method)))
    assert proof.subject == "subject-1"


async def test_a_new_certificate_is_believed_beside_the_old_one() -> None:
    ours, stranger = key_and_certificate()[1], key_and_certificate("stranger.test")[1]
    assert (await came(SamlProvider(), certificates=(stranger, ours))).subject == "subject-1"
    for certificates in ((stranger,), ()):
        with pytest.raises(NotProven, match="not signed"):
            await came(SamlProvider(), certificates=certificates)
    with pytest.raises(Unreachable, match="certificate"):
        await came(SamlProvider(), certificates=("not a certificate",))


async def test_clocks_may_be_apart_a_little() -> None:
    until = datetime.now(UTC) + timedelta(minutes=1)
    provider = values(until=said_at(until))
    assert (await came(provider, until + timedelta(seconds=20))).subject == "subject-1"
    with pytest.raises(NotProven):
        await came(provider, until + timedelta(seconds=40))


async def test_a_name_that_lasts_is_taken_rather_than_one_for_a_visit() -> None:
    lasting = "urn:oasis:names:tc:SAML:attribute:subject-id"
    provider = values(format="urn:oasis:names:tc:SAML:2.0:nameid-format:transient")
    provider.person = {lasting: ("ada@school.test",)}
    assert (await came(provider)).subject == "ada@school.test"


async def test_an_address_may_be_the_name() -> None:
    provider = values(format="urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress", subject="ada@school.test")
    provider.person = {"uid": ("ada",)}
    proof = await came(provider)
    assert (proof.address, proof.name) == ("ada@school.test", None)
