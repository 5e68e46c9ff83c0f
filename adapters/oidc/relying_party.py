"""The authorization code flow, with PKCE, state, nonce and the provider's name in its answer (RFC 9207)."""

from __future__ import annotations

import hashlib
import hmac
import json
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote_plus, urlencode

import msgspec
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from adapters.oidc.discovery import Discovery, Metadata
from adapters.oidc.tokens import cognito_claims, id_claims
from adapters.web import Web
from application.providers import Attributes, NotProven, Proof, Registration, Trip, Unreachable
from domain.kernel import Value

APPLE_SECRET_S = 300
VALUES_MAX = 200
VALUE_LENGTH_MAX = 500

_SCOPES = {"apple": "openid email name"}
_CLAIMS_OF_THE_PROTOCOL = frozenset(
    {"iss", "aud", "exp", "iat", "nbf", "nonce", "at_hash", "c_hash", "azp", "jti", "sid", "auth_time", "token_use"}
)


class _Given(Value):
    """What a code is exchanged for."""

    access_token: str
    token_type: str = "bearer"  # noqa: S105 — a kind of token
    id_token: str | None = None


class _AppleKey(Value):
    """What proves us to Apple: a key of ours, from which a secret is made each time."""

    team: str
    key: str
    pem: str


class RelyingParty:
    """Logs people in through OpenID Connect."""

    def __init__(self, web: Web, discovery: Discovery | None = None) -> None:
        self._web = web
        self._discovery = discovery or Discovery(web)

    async def way_to(self, provider: Registration, trip: Trip) -> str:
        """Where to send the browser."""
        metadata = await self._discovery.metadata(provider.issuer)
        asked = {
            "response_type": "code",
            "client_id": provider.client_id,
            "redirect_uri": trip.callback,
            "scope": _SCOPES.get(provider.kind, "openid email profile"),
            "state": trip.state,
            "nonce": trip.nonce,
            **challenge(trip),
        }
        if provider.kind == "apple":
            asked["response_mode"] = "form_post"
        return with_query(metadata.authorization_endpoint, asked)

    async def who_came(self, provider: Registration, trip: Trip, said: Mapping[str, str], now: datetime) -> Proof:
        """Who it is that came back."""
        metadata = await self._discovery.metadata(provider.issuer)
        _check_issuer(metadata, said)
        code = the_code(said)
        given = await self._exchange(provider, metadata, trip, code, now)
        if given.id_token is None:
            raise NotProven("the provider sends no id token")
        claims = await id_claims(
            self._discovery, metadata, provider, given.id_token, given.access_token, trip.nonce, now
        )
        if provider.kind == "cognito":
            access = await cognito_claims(self._discovery, metadata, provider, given.access_token, now)
            if access["sub"] != claims["sub"]:
                raise NotProven("the tokens are not of the same person")
        if metadata.userinfo_endpoint is not None:
            claims = {**await self._userinfo(metadata.userinfo_endpoint, given, str(claims["sub"])), **claims}
        if provider.kind == "apple":
            claims.update(_apple_name(said))
        return proof_of(claims)

    async def _exchange(
        self, provider: Registration, metadata: Metadata, trip: Trip, code: str, now: datetime
    ) -> _Given:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": trip.callback,
            "code_verifier": trip.verifier,
        }
        headers: dict[str, str] = {}
        basic = "client_secret_basic" in metadata.token_endpoint_auth_methods_supported
        if provider.kind == "apple":
            form |= {"client_id": provider.client_id, "client_secret": apple_secret(provider, now)}
        elif not provider.secret:
            form["client_id"] = provider.client_id
        elif basic:
            pair = f"{quote_plus(provider.client_id)}:{quote_plus(provider.secret)}"
            headers["Authorization"] = f"Basic {b64encode(pair.encode()).decode()}"
        else:
            form |= {"client_id": provider.client_id, "client_secret": provider.secret}
        return await exchanged(self._web, metadata.token_endpoint, form, headers)

    async def _userinfo(self, url: str, given: _Given, subject: str) -> dict[str, Any]:
        said = await self._web.get(url, {"Authorization": f"Bearer {given.access_token}"})
        if not isinstance(said, dict) or said.get("sub") != subject:  # pyright: ignore[reportUnknownMemberType]
            raise NotProven("the provider tells about someone else")
        return said  # pyright: ignore[reportUnknownVariableType]


def challenge(trip: Trip) -> dict[str, str]:
    """What is said of the verifier at the beginning."""
    digest = hashlib.sha256(trip.verifier.encode()).digest()
    return {"code_challenge": urlsafe_b64encode(digest).decode().rstrip("="), "code_challenge_method": "S256"}


def with_query(url: str, asked: Mapping[str, str]) -> str:
    """A URL with more in its query."""
    return f"{url}{'&' if '?' in url else '?'}{urlencode(asked)}"


def the_code(said: Mapping[str, str]) -> str:
    """The code that the browser brought, unless it brought bad news."""
    if "error" in said:
        raise NotProven("the provider did not let them in")
    code = said.get("code", "")
    if not code:
        raise NotProven("there is no code")
    return code


async def exchanged(web: Web, url: str, form: Mapping[str, str], headers: Mapping[str, str] | None = None) -> _Given:
    """The tokens that a code is good for."""
    try:
        tokens = msgspec.convert(await web.post(url, form, headers), _Given)
    except Unreachable as error:
        if error.status in {400, 401, 403}:
            raise NotProven("the provider does not take the code") from None
        raise
    except msgspec.ValidationError:
        raise Unreachable("its tokens cannot be read") from None
    if tokens.token_type.lower() != "bearer" or not tokens.access_token.isascii():
        raise Unreachable("its tokens cannot be read")
    return tokens


def proof_of(claims: Mapping[str, Any]) -> Proof:
    """Who it is, from what is claimed."""
    address = claims.get("email")
    name = claims.get("name")
    return Proof(
        subject=str(claims["sub"]),
        address=address if isinstance(address, str) and address else None,
        address_is_verified=claims.get("email_verified") in {True, "true"},  # Apple and Cognito say it as a text.
        name=name.strip() or None if isinstance(name, str) else None,
        attributes=attributes_of(claims),
    )


def attributes_of(claims: Mapping[str, Any]) -> Attributes:
    """Every claim about the person, as texts."""
    return {
        name: values
        for name, said in claims.items()
        if name not in _CLAIMS_OF_THE_PROTOCOL and (values := tuple(_texts(said))[:VALUES_MAX])
    }


def _texts(said: Any) -> list[str]:
    match said:
        case bool():
            return [str(said).lower()]
        case str() | int():
            return [str(said)[:VALUE_LENGTH_MAX]]
        case list():
            return [text for one in said if isinstance(one, str | int) for text in _texts(one)]  # pyright: ignore[reportUnknownVariableType]
        case _:
            return []


def apple_secret(provider: Registration, now: datetime) -> str:
    """What Apple takes for a client secret: a token about ourselves, signed with our key."""
    issued = int(now.timestamp())
    try:
        ours = msgspec.json.decode(provider.secret, type=_AppleKey)
        key = ECKey.import_key(ours.pem)
        claims = {
            "iss": ours.team,
            "sub": provider.client_id,
            "aud": provider.issuer,
            "iat": issued,
            "exp": issued + APPLE_SECRET_S,
        }
        return jwt.encode({"alg": "ES256", "kid": ours.key}, claims, key, ["ES256"])
    except (msgspec.DecodeError, JoseError, ValueError, TypeError):
        raise Unreachable("our key for Apple cannot be used") from None


def _apple_name(said: Mapping[str, str]) -> dict[str, str]:
    """What Apple says of the name: unsigned, beside the token, and only when someone logs in for the first time."""
    try:
        name = json.loads(said.get("user", "{}"))["name"]
        full = " ".join(str(name[part]) for part in ("firstName", "lastName") if name.get(part))
    except (ValueError, KeyError, TypeError, AttributeError):
        return {}
    return {"name": full[:VALUE_LENGTH_MAX]} if full else {}


def _check_issuer(metadata: Metadata, said: Mapping[str, str]) -> None:
    """The answer is of the provider that was asked, and not mixed up with another's."""
    issuer = said.get("iss")
    if issuer is None and metadata.authorization_response_iss_parameter_supported:
        raise NotProven("the answer does not say whose it is")
    if issuer is not None and not hmac.compare_digest(issuer.encode(), metadata.issuer.encode()):
        raise NotProven("the answer is another provider's")
