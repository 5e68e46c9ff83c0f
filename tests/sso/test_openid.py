"""Tokens and answers of OpenID providers that prove nothing, and keys that come and go."""

from __future__ import annotations

import hmac
import json
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

from adapters.oidc.discovery import KEYS_S_MIN, Discovery
from adapters.oidc.relying_party import RelyingParty
from adapters.web import Web
from application.providers import NotProven, Unreachable
from domain.sso.events import Kind
from tests.proves import proves
from tests.sso.openid import CLIENT, OpenId, openid
from tests.sso.trips import CALLBACK, reaching, there_and_back, trip
from tests.sso.wire import browse

Claims = dict[str, Any]


Change = Callable[[Claims], Claims]


def saying(**changes: Any) -> Change:
    """Other claims; those that are None are left out."""
    return lambda claims: {name: value for name, value in {**claims, **changes}.items() if value is not None}


def with_a_slash(claims: Claims) -> Claims:
    return {**claims, "iss": claims["iss"] + "/"}


CLAIMS: dict[str, Change] = {
    "another nonce": saying(nonce="another"),
    "no nonce": saying(nonce=None),
    "another audience": saying(aud="somebody-else"),
    "no audience": saying(aud=None),
    "an empty audience": saying(aud=[]),
    "several audiences and no azp": saying(aud=[CLIENT, "somebody-else"]),
    "another azp": saying(azp="somebody-else"),
    "another issuer": saying(iss="https://accounts.google.com"),
    "an issuer with a slash": with_a_slash,
    "no issuer": saying(iss=None),
    "no subject": saying(sub=None),
    "an empty subject": saying(sub=""),
    "a subject that is no text": saying(sub=1),
    "a subject with a line break": saying(sub="subject-1\nother"),
    "expired": saying(exp=int(time.time()) - 31),
    "an end that is no number": saying(exp="never"),
    "an end that is not a number": saying(exp=float("nan")),
    "no end": saying(exp=None),
    "made long ago": saying(iat=int(time.time()) - 3600),
    "made in the future": saying(iat=int(time.time()) + 86_400),
    "not valid yet": saying(nbf=int(time.time()) + 86_400),
    "of another access token": saying(at_hash="AAAAAAAAAAAAAAAAAAAAAA"),
}


@pytest.mark.parametrize("what", CLAIMS)
@proves("auth.social_login", "auth.sso_oauth")
async def test_a_token_that_says(what: str) -> None:
    with openid(claims=CLAIMS[what]) as provider, pytest.raises(NotProven):
        await there_and_back(reaching(provider), provider)


async def test_clocks_may_be_apart_a_little_and_several_may_be_meant_when_we_asked() -> None:
    said = saying(exp=int(time.time()) - 20, iat=int(time.time()) + 20, aud=[CLIENT, "another"], azp=CLIENT)
    with openid(claims=said) as provider:
        assert (await there_and_back(reaching(provider), provider)).subject == "subject-1"


def base64url(raw: bytes) -> str:
    return urlsafe_b64encode(raw).decode().rstrip("=")


def signing_input(header: Claims, claims: Claims) -> str:
    return ".".join(base64url(json.dumps(part).encode()) for part in (header, claims))


def unsigned(_: OpenId, claims: Claims) -> str:
    return signing_input({"alg": "none"}, claims) + "."


def with_the_public_key_as_secret(provider: OpenId, claims: Claims) -> str:
    own = provider.keys[0]
    assert isinstance(own, RSAKey)
    said = signing_input({"alg": "HS256", "kid": own.kid}, claims)
    return f"{said}.{base64url(hmac.digest(own.as_pem(private=False), said.encode(), 'sha256'))}"


def by_a_stranger(provider: OpenId, claims: Claims) -> str:
    return jwt.encode({"alg": "RS256", "kid": provider.keys[0].kid}, claims, RSAKey.generate_key(2048), ["RS256"])


def with_its_own_key_in_it(_: OpenId, claims: Claims) -> str:
    key = RSAKey.generate_key(2048)
    header = {"alg": "RS256", "jwk": key.as_dict(private=False), "jku": "https://stranger.test/keys"}
    return jwt.encode(header, claims, key, ["RS256"])


def with_an_unknown_key(_: OpenId, claims: Claims) -> str:
    return jwt.encode({"alg": "RS256", "kid": "unknown"}, claims, RSAKey.generate_key(2048), ["RS256"])


def altered(provider: OpenId, claims: Claims) -> str:
    header, _, signature = provider.id_token(claims).split(".")
    return f"{header}.{base64url(json.dumps({**claims, 'sub': 'admin'}).encode())}.{signature}"


def with_a_key_of_another_kind(provider: OpenId, claims: Claims) -> str:
    return jwt.encode({"alg": "ES256", "kid": provider.keys[0].kid}, claims, ECKey.generate_key("P-256"), ["ES256"])


def too_long(provider: OpenId, claims: Claims) -> str:
    return provider.id_token({**claims, "groups": ["x" * 100] * 1000})


def nothing(*_: Any) -> str:
    return ""


def nonsense(*_: Any) -> str:
    return "a.b.c"


def half_of_one(*_: Any) -> str:
    return "eyJhbGciOiJSUzI1NiJ9"


SIGNED = (
    unsigned,
    with_the_public_key_as_secret,
    by_a_stranger,
    with_its_own_key_in_it,
    with_an_unknown_key,
    altered,
    with_a_key_of_another_kind,
    too_long,
    nothing,
    nonsense,
    half_of_one,
)


@pytest.mark.parametrize("sign", SIGNED)
@proves("auth.social_login", "auth.sso_oauth")
async def test_a_token_that_is_signed(sign: Callable[[OpenId, Claims], str]) -> None:
    with openid(sign=sign) as provider, pytest.raises(NotProven):
        await there_and_back(reaching(provider), provider)


@pytest.mark.parametrize("issuer", ["https://other.test", ""])
async def test_an_answer_of_another_provider_is_refused(issuer: str) -> None:
    with openid(comes_back=saying(iss=issuer)) as provider, pytest.raises(NotProven, match="another provider's"):
        await there_and_back(reaching(provider), provider)


async def test_an_answer_must_say_whose_it_is_where_the_provider_says_it_does() -> None:
    with openid(comes_back=saying(iss=None)) as provider, pytest.raises(NotProven, match="does not say whose"):
        await there_and_back(reaching(provider), provider)


async def test_what_is_told_about_someone_else_is_refused() -> None:
    about = {"sub": "admin", "email": "admin@school.test"}
    with openid(about_person=about) as provider, pytest.raises(NotProven, match="someone else"):
        await there_and_back(reaching(provider), provider)


async def test_what_was_signed_wins_over_what_was_told() -> None:
    about = {"sub": "subject-1", "email": "other@school.test", "groups": ["staff"]}
    with openid(about_person=about) as provider:
        proof = await there_and_back(reaching(provider), provider)
        assert proof.address == "ada@school.test"
        assert proof.attributes["groups"] == ("staff",)


@pytest.mark.parametrize(
    "metadata",
    [
        {"issuer": "https://other.test"},
        {"token_endpoint": None},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"authorization_endpoint": "http://169.254.169.254/"},
    ],
)
async def test_metadata_that_cannot_be_right(metadata: Claims) -> None:
    with openid(metadata=metadata) as provider, pytest.raises(Unreachable):
        await reaching(provider).way_to(provider.registration, trip())


@pytest.mark.parametrize("endpoint", ["token_endpoint", "jwks_uri", "userinfo_endpoint"])
@proves("auth.sso_oauth")
async def test_metadata_that_point_into_our_own_network(endpoint: str) -> None:
    inside = {endpoint: "https://169.254.169.254/latest/meta-data"}
    with openid(metadata=inside) as provider, pytest.raises(Unreachable, match="not a public one"):
        await there_and_back(reaching(provider), provider)


class Hours:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.seconds = 1_000.0

    def __call__(self) -> float:
        return self.seconds


async def test_a_new_key_is_looked_for_but_not_more_than_once_a_minute() -> None:
    with openid() as provider:
        hours = Hours()
        web = Web([provider.url.removeprefix("http://")])
        ours = RelyingParty(web, Discovery(web, hours))

        async def came() -> str:
            way = trip()
            brought = browse(await ours.way_to(provider.registration, way), CALLBACK)
            return (await ours.who_came(provider.registration, way, brought.said, datetime.now(UTC))).subject

        assert await came() == await came() == "subject-1"
        assert provider.asked.count("/keys") == provider.asked.count("/.well-known/openid-configuration") == 1
        provider.keys.insert(0, ECKey.generate_key("P-256", {"kid": "two", "use": "sig"}))
        with pytest.raises(NotProven, match="does not show"):
            await came()
        assert provider.asked.count("/keys") == 1
        hours.seconds += KEYS_S_MIN + 1
        assert await came() == "subject-1"
        assert provider.asked.count("/keys") == 2
        provider.sign = with_an_unknown_key
        for _ in range(3):
            with pytest.raises(NotProven):
                await came()
        assert provider.asked.count("/keys") == 2


async def test_shared_secrets_short_keys_and_keys_for_other_uses_are_not_believed() -> None:
    with openid() as provider:
        short = rsa.generate_private_key(65537, 1024)  # noqa: S505 — it is to be refused
        other = RSAKey.generate_key(2048)
        numbers = short.public_key().public_numbers()
        provider.other_keys = [
            {"kty": "oct", "k": base64url(b"s" * 32), "kid": "secret"},
            {"kty": "RSA", "n": base64url(numbers.n.to_bytes(128)), "e": "AQAB", "kid": "short"},
            {**other.as_dict(private=False), "kid": "for encryption", "use": "enc"},
            {"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA", "kid": "broken"},
            {"kty": "AKP", "kid": "of tomorrow"},
        ]
        assert (await there_and_back(reaching(provider), provider)).subject == "subject-1"

        def as_secret(_: OpenId, claims: Claims) -> str:
            said = signing_input({"alg": "HS256", "kid": "secret"}, claims)
            return f"{said}.{base64url(hmac.digest(b's' * 32, said.encode(), 'sha256'))}"

        def as_short(_: OpenId, claims: Claims) -> str:
            said = signing_input({"alg": "RS256", "kid": "short"}, claims)
            return f"{said}.{base64url(short.sign(said.encode(), PKCS1v15(), SHA256()))}"

        def as_other(_: OpenId, claims: Claims) -> str:
            return jwt.encode({"alg": "RS256", "kid": "for encryption"}, claims, other, ["RS256"])

        for sign in (as_secret, as_short, as_other):
            provider.sign = sign
            with pytest.raises(NotProven):
                await there_and_back(reaching(provider), provider)


@proves("auth.social_login")
async def test_apple_says_the_name_the_first_time_only() -> None:
    with openid("apple", person={"sub": "subject-1", "email": "ada@school.test", "name": "Ada Lovelace"}) as provider:
        ours = reaching(provider)
        first = await there_and_back(ours, provider)
        second = await there_and_back(ours, provider)
        assert (first.name, second.name) == ("Ada Lovelace", None)
        assert first.address_is_verified


@pytest.mark.parametrize("user", ["", "[]", "{", '{"name": 1}', '{"name": {"firstName": {"a": 1}}}', "null"])
async def test_what_apple_says_beside_the_token_may_be_anything(user: str) -> None:
    with openid("apple", comes_back=saying(user=user)) as provider:
        assert (await there_and_back(reaching(provider), provider)).subject == "subject-1"


ACCESS, ID = "access", "id"

COGNITO: dict[str, dict[str, Any]] = {
    "an access token where the id token belongs": {"claims": saying(token_use=ACCESS)},
    "an id token that does not say what it is": {"claims": saying(token_use=None)},
    "an id token where the access token belongs": {"access": saying(token_use=ID)},
    "an access token of another client": {"access": saying(client_id="somebody-else")},
    "an access token with an audience alone": {"access": saying(client_id=None, aud=CLIENT)},
    "an access token of another pool": {"access": saying(iss="https://cognito-idp.eu-north-1.amazonaws.com/other")},
    "an access token of someone else": {"access": saying(sub="admin")},
    "an access token that has expired": {"access": saying(exp=int(time.time()) - 60)},
}


@pytest.mark.parametrize("what", COGNITO)
@proves("auth.sso_oauth")
async def test_tokens_that_are_not_cognitos(what: str) -> None:
    with openid("cognito", **COGNITO[what]) as provider, pytest.raises(NotProven):
        await there_and_back(reaching(provider), provider)


@proves("auth.sso_oauth")
async def test_cognitos_tokens_are_believed_only_of_a_provider_that_is_configured_as_cognito() -> None:
    person = {"sub": "subject-1", "email": "ada@school.test", "cognito:groups": ["staff"]}
    shaped = saying(aud=None, client_id=CLIENT, token_use=ID)
    kinds: list[Kind] = ["oidc", "cognito"]
    for kind in kinds:
        with openid(kind, person=person, claims=shaped) as provider, pytest.raises(NotProven):
            await there_and_back(reaching(provider), provider)
    with openid("cognito", person=person) as provider:
        proof = await there_and_back(reaching(provider), provider)
        assert proof.attributes["cognito:groups"] == ("staff",)


async def test_time_is_what_we_are_told_it_is() -> None:
    with openid() as provider, pytest.raises(NotProven, match="expired"):
        await there_and_back(reaching(provider), provider, datetime.now(UTC) + timedelta(hours=2))
