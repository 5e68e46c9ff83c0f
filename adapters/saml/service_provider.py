"""Asks identity providers to log people in, and describes us to them."""

from __future__ import annotations

import asyncio
import zlib
from base64 import b64decode, b64encode
from collections.abc import Mapping
from datetime import UTC, datetime

from lxml.etree import Element, SubElement, tostring

from adapters.oidc.relying_party import with_query
from adapters.saml import METADATA, POST, PROTOCOL, SAML
from adapters.saml.assertion import Expected, check_response, proof
from adapters.saml.signed import DOCUMENT_BYTES_MAX, parsed, signed_assertion
from adapters.web import Web
from application.providers import NotProven, Proof, Registration, Trip

_NAMES = {"saml": SAML[1:-1], "samlp": PROTOCOL[1:-1], "md": METADATA[1:-1]}


class ServiceProvider:
    """Logs people in through SAML. Only ever what we have asked for: a response to nothing is refused."""

    def __init__(self, web: Web) -> None:
        self._web = web

    async def way_to(self, provider: Registration, trip: Trip) -> str:
        """Where to send the browser, with our request in the URL."""
        self._web.checked(provider.sign_in_url)
        request = Element(
            f"{PROTOCOL}AuthnRequest",
            {
                "ID": request_id(trip),
                "Version": "2.0",
                "IssueInstant": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
                "Destination": provider.sign_in_url,
                "AssertionConsumerServiceURL": trip.callback,
                "ProtocolBinding": POST,
            },
            nsmap={name: _NAMES[name] for name in ("saml", "samlp")},
        )
        SubElement(request, f"{SAML}Issuer").text = provider.client_id
        SubElement(request, f"{PROTOCOL}NameIDPolicy", {"AllowCreate": "true"})
        deflate = zlib.compressobj(wbits=-15)
        packed = deflate.compress(tostring(request)) + deflate.flush()
        asked = {"SAMLRequest": b64encode(packed).decode(), "RelayState": trip.state}
        return with_query(provider.sign_in_url, asked)

    async def who_came(self, provider: Registration, trip: Trip, said: Mapping[str, str], now: datetime) -> Proof:
        """Who it is that came back."""
        response = said.get("SAMLResponse", "")
        if not response or len(response) > DOCUMENT_BYTES_MAX * 2:
            raise NotProven("there is no response, or it is too long")
        try:
            document = b64decode("".join(response.split()), validate=True)
        except ValueError:
            raise NotProven("the response is not in base64") from None
        expected = Expected(provider.issuer, provider.client_id, trip.callback, request_id(trip), now)
        return await asyncio.to_thread(_read, document, provider, expected)

    def description(self, provider: Registration, callback: str) -> bytes:
        """Our metadata."""
        described = Element(f"{METADATA}EntityDescriptor", {"entityID": provider.client_id}, nsmap={"md": _NAMES["md"]})
        role = SubElement(
            described,
            f"{METADATA}SPSSODescriptor",
            {
                "AuthnRequestsSigned": "false",
                "WantAssertionsSigned": "true",
                "protocolSupportEnumeration": _NAMES["samlp"],
            },
        )
        for kind in ("2.0:nameid-format:persistent", "1.1:nameid-format:emailAddress"):
            SubElement(role, f"{METADATA}NameIDFormat").text = f"urn:oasis:names:tc:SAML:{kind}"
        SubElement(
            role,
            f"{METADATA}AssertionConsumerService",
            {"Binding": POST, "Location": callback, "index": "0", "isDefault": "true"},
        )
        return tostring(described, xml_declaration=True, encoding="utf-8")


def request_id(trip: Trip) -> str:
    """What our request is called, and what an assertion must be in response to."""
    return f"_{trip.id}"


def _read(document: bytes, provider: Registration, expected: Expected) -> Proof:
    response = parsed(document)
    check_response(response, expected)
    return proof(signed_assertion(response, provider.certificates), expected)
