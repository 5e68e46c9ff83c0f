"""What a provider says of itself, and the keys it signs with: asked once, remembered, asked again when a key is new."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Annotated, Any, NamedTuple

import msgspec
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, JWKRegistry, Key, OKPKey, RSAKey

from adapters.web import Web
from application.providers import NotProven, Unreachable
from domain.kernel import Value

METADATA_S_MAX = 3_600.0
KEYS_S_MAX = 3_600.0
KEYS_S_MIN = 60.0
"""A token with a key that is not known makes us look for new keys, but never more often than this."""
KEYS_MAX = 50
RSA_BITS_MIN = 2_048

Url = Annotated[str, msgspec.Meta(min_length=1, max_length=2_000)]


class Metadata(Value):
    """The part of OpenID Provider Metadata that matters here."""

    issuer: str
    authorization_endpoint: Url
    token_endpoint: Url
    jwks_uri: Url
    userinfo_endpoint: Url | None = None
    token_endpoint_auth_methods_supported: tuple[str, ...] = ("client_secret_basic",)
    id_token_signing_alg_values_supported: tuple[str, ...] = ("RS256",)
    authorization_response_iss_parameter_supported: bool = False


class _Asked(NamedTuple):
    at: float
    answer: Any


class Discovery:
    """Remembers what providers said."""

    def __init__(self, web: Web, clock: Callable[[], float] = time.monotonic) -> None:
        self._web = web
        self._clock = clock
        self._metadata: dict[str, _Asked] = {}
        self._keys: dict[str, _Asked] = {}

    async def metadata(self, issuer: str) -> Metadata:
        """What the provider says of itself."""
        known = self._metadata.get(issuer)
        if known is None or self._clock() - known.at > METADATA_S_MAX:
            said = await self._web.get(f"{issuer.rstrip('/')}/.well-known/openid-configuration")
            try:
                metadata = msgspec.convert(said, Metadata)
            except msgspec.ValidationError:
                raise Unreachable("its metadata lack what we need") from None
            if metadata.issuer != issuer:
                raise Unreachable("its metadata are those of another issuer")
            self._web.checked(metadata.authorization_endpoint)
            known = self._metadata[issuer] = _Asked(self._clock(), metadata)
        metadata = known.answer
        assert isinstance(metadata, Metadata)  # noqa: S101 — nothing else is put there
        return metadata

    async def key(self, metadata: Metadata, kid: str | None, algorithm: str) -> Key:
        """The provider's key of this id. Without an id there must be just one that fits."""
        known = self._keys.get(metadata.jwks_uri)
        if known is None or self._clock() - known.at > KEYS_S_MAX:
            known = await self._look(metadata)
        key = _chosen(known.answer, kid, algorithm)
        if key is None and self._clock() - known.at > KEYS_S_MIN:
            known = await self._look(metadata)
            key = _chosen(known.answer, kid, algorithm)
        if key is None:
            raise NotProven("the token is signed with a key that the provider does not show")
        return key

    async def _look(self, metadata: Metadata) -> _Asked:
        said = await self._web.get(metadata.jwks_uri)
        known = self._keys[metadata.jwks_uri] = _Asked(self._clock(), _read(said))
        return known


class _Jwks(Value):
    keys: Annotated[tuple[dict[str, Any], ...], msgspec.Meta(max_length=KEYS_MAX)]


def _read(said: Any) -> Sequence[Key]:
    """The keys one may sign with. Shared secrets, short keys and those of unknown kinds are left out."""
    try:
        jwks = msgspec.convert(said, _Jwks)
    except msgspec.ValidationError:
        raise Unreachable("its keys cannot be read") from None
    keys: list[Key] = []
    for jwk in jwks.keys:
        if jwk.get("kty") not in {"RSA", "EC", "OKP"} or jwk.get("use", "sig") != "sig":
            continue
        # Six bits a letter: what is shorter is too short, and joserfc would warn of it.
        if jwk["kty"] == "RSA" and len(str(jwk.get("n", ""))) * 6 < RSA_BITS_MIN:
            continue
        try:
            keys.append(JWKRegistry.import_key(jwk))
        except (JoseError, ValueError, TypeError):
            continue
    return tuple(keys)


def _chosen(keys: Sequence[Key], kid: str | None, algorithm: str) -> Key | None:
    fit = [key for key in keys if _fits(key, algorithm) and (kid is None or key.kid == kid)]
    if kid is None and len(fit) != 1:
        return None
    return fit[0] if fit else None


def _fits(key: Key, algorithm: str) -> bool:
    if key.get("alg", algorithm) != algorithm:
        return False
    match algorithm[:2]:
        case "RS" | "PS":
            return isinstance(key, RSAKey)
        case "ES":
            return isinstance(key, ECKey)
        case _:
            return isinstance(key, OKPKey)
