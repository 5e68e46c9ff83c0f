"""A SAML identity provider at the wire. What it says can be changed, before it is signed and after."""

from __future__ import annotations

import zlib
from base64 import b64decode, b64encode
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any
from uuid import uuid4
from xml.sax.saxutils import escape

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from lxml import etree
from lxml.etree import _Element  # pyright: ignore[reportPrivateUsage]
from signxml.algorithms import CanonicalizationMethod
from signxml.signer import XMLSigner

from application.providers import Registration
from tests.sso.wire import Answer, Asked, posted_on, served, told

ISSUER = "https://idp.school.test/metadata"
OURS = "https://annals.test/sso/saml"
NAMES = {
    "saml": "urn:oasis:names:tc:SAML:2.0:assertion",
    "samlp": "urn:oasis:names:tc:SAML:2.0:protocol",
    "ds": "http://www.w3.org/2000/09/xmldsig#",
}
PERSISTENT = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"

RESPONSE = """<samlp:Response xmlns:samlp="{samlp}" xmlns:saml="{saml}" ID="{response}" Version="2.0"
 IssueInstant="{now}" Destination="{recipient}" InResponseTo="{request}">
 <saml:Issuer>{issuer}</saml:Issuer>
 <samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:{status}"/></samlp:Status>{assertion}
</samlp:Response>"""

ASSERTION = """<saml:Assertion xmlns:saml="{saml}" ID="{id}" Version="2.0" IssueInstant="{now}">
 <saml:Issuer>{issuer}</saml:Issuer>
 <saml:Subject>
  <saml:NameID Format="{format}">{subject}</saml:NameID>
  <saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:{method}">
   <saml:SubjectConfirmationData InResponseTo="{request}" NotOnOrAfter="{until}" Recipient="{recipient}"/>
  </saml:SubjectConfirmation>
 </saml:Subject>
 <saml:Conditions NotBefore="{begins}" NotOnOrAfter="{until}">
  <saml:AudienceRestriction><saml:Audience>{audience}</saml:Audience></saml:AudienceRestriction>
 </saml:Conditions>
 <saml:AuthnStatement AuthnInstant="{now}" SessionIndex="{id}"><saml:AuthnContext>
  <saml:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport</saml:AuthnContextClassRef>
 </saml:AuthnContext></saml:AuthnStatement>
 <saml:AttributeStatement>{attributes}</saml:AttributeStatement>
</saml:Assertion>"""

ATTRIBUTE = '<saml:Attribute Name="{name}">{values}</saml:Attribute>'
VALUE = "<saml:AttributeValue>{value}</saml:AttributeValue>"


@cache
def key_and_certificate(name: str = "idp.school.test") -> tuple[RSAPrivateKey, str]:
    """A key, and the certificate it signed itself."""
    key = generate_private_key(65537, 2048)
    called = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(called)
        .issuer_name(called)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, SHA256())
    )
    return key, certificate.public_bytes(Encoding.PEM).decode()


def said_at(moment: datetime) -> str:
    """A time as SAML writes it."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def signed(element: _Element, key: RSAPrivateKey | None = None, certificate: str = "", **how: Any) -> _Element:
    """An element with a signature in it, after its issuer, as SAML wants it."""
    if key is None:
        key, certificate = key_and_certificate()
    place = etree.SubElement(element, f"{{{NAMES['ds']}}}Signature", {"Id": "placeholder"})
    element.insert(1, place)
    signer = XMLSigner(c14n_algorithm=CanonicalizationMethod.EXCLUSIVE_XML_CANONICALIZATION_1_0, **how)
    return signer.sign(element, key=key, cert=certificate, reference_uri=element.get("ID"), id_attribute="ID")


@dataclass
class SamlProvider:
    """One identity provider."""

    url: str = ""
    person: Mapping[str, tuple[str, ...]] = field(
        default_factory=lambda: {
            "mail": ("ada@school.test",),
            "displayName": ("Ada",),
            "eduPersonAffiliation": ("staff", "member"),
        }
    )
    subject: str = "subject-1"
    lets_in: bool = True
    values: Callable[[dict[str, str]], dict[str, str]] = lambda values: values
    """What becomes of what the assertion will say, before it is signed."""
    assertion: Callable[[_Element], _Element] = signed
    """How an assertion is signed."""
    response: Callable[[_Element], bytes] = etree.tostring
    """What becomes of the whole response."""
    comes_back: Callable[[dict[str, str]], dict[str, str]] = lambda said: said

    @property
    def registration(self) -> Registration:
        """How it and we know each other."""
        return Registration("saml", ISSUER, OURS, "", f"{self.url}/sso", (key_and_certificate()[1],))

    def answer(self, asked: Asked) -> Answer:
        """What it answers a request."""
        if asked.path != "/sso" or "SAMLRequest" not in asked.query:
            return told({"error": "not found"}, 404)
        request = etree.fromstring(zlib.decompress(b64decode(asked.query["SAMLRequest"]), wbits=-15))
        if request.tag != f"{{{NAMES['samlp']}}}AuthnRequest" or request.get("Destination") != f"{self.url}/sso":
            return told({"error": "not for us"}, 400)
        issuer = request.findtext("saml:Issuer", namespaces=NAMES)
        callback = request.get("AssertionConsumerServiceURL", "")
        document = self.say(request.get("ID", ""), callback, issuer or "")
        said = {"SAMLResponse": b64encode(document).decode(), "RelayState": asked.query.get("RelayState", "")}
        return posted_on(callback, self.comes_back(said))

    def say(self, request: str, recipient: str, audience: str, now: datetime | None = None) -> bytes:
        """A response to a request."""
        moment = now or datetime.now(UTC)
        values = self.values(
            {
                **NAMES,
                "id": f"_{uuid4().hex}",
                "response": f"_{uuid4().hex}",
                "now": said_at(moment),
                "begins": said_at(moment - timedelta(seconds=5)),
                "until": said_at(moment + timedelta(minutes=5)),
                "issuer": ISSUER,
                "subject": escape(self.subject),
                "format": PERSISTENT,
                "method": "bearer",
                "request": request,
                "recipient": recipient,
                "audience": audience,
                "status": "Success" if self.lets_in else "Responder",
                "attributes": "".join(
                    ATTRIBUTE.format(name=name, values="".join(VALUE.format(value=escape(one)) for one in said))
                    for name, said in self.person.items()
                ),
            }
        )
        assertion = ""
        if self.lets_in:
            made = self.assertion(etree.fromstring(ASSERTION.format(**values)))
            assertion = etree.tostring(made).decode()
        return self.response(etree.fromstring(RESPONSE.format(**{**values, "assertion": assertion})))


@contextmanager
def saml(**changes: Any) -> Generator[SamlProvider]:
    """An identity provider, running."""
    provider = SamlProvider(**changes)
    with served(provider.answer) as url:
        provider.url = url
        yield provider
