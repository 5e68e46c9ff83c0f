"""What is believed of an authenticator, and all that is not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal

import msgspec
import pytest

from adapters.webauthn import WebAuthn
from application.authenticators import MadeKey, Party, SignedChallenge, Unbelieved
from domain.kernel import PersonId
from tests.factors.authenticator import Authenticator, base64url, from_base64url

ADA, BEN = PersonId("0193f0f0-0000-7000-8000-00000000ada0"), PersonId("0193f0f0-0000-7000-8000-00000000be20")
WEB = WebAuthn()
PARTY = Party("localhost", ("http://localhost:8000",))
CHALLENGE = "challenge-of-ours"

both = pytest.mark.parametrize("algorithm", ["ES256", "EdDSA"])


def made(said: dict[str, Any]) -> MadeKey:
    return msgspec.convert(said, MadeKey)


def signed(said: dict[str, Any]) -> SignedChallenge:
    return msgspec.convert(said, SignedChallenge)


def registered(key: Authenticator) -> str:
    """Its public key, once it was made."""
    options = WEB.ask_to_make(PARTY, CHALLENGE, ADA, "ada@example.org", ())
    return WEB.key_of(made(key.make(options)), PARTY, CHALLENGE).public_key


@both
def test_a_key_is_made_and_signs(algorithm: Literal["ES256", "EdDSA"]) -> None:
    key = Authenticator(algorithm)
    options = WEB.ask_to_make(PARTY, CHALLENGE, ADA, "ada@example.org", ())
    answer = made(key.make(options))
    assert WEB.challenge_of(answer) == CHALLENGE
    new = WEB.key_of(answer, PARTY, CHALLENGE)
    assert (new.credential, new.counter, new.backed_up) == (base64url(key.identity), 1, True)
    said = signed(key.sign(WEB.ask_to_sign(PARTY, CHALLENGE)))
    assert WEB.count_of(said, PARTY, CHALLENGE, new.public_key, ADA) == 2


def test_what_authenticators_are_asked() -> None:
    options = WEB.ask_to_make(PARTY, CHALLENGE, ADA, "ada@example.org", (base64url(b"known"),))
    assert options["rp"] == {"name": "Annals", "id": "localhost"}
    assert from_base64url(options["user"]["id"]).decode() == ADA
    assert options["excludeCredentials"] == [{"id": base64url(b"known"), "type": "public-key"}]
    assert options["authenticatorSelection"]["residentKey"] == "required"
    assert options["authenticatorSelection"]["userVerification"] == "required"
    assert options["attestation"] == "none"
    asked = WEB.ask_to_sign(PARTY, CHALLENGE)
    assert (asked["rpId"], asked["userVerification"], asked["allowCredentials"]) == ("localhost", "required", [])


WRONG: dict[str, dict[str, Any]] = {
    "another origin": {"origin": "https://localhost.evil.example"},
    "another scheme": {"origin": "https://localhost:8000"},
    "another domain": {"domain": "evil.example"},
    "nobody verified": {"verifies": False},
}


@both
@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG.keys())
def test_a_wrong_key_is_not_believed(algorithm: Literal["ES256", "EdDSA"], wrong: dict[str, Any]) -> None:
    options = WEB.ask_to_make(PARTY, CHALLENGE, ADA, "ada@example.org", ())
    with pytest.raises(Unbelieved):
        WEB.key_of(made(replace(Authenticator(algorithm), **wrong).make(options)), PARTY, CHALLENGE)


@both
@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG.keys())
def test_a_wrong_signature_is_not_believed(algorithm: Literal["ES256", "EdDSA"], wrong: dict[str, Any]) -> None:
    key = Authenticator(algorithm)
    public = registered(key)
    said = signed(replace(key, **wrong).sign(WEB.ask_to_sign(PARTY, CHALLENGE)))
    with pytest.raises(Unbelieved):
        WEB.count_of(said, PARTY, CHALLENGE, public, ADA)


def test_what_is_to_another_challenge_or_of_another_key_or_person_is_not_believed() -> None:
    key, other = Authenticator(), Authenticator()
    public = registered(key)
    said = signed(key.sign(WEB.ask_to_sign(PARTY, CHALLENGE)))
    registered(other)
    for challenge, known, person in (
        ("another", public, ADA),
        (CHALLENGE, registered(other), ADA),
        (CHALLENGE, public, BEN),
    ):
        with pytest.raises(Unbelieved):
            WEB.count_of(said, PARTY, challenge, known, person)
    with pytest.raises(Unbelieved):
        WEB.key_of(made(Authenticator().make(WEB.ask_to_make(PARTY, "another", ADA, "ada", ()))), PARTY, CHALLENGE)


def test_a_page_within_another_is_not_believed() -> None:
    key = Authenticator(within=True)
    with pytest.raises(Unbelieved):
        WEB.challenge_of(made(key.make(WEB.ask_to_make(PARTY, CHALLENGE, ADA, "ada", ()))))


def test_an_answer_of_one_kind_is_none_of_the_other() -> None:
    key = Authenticator()
    public = registered(key)
    create = key.make(WEB.ask_to_make(PARTY, CHALLENGE, ADA, "ada", ()))
    get = key.sign(WEB.ask_to_sign(PARTY, CHALLENGE))
    get["response"]["clientDataJSON"] = create["response"]["clientDataJSON"]
    with pytest.raises(Unbelieved):
        WEB.count_of(signed(get), PARTY, CHALLENGE, public, ADA)


def test_a_key_under_another_name_is_not_believed() -> None:
    said = Authenticator().make(WEB.ask_to_make(PARTY, CHALLENGE, ADA, "ada", ()))
    with pytest.raises(Unbelieved):
        WEB.key_of(made({**said, "id": base64url(b"somebody else's")}), PARTY, CHALLENGE)


@pytest.mark.parametrize("broken", ["", "!", "AAAA", base64url(b"[]"), base64url(b'{"challenge":7}'), "ÿ", "A" * 5])
def test_what_is_broken_is_not_believed(broken: str) -> None:
    """Each field of a good answer is broken in turn: it is refused, and never a fault of ours."""
    key = Authenticator()
    public = registered(key)
    good = key.sign(WEB.ask_to_sign(PARTY, CHALLENGE))
    for name in ("clientDataJSON", "authenticatorData", "signature"):
        said = signed({**good, "response": {**good["response"], name: broken}})
        with pytest.raises(Unbelieved):
            WEB.count_of(said, PARTY, WEB.challenge_of(said), public, ADA)
    create = key.make(WEB.ask_to_make(PARTY, CHALLENGE, ADA, "ada", ()))
    for name in ("clientDataJSON", "attestationObject"):
        said_made = made({**create, "response": {**create["response"], name: broken}})
        with pytest.raises(Unbelieved):
            WEB.key_of(said_made, PARTY, WEB.challenge_of(said_made))
    with pytest.raises(Unbelieved):
        WEB.count_of(signed({**good, "id": broken}), PARTY, CHALLENGE, "", ADA)


def test_who_we_are_depends_on_where_we_are_reached() -> None:
    assert WEB.party("localhost:8000") == PARTY
    assert WEB.party("north.localhost:81") == Party("north.localhost", ("http://north.localhost:81",))
    assert WEB.party("north.school.example") == Party("north.school.example", ("https://north.school.example",))
    shared = WebAuthn("school.example", ["https://app.school.example"])
    assert shared.party("api.school.example") == Party(
        "school.example", ("https://api.school.example", "https://app.school.example")
    )
    assert shared.party("preschool.example") == Party("preschool.example", ("https://preschool.example",))
