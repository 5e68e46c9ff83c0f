"""Passkeys, as browsers and authenticators speak of them (WebAuthn): what they are asked, and whether to believe them.

The person is always to be verified by the authenticator, so a passkey is two factors at once: what one has, and what
one knows or is.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import webauthn
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url, options_to_json_dict
from webauthn.helpers.cose import COSEAlgorithmIdentifier
from webauthn.helpers.structs import (
    AttestationConveyancePreference,
    AuthenticationCredential,
    AuthenticatorAssertionResponse,
    AuthenticatorAttestationResponse,
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    RegistrationCredential,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from domain.kernel import PersonId, Value

ALGORITHMS = [
    COSEAlgorithmIdentifier.EDDSA,
    COSEAlgorithmIdentifier.ECDSA_SHA_256,
    COSEAlgorithmIdentifier.RSASSA_PKCS1_v1_5_SHA_256,
]
TIMEOUT_MS = 300_000

_NAMES = {
    "client_data_json": "clientDataJSON",
    "attestation_object": "attestationObject",
    "authenticator_data": "authenticatorData",
    "user_handle": "userHandle",
}


class Unbelieved(Exception):  # noqa: N818 — it reads as what is wrong
    """An answer of an authenticator that is not believed, and why."""


class Party(Value):
    """Who we are to authenticators: the domain that passkeys are kept for, and whose pages may ask for them."""

    domain: str
    origins: tuple[str, ...]
    name: str = "Annals"


class Attestation(Value, rename=_NAMES):
    """What a browser says of a key that was made; more of it is not read."""

    client_data_json: str = ""
    attestation_object: str = ""
    transports: tuple[str, ...] = ()


class Assertion(Value, rename=_NAMES):
    """What a browser says of a challenge that was signed."""

    client_data_json: str = ""
    authenticator_data: str = ""
    signature: str = ""
    user_handle: str | None = None


class MadeKey(Value):
    """What `navigator.credentials.create()` gives, as `toJSON()` writes it."""

    id: str
    response: Attestation


class SignedChallenge(Value):
    """What `navigator.credentials.get()` gives, as `toJSON()` writes it."""

    id: str
    response: Assertion


class NewKey(Value):
    """A key that was made, and is believed."""

    credential: str
    public_key: str
    counter: int
    authenticator: str
    backed_up: bool


def asked_to_make(party: Party, challenge: str, person: PersonId, account: str, known: Sequence[str]) -> dict[str, Any]:
    """What `navigator.credentials.create()` takes. `known` are the keys the person has, so that none is made twice."""
    options = webauthn.generate_registration_options(
        rp_id=party.domain,
        rp_name=party.name,
        user_id=person.encode(),
        user_name=account,
        challenge=challenge.encode(),
        timeout=TIMEOUT_MS,
        attestation=AttestationConveyancePreference.NONE,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
        ),
        exclude_credentials=[PublicKeyCredentialDescriptor(id=base64url_to_bytes(one)) for one in known],
        supported_pub_key_algs=ALGORITHMS,
    )
    return options_to_json_dict(options)


def asked_to_sign(party: Party, challenge: str) -> dict[str, Any]:
    """What `navigator.credentials.get()` takes. No key is named: it says nothing of who has one."""
    options = webauthn.generate_authentication_options(
        rp_id=party.domain,
        challenge=challenge.encode(),
        timeout=TIMEOUT_MS,
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return options_to_json_dict(options)


def challenge_of(answer: MadeKey | SignedChallenge) -> str:
    """The challenge that an answer says it is to. Whether it was ours is for others to find out."""
    try:
        said = json.loads(base64url_to_bytes(answer.response.client_data_json))
        if said.get("crossOrigin"):
            raise Unbelieved("it was asked for within a page of somebody else's")
        return base64url_to_bytes(said["challenge"]).decode("ascii")
    except (ValueError, KeyError, TypeError, AttributeError):
        raise Unbelieved("it does not say to which challenge it is") from None


def believed_key(answer: MadeKey, party: Party, challenge: str) -> NewKey:
    """The key that was made for us, in answer to this challenge."""
    try:
        identity = base64url_to_bytes(answer.id)
        found = webauthn.verify_registration_response(
            credential=RegistrationCredential(
                id=answer.id,
                raw_id=identity,
                response=AuthenticatorAttestationResponse(
                    client_data_json=base64url_to_bytes(answer.response.client_data_json),
                    attestation_object=base64url_to_bytes(answer.response.attestation_object),
                ),
            ),
            expected_challenge=challenge.encode(),
            expected_rp_id=party.domain,
            expected_origin=list(party.origins),
            require_user_verification=True,
            supported_pub_key_algs=ALGORITHMS,
        )
    except Exception as no:  # noqa: BLE001 — it is theirs: however it breaks the reader, it is not believed
        raise Unbelieved(str(no) or type(no).__name__) from None
    if found.credential_id != identity:
        raise Unbelieved("it names another key than it has made")
    return NewKey(
        answer.id,
        bytes_to_base64url(found.credential_public_key),
        found.sign_count,
        found.aaguid,
        found.credential_backed_up,
    )


def believed_count(answer: SignedChallenge, party: Party, challenge: str, public_key: str, person: PersonId) -> int:
    """How often the key says it has signed, this challenge of ours included."""
    try:
        handle = None if answer.response.user_handle is None else base64url_to_bytes(answer.response.user_handle)
        found = webauthn.verify_authentication_response(
            credential=AuthenticationCredential(
                id=answer.id,
                raw_id=base64url_to_bytes(answer.id),
                response=AuthenticatorAssertionResponse(
                    client_data_json=base64url_to_bytes(answer.response.client_data_json),
                    authenticator_data=base64url_to_bytes(answer.response.authenticator_data),
                    signature=base64url_to_bytes(answer.response.signature),
                ),
            ),
            expected_challenge=challenge.encode(),
            expected_rp_id=party.domain,
            expected_origin=list(party.origins),
            credential_public_key=base64url_to_bytes(public_key),
            credential_current_sign_count=0,  # Whether it has grown is decided where it is kept.
            require_user_verification=True,
        )
    except Exception as no:  # noqa: BLE001 — it is theirs: however it breaks the reader, it is not believed
        raise Unbelieved(str(no) or type(no).__name__) from None
    if handle not in {None, person.encode()}:
        raise Unbelieved("it is somebody else's")
    return found.new_sign_count
