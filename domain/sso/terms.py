"""On what terms people come in by a provider."""

from __future__ import annotations

from typing import Literal

from domain.kernel import SecretId, Value


class RoleRule(Value):
    """Whoever has this among the values of this attribute has this role."""

    attribute: str
    value: str
    role: str


class AttributeRule(Value):
    """Where a provider says something of ours under a name of its own."""

    ours: Literal["subject", "address", "name"]
    theirs: str


class Terms(Value):
    """On what terms people come in by a provider."""

    name: str
    """What they choose it by."""
    issuer: str
    client_id: str
    secret: SecretId | None = None
    sign_in_url: str = ""
    certificates: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()
    """Whose addresses it speaks for. With any, nobody else comes in by it; with none, it says what it has verified."""
    attributes: tuple[AttributeRule, ...] = ()
    roles: tuple[RoleRule, ...] = ()
    welcomes: bool = True
    """Whether somebody who is new here gets an account."""
