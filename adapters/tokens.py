"""Bearer tokens: JSON Web Tokens signed with Ed25519, checked once and remembered until they expire or are revoked."""

from __future__ import annotations

import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections import OrderedDict
from collections.abc import Callable, Sequence
from functools import cache
from typing import Annotated
from uuid import UUID

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, OKPKey
from joserfc.jws import JWSRegistry
from uuid_utils.compat import uuid7

from domain.kernel import Value

ALGORITHMS = ["Ed25519"]
"""The only one we sign with or believe: RFC 9864's name for what was called EdDSA."""

ISSUER = "annals"
AUDIENCE = "annals"
CLOCKS_APART_S = 5
REMEMBERED_MAX = 50_000

_Name = Annotated[str, msgspec.Meta(min_length=1, max_length=200, pattern=r"^[!-~]+$")]


class BadToken(Exception):  # noqa: N818 — it reads as what is wrong
    """A token that is not believed, and why."""


class Principal(Value, frozen=True):
    """Who is asking, for which tenant, and what they may do."""

    tenant: UUID
    name: str
    permissions: frozenset[str]
    token: UUID
    expires_at: float
    account: str
    """Tells them from all others, also from those of other tenants."""

    def may(self, permission: str) -> bool:
        """Whether `permission`, or a whole it is part of (`enrollments.*`, `*`), was given."""
        if permission in self.permissions or "*" in self.permissions:
            return True
        parts = permission.split(".")
        return any(".".join((*parts[:length], "*")) in self.permissions for length in range(1, len(parts)))


class _Claims(Value):
    iss: str
    aud: str
    sub: _Name
    tenant: UUID
    can: tuple[_Name, ...]
    jti: UUID
    iat: int
    nbf: int
    exp: int


def issue(key: str, tenant: UUID, subject: str, permissions: Sequence[str], lifetime_s: int) -> str:
    """A token for `subject` of `tenant`, which may do what `permissions` say, from now on and for so long."""
    now = int(time.time())
    claims = _Claims(ISSUER, AUDIENCE, subject, tenant, tuple(permissions), uuid7(), now, now, now + lifetime_s)
    said = msgspec.convert(msgspec.to_builtins(claims), _Claims)
    private = private_key(key)
    header = {"alg": ALGORITHMS[0], "kid": private.thumbprint()}
    return jwt.encode(header, msgspec.to_builtins(said), private, ALGORITHMS, registry=_registry())


@cache
def private_key(key: str) -> OKPKey:
    """The key whose 32 bytes are given in base64url."""
    secret = Ed25519PrivateKey.from_private_bytes(urlsafe_b64decode(key + "=" * (-len(key) % 4)))
    public = secret.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    return OKPKey.import_key({"kty": "OKP", "crv": "Ed25519", "d": key, "x": _base64url(public)})


def _base64url(raw: bytes) -> str:
    return urlsafe_b64encode(raw).decode().rstrip("=")


@cache
def _registry() -> JWSRegistry:
    return JWSRegistry(algorithms=ALGORITHMS)


class Tokens:
    """Believes tokens that were signed with one of our keys. A new key is added before the old one goes."""

    def __init__(self, *keys: str, clock: Callable[[], float] = time.time) -> None:
        self._keys = KeySet([_public(key) for key in keys])
        self._clock = clock
        self._known: OrderedDict[bytes, Principal] = OrderedDict()
        self._revoked: frozenset[UUID] = frozenset()

    def revoked(self, tokens: frozenset[UUID]) -> None:
        """These, and only these, are refused although their time is not over."""
        self._revoked = tokens

    def bearer(self, authorization: bytes) -> Principal:
        """Whose `Authorization` header this is, or `BadToken`."""
        known = self._known.get(authorization)
        if known is None:
            known = self._read(authorization)
            self._known[authorization] = known
            if len(self._known) > REMEMBERED_MAX:
                self._known.popitem(last=False)
        if known.expires_at <= self._clock():
            self._known.pop(authorization, None)
            raise BadToken("the token has expired")
        if known.token in self._revoked:
            raise BadToken("the token was revoked")
        return known

    def holds(self, principal: Principal) -> bool:
        """Whether what was believed once still holds."""
        return principal.expires_at > self._clock() and principal.token not in self._revoked

    def _read(self, authorization: bytes) -> Principal:
        scheme, _, token = authorization.partition(b" ")
        if scheme.lower() != b"bearer" or not token:
            raise BadToken("a bearer token is needed")
        try:
            said = jwt.decode(token.strip(), self._keys, ALGORITHMS, registry=_registry())
            claims = msgspec.convert(said.claims, _Claims)
        except (JoseError, msgspec.ValidationError, ValueError):
            raise BadToken("the token is not one of ours") from None
        if claims.iss != ISSUER or claims.aud != AUDIENCE:
            raise BadToken("the token is not one of ours")
        if claims.nbf > self._clock() + CLOCKS_APART_S:
            raise BadToken("the token is not valid yet")
        account = f"{claims.tenant}/{claims.sub}"
        return Principal(claims.tenant, claims.sub, frozenset(claims.can), claims.jti, claims.exp, account)


def _public(key: str) -> OKPKey:
    private = private_key(key)
    public = private.as_dict(private=False)
    return OKPKey.import_key({**public, "kid": private.thumbprint()})
