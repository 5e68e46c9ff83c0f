"""Bearer tokens: JSON Web Tokens signed with Ed25519, checked once and remembered until they expire or are revoked."""

from __future__ import annotations

import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections import OrderedDict
from collections.abc import Callable, Sequence
from datetime import datetime
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

from application.standing import Who
from domain.kernel import ID, PersonId, Value

ALGORITHMS = ["Ed25519"]
"""The only one we sign with or believe: RFC 9864's name for what was called EdDSA."""

ISSUER = "annals"
AUDIENCE = "annals"
CLOCKS_APART_S = 5
REMEMBERED_MAX = 50_000

_Name = Annotated[str, msgspec.Meta(min_length=1, max_length=200, pattern=r"^[!-~]+$")]
_Person = Annotated[PersonId, ID]


class BadToken(Exception):  # noqa: N818 — it reads as what is wrong
    """A token that is not believed, and why."""


class _Claims(Value, kw_only=True, omit_defaults=True):
    iss: str
    aud: str
    sub: _Name
    tenant: UUID
    can: tuple[_Name, ...] | None = None
    """What it is good for; without it, the subject is a person, who may what their roles permit."""
    sid: Annotated[str, ID] | None = None
    """The session that a person asks in."""
    jti: UUID
    iat: int
    nbf: int
    exp: int


def issue(  # noqa: PLR0913 — a token says all of this
    key: str,
    tenant: UUID,
    subject: str,
    permissions: Sequence[str] | None,
    lifetime_s: int,
    *,
    session: str | None = None,
    at: datetime | None = None,
) -> str:
    """A token for `subject` of `tenant`, good for what `permissions` say, from now on and for so long.

    Without permissions the subject is a person, and what they may is what their roles permit whenever they ask.
    """
    now = int(time.time() if at is None else at.timestamp())
    claims = _Claims(
        iss=ISSUER,
        aud=AUDIENCE,
        sub=subject,
        tenant=tenant,
        can=None if permissions is None else tuple(permissions),
        sid=session,
        jti=uuid7(),
        iat=now,
        nbf=now,
        exp=now + lifetime_s,
    )
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


class PersonTokens:
    """The port `AccessTokens`: signs with the newest key."""

    def __init__(self, key: str) -> None:
        self._key = key

    def give(self, tenant: UUID, person: str, session: str, at: datetime, until: datetime) -> str:
        lifetime_s = int(until.timestamp()) - int(at.timestamp())
        return issue(self._key, tenant, person, None, lifetime_s, session=session, at=at)


class Tokens:
    """Believes tokens that were signed with one of our keys. A new key is added before the old one goes."""

    def __init__(self, *keys: str, clock: Callable[[], float] = time.time) -> None:
        self._keys = KeySet([_public(key) for key in keys])
        self._clock = clock
        self._known: OrderedDict[bytes, Who] = OrderedDict()
        self._revoked: frozenset[UUID] = frozenset()

    def revoked(self, tokens: frozenset[UUID]) -> None:
        """These, and only these, are refused although their time is not over."""
        self._revoked = tokens

    def known(self, authorization: bytes) -> Who | None:
        """Whose header this is, if it was believed before and still is."""
        known = self._known.get(authorization)
        return known if known is not None and self.holds(known) else None

    def bearer(self, authorization: bytes) -> Who:
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

    def holds(self, who: Who) -> bool:
        """Whether what was believed once still holds."""
        return who.expires_at > self._clock() and who.token not in self._revoked

    def _read(self, authorization: bytes) -> Who:
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
        can = None if claims.can is None else frozenset(claims.can)
        try:
            person = msgspec.convert(claims.sub, _Person) if can is None else None
        except msgspec.ValidationError:
            raise BadToken("the token is not one of ours") from None
        return Who(
            tenant=claims.tenant,
            name=claims.sub,
            token=claims.jti,
            expires_at=claims.exp,
            account=account,
            key=f"{account}/{claims.jti}",
            person=person,
            session=claims.sid,
            can=can,
        )


def _public(key: str) -> OKPKey:
    private = private_key(key)
    public = private.as_dict(private=False)
    return OKPKey.import_key({**public, "kid": private.thumbprint()})
