"""Only what we signed is believed, and only as long and as far as it says."""

from __future__ import annotations

import json
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.jwk import OctKey

from adapters.tokens import AUDIENCE, ISSUER, BadToken, PersonTokens, Tokens, issue, private_key
from api.settings import new_token_key
from api.settings_agree import DEVELOPMENT_KEY
from tests.proves import proves

TENANT = uuid4()
KEY = new_token_key()


def bearer(token: str) -> bytes:
    return f"Bearer {token}".encode()


def claims(**changes: Any) -> dict[str, Any]:
    now = int(time.time())
    said: dict[str, Any] = {"iss": ISSUER, "aud": AUDIENCE, "sub": "ada", "tenant": str(TENANT), "can": ["*"]}
    said |= {"jti": str(uuid4()), "iat": now, "nbf": now, "exp": now + 60, **changes}
    return {name: value for name, value in said.items() if value is not None}


def signed(said: dict[str, Any], key: str = KEY) -> str:
    private = private_key(key)
    return jwt.encode({"alg": "Ed25519", "kid": private.thumbprint()}, said, private, ["Ed25519"])


def part(value: dict[str, Any]) -> str:
    return urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def test_what_was_issued_is_believed() -> None:
    tokens = Tokens(KEY)
    principal = tokens.bearer(bearer(issue(KEY, TENANT, "ada", ("enrollments.read",), 60)))
    assert (principal.tenant, principal.name) == (TENANT, "ada")
    assert principal.can == frozenset({"enrollments.read"})
    assert principal.person is None


def test_a_token_that_says_nothing_of_what_it_is_good_for_is_of_a_person() -> None:
    who = Tokens(KEY).bearer(bearer(issue(KEY, TENANT, "0198c0de-da7a-7000-8000-00000000ada0", None, 60, session="s1")))
    assert (who.person, who.session, who.can) == ("0198c0de-da7a-7000-8000-00000000ada0", "s1", None)
    with pytest.raises(BadToken):
        Tokens(KEY).bearer(bearer(issue(KEY, TENANT, "policy:welcome", None, 60)))


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "other"},
        {"aud": "other"},
        {"aud": None},
        {"exp": None},
        {"exp": "soon"},
        {"nbf": 4_000_000_000, "exp": 4_000_000_060},
        {"exp": 1_700_000_000},
        {"tenant": "acme"},
        {"tenant": None},
        {"sub": ""},
        {"sub": "a\0b"},
        {"can": "*"},
        {"jti": None},
    ],
    ids=str,
)
@proves("sec.input_validation")
def test_what_says_otherwise_is_not(changes: dict[str, Any]) -> None:
    assert Tokens(KEY).bearer(bearer(signed(claims())))
    with pytest.raises(BadToken):
        Tokens(KEY).bearer(bearer(signed(claims(**changes))))


def test_another_key_another_algorithm_and_none_are_refused() -> None:
    tokens = Tokens(KEY)
    good = signed(claims())
    head, body, signature = good.split(".")
    public = private_key(KEY).as_dict(private=False)["x"]
    secret = OctKey.import_key(urlsafe_b64decode(str(public) + "="))
    kid = private_key(KEY).thumbprint()
    forged = [
        signed(claims(), DEVELOPMENT_KEY),
        f"{part({'alg': 'none', 'kid': kid})}.{body}.",
        f"{part({'alg': 'none'})}.{body}.{signature}",
        jwt.encode({"alg": "HS256", "kid": kid}, claims(), secret, ["HS256"]),
        f"{head}.{part(claims(can=['*', 'more']))}.{signature}",
        f"{head}.{body}.{signature[:-4]}AAAA",
        f"{head}.{body}",
        "",
    ]
    for token in forged:
        with pytest.raises(BadToken):
            tokens.bearer(bearer(token))


@pytest.mark.parametrize(
    "head",
    [
        {"kid": private_key(KEY).thumbprint()},
        {"kid": "../../../dev/null"},
        {"kid": "' or 1=1 --"},
        {"kid": ""},
        {"kid": 7},
        {"jwk": {**private_key(DEVELOPMENT_KEY).as_dict(private=False)}},
        {"jku": "http://127.0.0.1:9/keys", "kid": "theirs"},
        {"x5u": "http://127.0.0.1:9/chain"},
        {"crit": ["exp"]},
        {"typ": "refresh"},
    ],
    ids=[
        "our own",
        "a path",
        "SQL",
        "nothing",
        "a number",
        "a key",
        "an address of keys",
        "a chain",
        "critical",
        "typ",
    ],
)
@proves("auth.jwt_lifetimes")
def test_a_token_does_not_say_itself_which_key_it_is_checked_with(head: dict[str, Any]) -> None:
    """Signed with a key of their own, whatever its head says."""
    theirs = Ed25519PrivateKey.from_private_bytes(urlsafe_b64decode(DEVELOPMENT_KEY + "="))
    said = f"{part({'alg': 'Ed25519', **head})}.{part(claims())}"
    token = f"{said}.{urlsafe_b64encode(theirs.sign(said.encode())).decode().rstrip('=')}"
    with pytest.raises(BadToken):
        Tokens(KEY).bearer(bearer(token))


@proves("auth.jwt_lifetimes")
def test_a_persons_token_is_given_for_a_while_and_is_another_each_time() -> None:
    now = datetime.now(UTC)
    person = "0198c0de-da7a-7000-8000-0000000000ad"
    one, two = (PersonTokens(KEY).give(TENANT, person, "s1", now, now + timedelta(minutes=30)) for _ in range(2))
    assert one != two
    who = Tokens(KEY).bearer(bearer(one))
    assert (who.tenant, who.person, who.session, who.can) == (TENANT, person, "s1", None)
    assert who.expires_at == int(now.timestamp()) + 1800


@proves("auth.secret_key_stable")
def test_the_key_before_is_believed_and_signs_nothing() -> None:
    new = new_token_key()
    now = datetime.now(UTC)
    given = PersonTokens(new).give(TENANT, "0198c0de-da7a-7000-8000-0000000000ad", "s1", now, now + timedelta(60))
    assert Tokens(new, KEY).bearer(bearer(given))
    with pytest.raises(BadToken):
        Tokens(KEY).bearer(bearer(given))


def test_it_ends_while_it_is_remembered_and_when_it_is_revoked() -> None:
    now = time.time()
    tokens = Tokens(KEY, clock=lambda: now)
    short, long = (bearer(issue(KEY, TENANT, "ada", ("*",), seconds)) for seconds in (60, 600))
    principal = tokens.bearer(long)
    assert tokens.bearer(short)
    now += 120
    with pytest.raises(BadToken, match="expired"):
        tokens.bearer(short)
    assert tokens.holds(principal)
    tokens.revoked(frozenset({principal.token}))
    with pytest.raises(BadToken, match="revoked"):
        tokens.bearer(long)
    assert not tokens.holds(principal)


def test_a_new_key_comes_before_the_old_one_goes() -> None:
    new = new_token_key()
    both = Tokens(new, KEY)
    for key in (new, KEY):
        assert both.bearer(bearer(issue(key, TENANT, "ada", ("*",), 60)))
    with pytest.raises(BadToken):
        Tokens(new).bearer(bearer(issue(KEY, TENANT, "ada", ("*",), 60)))


@given(st.binary(max_size=300))
def test_noise_is_refused(noise: bytes) -> None:
    with pytest.raises(BadToken):
        Tokens(KEY).bearer(noise)
    with pytest.raises(BadToken):
        Tokens(KEY).bearer(b"Bearer " + noise)
