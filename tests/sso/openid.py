"""OpenID providers at the wire: one as the standard says, and as Google, Apple and Cognito do it each in their way."""

from __future__ import annotations

import hashlib
import json
import time
from base64 import b64decode, urlsafe_b64encode
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import unquote_plus
from uuid import uuid4

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, Key, RSAKey

from adapters.oidc.tokens import half_hash
from application.providers import Registration
from domain.sso.events import Kind
from tests.sso.wire import Answer, Asked, posted_on, sent_on, served, told

CLIENT = "annals-at-the-provider"
SECRET = "a secret: + and / and % included"  # noqa: S105 — of a stand-in
PATHS = {"cognito": "/eu-north-1_school"}
TEAM, APPLE_KEY = "TEAM123456", "KEY1234567"


@cache
def first_key() -> RSAKey:
    """The key of a provider that has no reason for another."""
    return RSAKey.generate_key(2048, {"kid": "one", "use": "sig"})


@dataclass
class OpenId:
    """One provider. What it does can be changed, for tests of what must be refused."""

    kind: Kind = "oidc"
    url: str = ""
    person: dict[str, Any] = field(
        default_factory=lambda: {"sub": "subject-1", "email": "ada@school.test", "email_verified": True, "name": "Ada"}
    )
    keys: list[Key] = field(default_factory=lambda: [first_key()])
    lets_in: bool = True
    claims: Callable[[dict[str, Any]], dict[str, Any]] = lambda said: said
    """What becomes of the claims of an id token."""
    access: Callable[[dict[str, Any]], dict[str, Any]] = lambda said: said
    """What becomes of the claims of an access token."""
    sign: Callable[[OpenId, dict[str, Any]], str] | None = None
    """How an id token is signed."""
    comes_back: Callable[[dict[str, str]], dict[str, str]] = lambda said: said
    """What becomes of the answer that the browser brings."""
    metadata: dict[str, Any] = field(default_factory=dict[str, Any])
    about_person: dict[str, Any] | None = None
    """What userinfo says, if not the same."""
    other_keys: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    asked: list[str] = field(default_factory=list[str])
    apple: ECKey = field(default_factory=lambda: ECKey.generate_key("P-256"))
    _codes: dict[str, dict[str, str]] = field(default_factory=dict[str, dict[str, str]])
    _tokens: set[str] = field(default_factory=set[str])
    _met: set[str] = field(default_factory=set[str])

    @property
    def issuer(self) -> str:
        return self.url + PATHS.get(self.kind, "")

    @property
    def registration(self) -> Registration:
        """How it and we know each other."""
        secret = SECRET
        if self.kind == "apple":
            secret = json.dumps({"team": TEAM, "key": APPLE_KEY, "pem": self.apple.as_pem(private=True).decode()})
        return Registration(self.kind, self.issuer, CLIENT, secret)

    def answer(self, asked: Asked) -> Answer:
        """What it answers a request."""
        path = asked.path.removeprefix(PATHS.get(self.kind, ""))
        self.asked.append(path)
        match path:
            case "/.well-known/openid-configuration":
                return told({**self._about(), **self.metadata})
            case "/authorize":
                return self._authorize(asked.query)
            case "/token":
                return self._token(asked)
            case "/userinfo" if asked.headers.get("authorization", "").removeprefix("Bearer ") in self._tokens:
                return told(self.about_person or self.person)
            case "/keys":
                return told({"keys": [key.as_dict(private=False) for key in self.keys] + self.other_keys})
            case _:
                return told({"error": "not_found"}, 404)

    def id_token(self, claims: Mapping[str, Any]) -> str:
        """An id token with these claims, signed with the first key."""
        algorithm = "RS256" if isinstance(self.keys[0], RSAKey) else "ES256"
        return jwt.encode({"alg": algorithm, "kid": self.keys[0].kid}, dict(claims), self.keys[0], [algorithm])

    def _about(self) -> dict[str, Any]:
        about: dict[str, Any] = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            "id_token_signing_alg_values_supported": ["RS256", "ES256", "HS256", "none"],
        }
        if self.kind != "apple":
            about["userinfo_endpoint"] = f"{self.issuer}/userinfo"
        if self.kind in {"google", "apple"}:
            about["token_endpoint_auth_methods_supported"] = ["client_secret_post"]
        if self.kind == "oidc":
            about["authorization_response_iss_parameter_supported"] = True
        return about

    def _authorize(self, asked: Mapping[str, str]) -> Answer:
        if asked.get("client_id") != CLIENT or asked.get("response_type") != "code" or "openid" not in asked["scope"]:
            return told({"error": "unauthorized_client"}, 400)
        by_form = asked.get("response_mode") == "form_post"
        if self.kind == "apple" and not by_form:
            return told({"error": "response_mode must be form_post when name or email scope is requested"}, 400)
        said = {"state": asked["state"]}
        if self.kind == "oidc":
            said["iss"] = self.issuer
        if self.lets_in:
            said["code"] = uuid4().hex
            self._codes[said["code"]] = dict(asked)
            if self.kind == "apple" and self.person["sub"] not in self._met:
                self._met.add(str(self.person["sub"]))
                first, _, last = str(self.person["name"]).partition(" ")
                said["user"] = json.dumps({"name": {"firstName": first, "lastName": last}})
        else:
            said["error"] = "user_cancelled_authorize" if self.kind == "apple" else "access_denied"
        said = self.comes_back(said)
        return posted_on(asked["redirect_uri"], said) if by_form else sent_on(asked["redirect_uri"], said)

    def _token(self, asked: Asked) -> Answer:
        if not self._knows(asked):
            return told({"error": "invalid_client"}, 401)
        begun = self._codes.pop(asked.form.get("code", ""), None)
        digest = hashlib.sha256(asked.form.get("code_verifier", "").encode()).digest()
        proven = urlsafe_b64encode(digest).decode().rstrip("=")
        if (
            begun is None
            or begun["redirect_uri"] != asked.form.get("redirect_uri")
            or begun.get("code_challenge_method") != "S256"
            or begun.get("code_challenge") != proven
        ):
            return told({"error": "invalid_grant"}, 400)
        access = self._access_token()
        self._tokens.add(access)
        claims = self.claims(self._claims(begun, access))
        token = self.id_token(claims) if self.sign is None else self.sign(self, claims)
        return told({"access_token": access, "token_type": "Bearer", "expires_in": 3600, "id_token": token})

    def _knows(self, asked: Asked) -> bool:
        if self.kind == "apple":
            return asked.form.get("client_id") == CLIENT and self._is_our_apple_secret(asked.form["client_secret"])
        if self.kind == "google":
            return (asked.form.get("client_id"), asked.form.get("client_secret")) == (CLIENT, SECRET)
        scheme, _, pair = asked.headers.get("authorization", "").partition(" ")
        name, _, secret = b64decode(pair).decode().partition(":")
        return scheme == "Basic" and (unquote_plus(name), unquote_plus(secret)) == (CLIENT, SECRET)

    def _is_our_apple_secret(self, secret: str) -> bool:
        try:
            said = jwt.decode(secret, self.apple, ["ES256"])
        except JoseError:
            return False
        claims = said.claims
        return (
            (said.header["kid"], claims["iss"], claims["sub"], claims["aud"]) == (APPLE_KEY, TEAM, CLIENT, self.issuer)
        ) and time.time() < claims["exp"] < time.time() + 15_777_000

    def _access_token(self) -> str:
        if self.kind != "cognito":
            return uuid4().hex
        now = int(time.time())
        groups = self.person.get("cognito:groups", [])
        claims = {
            "iss": self.issuer,
            "sub": self.person["sub"],
            "client_id": CLIENT,
            "token_use": "access",
            "scope": "openid email profile",
            "cognito:groups": groups,
            "iat": now,
            "exp": now + 3600,
            "jti": uuid4().hex,
        }
        return self.id_token(self.access(claims))

    def _claims(self, begun: Mapping[str, str], access: str) -> dict[str, Any]:
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "aud": CLIENT,
            "iat": now,
            "exp": now + 3600,
            "nonce": begun["nonce"],
            "at_hash": half_hash(access, "RS256"),
            **self.person,
        }
        match self.kind:
            case "google":
                claims |= {"azp": CLIENT, "hd": "school.test"}
            case "apple":
                del claims["name"]  # It is never in the token.
                claims |= {"email_verified": "true", "is_private_email": "false", "nonce_supported": True}
            case "cognito":
                claims |= {"token_use": "id", "cognito:username": self.person["sub"]}
            case _:
                pass
        return claims


@contextmanager
def openid(kind: Kind = "oidc", **changes: Any) -> Generator[OpenId]:
    """A provider of this kind, running."""
    provider = OpenId(kind, **changes)
    with served(provider.answer) as url:
        provider.url = url
        yield provider
