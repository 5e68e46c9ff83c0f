"""Passkeys, as browsers and authenticators speak of them (WebAuthn): what they are asked, and whether to believe them.

The person is always to be verified by the authenticator, so a passkey is two factors at once: what one has, and what
one knows or is.
"""

from __future__ import annotations

import json
import re
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

from application.authenticators import MadeKey, NewKey, Party, SignedChallenge, Unbelieved
from domain.kernel import PersonId

ALGORITHMS = [
    COSEAlgorithmIdentifier.EDDSA,
    COSEAlgorithmIdentifier.ECDSA_SHA_256,
    COSEAlgorithmIdentifier.RSASSA_PKCS1_v1_5_SHA_256,
]
TIMEOUT_MS = 300_000

LOCAL = "localhost"
"""The one name that browsers trust without TLS."""
PORT = re.compile(r":\d+$")


class WebAuthn:
    """The port `Authenticators`.

    Passkeys are kept for the hostname that the tenant is reached under, unless `domain` is a part of it that it shares
    with the pages of `origins`.
    """

    def __init__(self, domain: str = "", origins: Sequence[str] = ()) -> None:
        self._domain = domain
        self._origins = tuple(origins)

    def party(self, host: str) -> Party:
        name = host.rpartition(":")[0] if PORT.search(host) else host
        scheme = "http" if name == LOCAL or name.endswith(f".{LOCAL}") else "https"
        if self._domain and (name == self._domain or name.endswith(f".{self._domain}")):
            return Party(self._domain, (f"{scheme}://{host}", *self._origins))
        return Party(name, (f"{scheme}://{host}",))

    def ask_to_make(
        self, party: Party, challenge: str, person: PersonId, account: str, known: Sequence[str]
    ) -> dict[str, Any]:
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

    def ask_to_sign(self, party: Party, challenge: str) -> dict[str, Any]:
        options = webauthn.generate_authentication_options(
            rp_id=party.domain,
            challenge=challenge.encode(),
            timeout=TIMEOUT_MS,
            user_verification=UserVerificationRequirement.REQUIRED,
        )
        return options_to_json_dict(options)

    def challenge_of(self, answer: MadeKey | SignedChallenge) -> str:
        try:
            said = json.loads(base64url_to_bytes(answer.response.client_data_json))
            if said.get("crossOrigin"):
                raise Unbelieved("it was asked for within a page of somebody else's")
            return base64url_to_bytes(said["challenge"]).decode("ascii")
        except (ValueError, KeyError, TypeError, AttributeError):
            raise Unbelieved("it does not say to which challenge it is") from None

    def key_of(self, answer: MadeKey, party: Party, challenge: str) -> NewKey:
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

    def count_of(self, answer: SignedChallenge, party: Party, challenge: str, public_key: str, person: PersonId) -> int:
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
