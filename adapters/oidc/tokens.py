"""What must hold of a provider's tokens before they prove anything."""

from __future__ import annotations

import hashlib
import hmac
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

import msgspec
from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jws import JWSRegistry

from adapters.oidc.discovery import Discovery, Metadata
from application.providers import NotProven, Registration
from domain.kernel import Value

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "Ed25519")
"""Never `none`, and nothing with a shared secret: a public key would be one that everybody shares."""

CLOCKS_APART_S = 30
AGE_S_MAX = 600
"""A token that came by way of a code was made just now."""
TOKEN_LENGTH_MAX = 16_384

_HASHES = {"256": hashlib.sha256, "384": hashlib.sha384, "512": hashlib.sha512}
_Subject = Annotated[str, msgspec.Meta(min_length=1, max_length=255, pattern=r"^[^\x00-\x1f\x7f]+$")]


class _Id(Value):
    """The claims of an id token that every provider must send."""

    iss: str
    sub: _Subject
    aud: str | tuple[str, ...]
    exp: float
    iat: float
    azp: str | None = None
    nonce: str | None = None
    at_hash: str | None = None
    nbf: float | None = None
    token_use: str | None = None


class _CognitoAccess(Value):
    """The claims of Cognito's access token, which has `client_id` where others have `aud`."""

    iss: str
    sub: _Subject
    client_id: str
    token_use: str
    exp: float
    iat: float


async def read_signed(discovery: Discovery, metadata: Metadata, token: str, algorithms: Sequence[str]) -> Any:
    """The header and the claims of a token that the provider has signed, whatever they claim."""
    if len(token) > TOKEN_LENGTH_MAX:
        raise NotProven("the token is too long")
    try:
        header = jws.extract_compact(token.encode()).headers()
    except (JoseError, ValueError, KeyError, TypeError, AttributeError):
        raise NotProven("the token cannot be read") from None
    algorithm, kid = header.get("alg"), header.get("kid")
    if not isinstance(algorithm, str) or algorithm not in algorithms:
        raise NotProven("the token is signed in a way that is not believed")
    if kid is not None and not isinstance(kid, str):
        raise NotProven("the token cannot be read")
    key = await discovery.key(metadata, kid, algorithm)
    registry = JWSRegistry(algorithms=[algorithm], strict_check_header=False)
    try:
        return header, jwt.decode(token, key, [algorithm], registry=registry).claims
    except (JoseError, ValueError, TypeError):
        raise NotProven("the token is not signed by the provider") from None


async def id_claims(  # noqa: PLR0913, PLR0917 — what an id token is checked against
    discovery: Discovery,
    metadata: Metadata,
    provider: Registration,
    token: str,
    access_token: str | None,
    nonce: str,
    now: datetime,
) -> dict[str, Any]:
    """The claims of an id token that is for us, from this provider, for this sign-in, and of now."""
    asymmetric = [name for name in metadata.id_token_signing_alg_values_supported if name in ALGORITHMS]
    header, said = await read_signed(discovery, metadata, token, asymmetric)
    try:
        claims = msgspec.convert(said, _Id)
    except msgspec.ValidationError:
        raise NotProven("the id token lacks what it must say") from None
    if claims.iss != metadata.issuer:
        raise NotProven("the id token is from another issuer")
    _check_audience(claims, provider.client_id)
    _check_times(claims.exp, claims.iat, now)
    if claims.nbf is not None and claims.nbf > now.timestamp() + CLOCKS_APART_S:
        raise NotProven("the id token is not valid yet")
    if claims.nonce is None or not hmac.compare_digest(claims.nonce.encode(), nonce.encode()):
        raise NotProven("the id token is not for this sign-in")
    if claims.at_hash is not None and (
        access_token is None or claims.at_hash != half_hash(access_token, str(header["alg"]))
    ):
        raise NotProven("the id token is not of this access token")
    if provider.kind == "cognito" and claims.token_use != "id":  # noqa: S105 — a kind of token
        raise NotProven("the token is not an id token")
    return dict(said)


async def cognito_claims(
    discovery: Discovery, metadata: Metadata, provider: Registration, token: str, now: datetime
) -> dict[str, Any]:
    """The claims of an access token of Cognito's that was given to us."""
    _, said = await read_signed(discovery, metadata, token, ["RS256"])
    try:
        claims = msgspec.convert(said, _CognitoAccess)
    except msgspec.ValidationError:
        raise NotProven("the access token lacks what it must say") from None
    if claims.iss != metadata.issuer:
        raise NotProven("the access token is from another issuer")
    if claims.client_id != provider.client_id:
        raise NotProven("the access token was given to someone else")
    if claims.token_use != "access":  # noqa: S105 — a kind of token
        raise NotProven("the token is not an access token")
    _check_times(claims.exp, claims.iat, now)
    return dict(said)


def half_hash(token: str, algorithm: str) -> str:
    """How an id token names the access token it came with."""
    digest = _HASHES.get(algorithm[-3:], hashlib.sha512)(token.encode()).digest()
    return urlsafe_b64encode(digest[: len(digest) // 2]).decode().rstrip("=")


def _check_audience(claims: _Id, client_id: str) -> None:
    audiences = (claims.aud,) if isinstance(claims.aud, str) else claims.aud
    if client_id not in audiences:
        raise NotProven("the id token is for someone else")
    if claims.azp is None and len(audiences) > 1:
        raise NotProven("the id token is for several, and does not say who asked for it")
    if claims.azp is not None and claims.azp != client_id:
        raise NotProven("someone else asked for the id token")


def _check_times(expires: float, issued: float, now: datetime) -> None:
    seconds = now.timestamp()
    if not expires > seconds - CLOCKS_APART_S:
        raise NotProven("the token has expired")
    if not seconds - AGE_S_MAX < issued < seconds + CLOCKS_APART_S:
        raise NotProven("the token was not made just now")
