"""What must hold of a response and its assertion before they prove anything."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta

from lxml.etree import _Element  # pyright: ignore[reportPrivateUsage]

from adapters.saml import PROTOCOL, SAML
from application.providers import NotProven, Proof
from domain.kernel import Value

CLOCKS_APART = timedelta(seconds=30)
TEXT_LENGTH_MAX = 500
SUBJECT_LENGTH_MAX = 255
VALUES_MAX = 200

_SUCCESS = "urn:oasis:names:tc:SAML:2.0:status:Success"
_BEARER = "urn:oasis:names:tc:SAML:2.0:cm:bearer"
_TRANSIENT = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient"
_ADDRESS = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress"
_TIME = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.\d+)?(?:Z|[+]00:00)")

SUBJECTS = ("urn:oasis:names:tc:SAML:attribute:subject-id", "urn:oasis:names:tc:SAML:attribute:pairwise-id")
"""Attributes that name a person for good. They say it better than a name that is made for one visit."""
ADDRESSES = (
    "mail",
    "email",
    "urn:oid:0.9.2342.19200300.100.1.3",
    "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress",
)
NAMES = (
    "displayName",
    "name",
    "urn:oid:2.16.840.1.113730.3.1.241",
    "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name",
)


class Expected(Value):
    """What we have asked, of whom, and who we are."""

    issuer: str
    audience: str
    recipient: str
    request: str
    now: datetime


def check_response(response: _Element, expected: Expected) -> None:
    """The envelope. It is not signed, so it can only make us refuse."""
    if response.get("Version") != "2.0":
        raise NotProven("the message is not of SAML 2.0")
    if response.get("InResponseTo") != expected.request:
        raise NotProven("the response is not to what was asked")
    if response.get("Destination", expected.recipient) != expected.recipient:
        raise NotProven("the response was meant for another place")
    issuer = response.find(f"{SAML}Issuer")
    if issuer is not None and _text(issuer) != expected.issuer:
        raise NotProven("the response is another provider's")
    codes = response.findall(f"{PROTOCOL}Status/{PROTOCOL}StatusCode")
    if [code.get("Value") for code in codes] != [_SUCCESS]:
        raise NotProven("the provider did not let them in")


def proof(assertion: _Element, expected: Expected) -> Proof:
    """Who it is, from an assertion that was signed."""
    if assertion.get("Version") != "2.0" or _text(_one(assertion, "Issuer")) != expected.issuer:
        raise NotProven("the assertion is another provider's")
    until = min(_confirmed_until(assertion, expected), _valid_until(assertion, expected))
    _check_login(assertion, expected)
    attributes = dict(_attributes(assertion))
    name = _one(_one(assertion, "Subject"), "NameID")
    kind = name.get("Format", "")
    lasting = [value for one in SUBJECTS for value in attributes.get(one, ())[:1]]
    if kind == _TRANSIENT and not lasting:
        raise NotProven("the provider names the person for this visit only")
    subject = lasting[0] if lasting else _text(name)
    if not 1 <= len(subject) <= SUBJECT_LENGTH_MAX or not subject.isprintable():
        raise NotProven("the provider's name for the person cannot be kept")
    address = _first(attributes, ADDRESSES) or (_text(name) if kind == _ADDRESS else None)
    return Proof(
        subject=subject,
        address=address,
        address_is_verified=False,
        name=_first(attributes, NAMES),
        attributes=attributes,
        message=assertion.get("ID"),
        until=until + CLOCKS_APART,
    )


def _confirmed_until(assertion: _Element, expected: Expected) -> datetime:
    """Whoever bears it is the subject: here, for what we asked, and not for long."""
    for confirmation in _one(assertion, "Subject").findall(f"{SAML}SubjectConfirmation"):
        data = confirmation.find(f"{SAML}SubjectConfirmationData")
        if confirmation.get("Method") != _BEARER or data is None or data.get("NotBefore") is not None:
            continue
        if data.get("Recipient") != expected.recipient or data.get("InResponseTo") != expected.request:
            continue
        until = _time(data.get("NotOnOrAfter"))
        if expected.now < until + CLOCKS_APART:
            return until
    raise NotProven("the assertion is not confirmed for us, for this sign-in, and for now")


def _valid_until(assertion: _Element, expected: Expected) -> datetime:
    conditions = _one(assertion, "Conditions")
    until = _time(conditions.get("NotOnOrAfter"))
    if not expected.now < until + CLOCKS_APART:
        raise NotProven("the assertion has expired")
    begins = conditions.get("NotBefore")
    if begins is not None and expected.now < _time(begins) - CLOCKS_APART:
        raise NotProven("the assertion is not valid yet")
    restrictions = conditions.findall(f"{SAML}AudienceRestriction")
    if not restrictions:
        raise NotProven("the assertion does not say whom it is for")
    for restriction in restrictions:
        if expected.audience not in [_text(one) for one in restriction.findall(f"{SAML}Audience")]:
            raise NotProven("the assertion is for someone else")
    return until


def _check_login(assertion: _Element, expected: Expected) -> None:
    statements = assertion.findall(f"{SAML}AuthnStatement")
    if not statements:
        raise NotProven("the assertion does not say that anyone logged in")
    for statement in statements:
        ends = statement.get("SessionNotOnOrAfter")
        if ends is not None and not expected.now < _time(ends) + CLOCKS_APART:
            raise NotProven("the login at the provider is over")


def _attributes(assertion: _Element) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Each attribute by its name, and by its friendly name as well."""
    for attribute in assertion.iterfind(f"{SAML}AttributeStatement/{SAML}Attribute"):
        values = tuple(
            _text(value)[:TEXT_LENGTH_MAX] for value in attribute.findall(f"{SAML}AttributeValue")[:VALUES_MAX]
        )
        for name in {attribute.get("Name"), attribute.get("FriendlyName")}:
            if name and values:
                yield name, values


def _first(attributes: Mapping[str, tuple[str, ...]], names: tuple[str, ...]) -> str | None:
    return next((attributes[name][0] for name in names if name in attributes and attributes[name][0]), None)


def _one(parent: _Element, name: str) -> _Element:
    found = parent.findall(f"{SAML}{name}")
    if len(found) != 1:
        raise NotProven(f"the assertion has not exactly one {name}")
    return found[0]


def _text(element: _Element) -> str:
    """All the text of an element that holds nothing but text."""
    if len(element):
        raise NotProven("there are elements where only text belongs")
    return (element.text or "").strip()


def _time(said: str | None) -> datetime:
    found = _TIME.fullmatch(said or "")
    try:
        return datetime.fromisoformat(found[1] if found else "").replace(tzinfo=UTC)
    except ValueError:
        raise NotProven("the assertion has no time where one belongs") from None
